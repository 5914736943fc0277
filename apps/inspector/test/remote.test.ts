import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());
const path = workshop.image('all-regions');
const image = readFileSync(path);

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  range: readonly [first: number, end: number],
) => void;

const inRanges: Answer = (_, response, [first, end]) => {
  const part = image.subarray(first, end);
  const headers = {
    'content-range': `bytes ${first}-${first + part.length - 1}/${image.length}`,
    'content-length': part.length,
  };
  response.writeHead(206, headers).end(part);
};

/** Serves the image while `use` runs; gives what was asked for, too. */
async function served<T>(answer: Answer, use: (url: string) => Promise<T>) {
  const requests: { method: string; range: readonly [number, number] | undefined }[] = [];
  const server = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const range = first === undefined ? undefined : ([Number(first), Number(last) + 1] as const);
    requests.push({ method: request.method ?? '', range });
    answer(request, response, range ?? [0, image.length]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const result = await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a.dwvd`);
    return { result, requests };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A command line of every command that reads an image. */
const lines: Readonly<Record<string, (image: string) => string[]>> = {
  info: (image) => ['info', image],
  ls: (image) => ['ls', image],
  show: (image) => ['show', image, 'r:MLOG'],
  hex: (image) => ['hex', image, 'r:MLOG/17'],
  map: (image) => ['map', image],
  export: (image) => ['export', image, 'r:MLOG'],
  check: (image) => ['check', image, '--level', 'deep'],
  find: (image) => ['find', image, 'tag:MTRK'],
  diff: (image) => ['diff', image, path],
  salvage: (image) => ['salvage', image],
  repair: (image) => ['repair', image],
};

describe('an image behind a URL', () => {
  it('is read by every command that reads images', () => {
    const reading = commands.filter(
      ({ takes, name }) => takes !== 'nothing' && takes !== 'edit' && !['damage', 'recover'].includes(name),
    );
    expect(reading.map(({ name }) => name).sort()).toEqual(Object.keys(lines).sort());
  });

  it.each(commands.filter(({ takes }) => takes === 'edit'))(
    'is not edited by $name',
    async ({ examples: [example] }) => {
      for (const name of ['data.bin', 'words.dict', 'key.pem', 'passport.json']) workshop.file(name, '{}');
      const args = example![0].split(' ').slice(1);
      const { result, requests } = await served(inRanges, (url) =>
        vde(args.map((arg) => (arg === 'a.dwvd' ? url : workshop.fileOrWord(arg)))),
      );
      expect([result.exitCode, requests]).toEqual([64, []]);
      expect(result.stderr).toContain('behind a URL cannot be written to');
    },
  );

  it.each(Object.entries(lines))('%s says the same as of the file, and asks for ranges alone', async (_, line) => {
    const ofFile = await vde([...line(path), '-f', line(path)[0] === 'export' ? 'human' : 'json']);
    const { result, requests } = await served(inRanges, (url) =>
      vde([...line(url), '-f', line(path)[0] === 'export' ? 'human' : 'json']).then((ran) => ({ url, ran })),
    );
    const { url, ran } = result;
    expect(ran.stdout.replaceAll(url, path)).toBe(ofFile.stdout);
    expect(ran.exitCode).toBe(ofFile.exitCode);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter(({ method, range }) => method !== 'GET' || range === undefined)).toEqual([]);
  });

  it('costs an overview few requests of few bytes', async () => {
    const { requests } = await served(inRanges, (url) => vde(['info', url]));
    const bytes = requests.reduce((sum, { range }) => sum + (range![1] - range![0]), 0);
    expect(bytes).toBeLessThan(image.length / 4);
    expect(requests.length).toBeLessThan(40);
  });

  it.each<[string, string, number, Answer]>([
    ['ignores ranges', 'rangesUnsupported', 66, (_, response) => void response.writeHead(200).end(image)],
    ['knows no such image', 'notFound', 66, (_, response) => void response.writeHead(404).end()],
    ['refuses access', 'permissionDenied', 66, (_, response) => void response.writeHead(403).end()],
    ['fails', 'readFailed', 74, (_, response) => void response.writeHead(500).end()],
    [
      'sends other bytes than asked for',
      'badRange',
      66,
      (request, response, [first, end]) => inRanges(request, response, [first + 1, end + 1]),
    ],
    [
      'does not say which bytes it sent',
      'badRange',
      66,
      (_, response, [first, end]) => void response.writeHead(206).end(image.subarray(first, end)),
    ],
    [
      'sends fewer bytes than it says',
      'readFailed',
      74,
      (_, response, [first, end]) => {
        const range = `bytes ${first}-${end - 1}/${image.length}`;
        response.writeHead(206, { 'content-range': range }).end(image.subarray(first, end - 9));
      },
    ],
  ])('a server that %s gets the error %s', async (_, code, exitCode, answer) => {
    const { result } = await served(answer, (url) => vde(['info', url, '-f', 'json']));
    expect(JSON.parse(result.stdout)).toMatchObject({ code, exitCode });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain('127.0.0.1');
  });
});
