import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpSource, type HttpSourceOptions, openHttpSource } from '../src/http-source.ts';

const pageSize = 1024;
const truth = Uint8Array.from({ length: 100 * pageSize + 300 }, (_, i) => (i * 31) ^ (i >>> 7));

interface Asked {
  readonly first: number;
  readonly last: number;
  readonly request: IncomingMessage;
}

/** The well-behaved server; tests put something else in its place for some answers. */
const goodHeaders: Record<string, string> = { ETag: '"v1"', 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' };
const good = (asked: Asked, response: ServerResponse, headers: Record<string, string | number> = {}, data = truth) => {
  const end = Math.min(asked.last + 1, data.length);
  response.writeHead(206, {
    ...goodHeaders,
    'Content-Range': `bytes ${asked.first}-${end - 1}/${data.length}`,
    'Content-Length': end - asked.first,
    ...headers,
  });
  response.end(data.subarray(asked.first, end));
};

const contentRange = ({ first, last }: Asked) => ({ 'Content-Range': `bytes ${first}-${last}/${truth.length}` });

let server: Server;
let url: string;
let answer: (asked: Asked, response: ServerResponse) => void;
let log: Asked[];
const opened: HttpSource[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const [first, last] = /^bytes=(\d+)-(\d+)$/
      .exec(request.headers.range ?? '')!
      .slice(1)
      .map(Number) as [number, number];
    const asked = { first, last, request };
    log.push(asked);
    answer(asked, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.dwvd`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  log = [];
  answer = good;
});

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});

async function openSource(options: HttpSourceOptions = {}): Promise<HttpSource> {
  const source = await openHttpSource(url, { pageSize, ...options });
  opened.push(source);
  return source;
}

async function readAt(source: HttpSource, page: number, pages = 1, signal?: AbortSignal): Promise<void> {
  const into = new Uint8Array(pages * pageSize);
  expect(await source.read(page * pageSize, into, { signal })).toBe(into.length);
  expect(Buffer.compare(into, truth.subarray(page * pageSize, (page + pages) * pageSize))).toBe(0);
}

const rangesOf = () => log.map(({ first, last }) => `${first / pageSize}+${(last + 1 - first) / pageSize}`);

describe('requests', () => {
  it('opens with one ranged GET, whose page is kept', async () => {
    const source = await openSource();
    expect(source.size).toBe(truth.length);
    await readAt(source, 0);
    expect(rangesOf()).toEqual(['0+1']);
    expect(log[0]!.request.method).toBe('GET');
    expect(source.stats).toEqual({ requests: 1, bytes: pageSize });
  });

  it('asks once for adjacent pages, and not for those it has', async () => {
    const source = await openSource();
    await readAt(source, 4, 2);
    await readAt(source, 0, 10);
    await readAt(source, 0, 10);
    expect(rangesOf()).toEqual(['0+1', '4+2', '1+3', '6+4']);
    expect(source.stats).toEqual({ requests: 4, bytes: 10 * pageSize });
  });

  it('clips the last page', async () => {
    const source = await openSource();
    const into = new Uint8Array(500);
    expect(await source.read(truth.length - 200, into)).toBe(200);
    expect(log[1]).toMatchObject({ first: 100 * pageSize, last: truth.length - 1 });
  });

  it('shares pages under way between concurrent reads', async () => {
    const source = await openSource();
    await Promise.all([readAt(source, 2, 3), readAt(source, 3, 4), readAt(source, 2), readAt(source, 5)]);
    expect(rangesOf()).toEqual(['0+1', '2+3', '5+2']);
  });

  it('asks for what lies around pages under way', async () => {
    const source = await openSource();
    await Promise.all([readAt(source, 5), readAt(source, 3, 4)]);
    expect(rangesOf().sort()).toEqual(['0+1', '3+2', '5+1', '6+1']);
  });

  it('drops the page that was not used for longest', async () => {
    const source = await openSource({ cachePages: 3 });
    for (const page of [1, 2, 0, 3, 2, 0, 3]) await readAt(source, page);
    expect(rangesOf()).toEqual(['0+1', '1+1', '2+1', '3+1']);
    await readAt(source, 1);
    expect(rangesOf().slice(4)).toEqual(['1+1']);
    await readAt(source, 2);
    expect(rangesOf().slice(5)).toEqual(['2+1']);
  });

  it('streams large reads past the cache', async () => {
    const source = await openSource();
    await readAt(source, 7);
    await readAt(source, 0, 17);
    await readAt(source, 7);
    await readAt(source, 8);
    expect(rangesOf()).toEqual(['0+1', '7+1', '0+17', '8+1']);
  });

  it('sends headers of the caller, and a strong ETag as If-Range', async () => {
    const source = await openSource({ headers: { Authorization: 'Bearer x', Range: 'bytes=5-6' } });
    await readAt(source, 5);
    expect(log.map(({ request }) => request.headers.authorization)).toEqual(['Bearer x', 'Bearer x']);
    expect(log.map(({ request }) => request.headers['if-range'])).toEqual([undefined, '"v1"']);
  });

  it('sends no weak ETag', async () => {
    answer = (asked, response) => good(asked, response, { ETag: 'W/"v1"' });
    const source = await openSource();
    await readAt(source, 5);
    expect(log[1]!.request.headers['if-range']).toBeUndefined();
  });

  it('keeps the query out of its name', async () => {
    const source = await openHttpSource(`${url}?signature=secret`);
    expect(source.name).toBe(url);
    expect(log[0]!.request.url).toBe('/a.dwvd?signature=secret');
  });

  it('calls the given fetch', async () => {
    const seen: unknown[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      seen.push(input);
      return globalThis.fetch(input, init);
    };
    await openSource({ fetch });
    expect(seen).toEqual([url]);
  });

  it('opens an empty resource, however the server says so', async () => {
    answer = (_, response) => response.writeHead(416, { 'Content-Range': 'bytes */0' }).end('no such range');
    expect((await openSource()).size).toBe(0);
    answer = (_, response) => response.writeHead(200, { 'Content-Length': 0 }).end();
    const source = await openSource();
    expect(await source.read(0, new Uint8Array(5))).toBe(0);
  });

  it('refuses options that make no sense', async () => {
    await expect(openSource({ pageSize: 0 })).rejects.toThrow(RangeError);
    await expect(openSource({ cachePages: 0.5 })).rejects.toThrow(RangeError);
  });
});

describe('servers that misbehave', () => {
  const headers = (more: Record<string, string | number>) => (asked: Asked, response: ServerResponse) =>
    good(asked, response, more);
  const status = (code: number) => (_: Asked, response: ServerResponse) => response.writeHead(code).end('sorry');
  const breakOff = (asked: Asked, response: ServerResponse) => {
    response.writeHead(206, {
      ...goodHeaders,
      'Content-Range': `bytes ${asked.first}-${asked.last}/${truth.length}`,
      'Content-Length': asked.last + 1 - asked.first,
    });
    response.write(truth.subarray(asked.first, asked.first + 100), () => response.destroy());
  };
  /** Chunked: nothing but Content-Range tells how long the body should be. */
  const chunked = (extra: number) => (asked: Asked, response: ServerResponse) => {
    response.writeHead(206, { ...goodHeaders, ...contentRange(asked) });
    response.write(truth.subarray(asked.first, asked.last + extra));
    response.end(truth.subarray(0, 1));
  };

  type Row = [title: string, answer: typeof good, code: string, message: RegExp];
  const rows: Row[] = [
    [
      'ignores ranges',
      (_, r) => r.writeHead(200, { ...goodHeaders, 'Content-Length': truth.length }).end(truth),
      'rangesUnsupported',
      /expected 206/,
    ],
    ['sends another range', headers({ 'Content-Range': `bytes 10-1023/${truth.length}` }), 'badRange', /bytes 10-1023/],
    ['sends a shorter range', headers({ 'Content-Range': `bytes 0-99/${truth.length}` }), 'badRange', /bytes 0-99/],
    ['does not know the size', headers({ 'Content-Range': 'bytes 0-1023/*' }), 'badRange', /does not name/],
    [
      'names an absurd size',
      headers({ 'Content-Range': 'bytes 0-1023/99999999999999999999' }),
      'badRange',
      /does not name/,
    ],
    ['sends nonsense as range', headers({ 'Content-Range': 'all of it' }), 'badRange', /all of it/],
    ['sends several parts', headers({ 'Content-Type': 'multipart/byteranges; boundary=x' }), 'badRange', /multipart/],
    ['sends no Content-Range', (_, r) => r.writeHead(206).end('abc'), 'badRange', /Content-Range/],
    [
      'sends a body of another length',
      (a, r) => r.writeHead(206, { ...goodHeaders, ...contentRange(a), 'Content-Length': 10 }).end('0123456789'),
      'badRange',
      /Content-Length 10/,
    ],
    ['sends a body that is too long', chunked(1), 'badRange', /more than the 1024 bytes/],
    ['sends a body that is too short', chunked(-1), 'readFailed', /after 1023 of 1024/],
    ['breaks off', breakOff, 'readFailed', /after 100 of 1024/],
    ['hangs up', (_, r) => r.destroy(), 'readFailed', /the request failed/],
    ['says 404', status(404), 'notFound', /404/],
    ['says 410', status(410), 'notFound', /410/],
    ['says 403', status(403), 'permissionDenied', /403/],
    ['says 416', status(416), 'badRange', /416/],
    ['says 500', status(500), 'readFailed', /500/],
    ['says 204', (_, r) => r.writeHead(204).end(), 'readFailed', /204/],
  ];

  it.each(rows)('at opening: %s', async (_, misbehave, code, message) => {
    answer = misbehave;
    await expect(openSource()).rejects.toMatchObject({
      name: 'VdeError',
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each(rows)('later: %s, and the next read succeeds', async (_, misbehave, code) => {
    const source = await openSource();
    answer = misbehave;
    for (const pages of [1, 20]) {
      const read = source.read(3 * pageSize, new Uint8Array(pages * pageSize));
      await expect(read).rejects.toMatchObject({ name: 'VdeError', code });
    }
    answer = good;
    await readAt(source, 3);
    await readAt(source, 3, 20);
  });

  it('never takes in a body that it did not ask for', async () => {
    let sent = 0;
    const closed = new Promise<void>((resolve) => {
      answer = (_, response) => {
        response.writeHead(200, { 'Content-Length': 1e9 });
        const more = () => {
          while (!response.destroyed && sent < 1e9 && response.write(new Uint8Array(65536))) sent += 65536;
        };
        response.on('drain', more).on('close', resolve);
        more();
      };
    });
    await expect(openSource()).rejects.toMatchObject({ code: 'rangesUnsupported' });
    await closed;
    expect(sent).toBeLessThan(50e6);
  });

  it('does not cache what came with an error', async () => {
    const source = await openSource();
    answer = breakOff;
    await expect(readAt(source, 3)).rejects.toMatchObject({ code: 'readFailed' });
    answer = good;
    await readAt(source, 3);
    expect(rangesOf()).toEqual(['0+1', '3+1', '3+1']);
  });

  it('gives status and cause', async () => {
    answer = status(503);
    await expect(openSource()).rejects.toMatchObject({ details: { status: 503, offset: 0, length: pageSize } });
    answer = (_, r) => r.destroy();
    await expect(openSource()).rejects.toMatchObject({ cause: { name: 'TypeError' } });
  });
});

describe('a resource that changes', () => {
  const longer = new Uint8Array(truth.length + 1);
  const changes: [string, (asked: Asked, response: ServerResponse) => void][] = [
    ['ETag', (a, r) => good(a, r, { ETag: '"v2"' })],
    [
      'missing ETag',
      (a, r) =>
        r
          .writeHead(206, { 'Content-Range': `bytes ${a.first}-${a.last}/${truth.length}` })
          .end(truth.subarray(a.first, a.last + 1)),
    ],
    ['Last-Modified', (a, r) => good(a, r, { 'Last-Modified': 'Tue, 02 Jan 2024 00:00:00 GMT' })],
    ['size', (a, r) => good(a, r, {}, longer)],
    ['If-Range honoured', (_, r) => r.writeHead(200, { ETag: '"v2"', 'Content-Length': truth.length }).end(truth)],
    ['size, whole', (_, r) => r.writeHead(200, { ETag: '"v1"', 'Content-Length': 5 }).end('12345')],
    ['shrunk before the range', (_, r) => r.writeHead(416, { 'Content-Range': 'bytes */5' }).end()],
  ];

  it.each(changes)('is refused from then on: %s', async (_, misbehave) => {
    const source = await openSource();
    answer = misbehave;
    await expect(source.read(3 * pageSize, new Uint8Array(10))).rejects.toMatchObject({ code: 'imageChanged' });
    answer = good;
    await expect(source.read(3 * pageSize, new Uint8Array(10))).rejects.toMatchObject({ code: 'imageChanged' });
    await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({ code: 'imageChanged' });
    expect(log).toHaveLength(2);
  });

  it('is noticed by large reads, too', async () => {
    const source = await openSource();
    answer = (asked, response) => good(asked, response, { ETag: '"v2"' });
    await expect(source.read(0, new Uint8Array(50 * pageSize))).rejects.toMatchObject({ code: 'imageChanged' });
  });

  it('may leave out Last-Modified', async () => {
    const source = await openSource();
    answer = (a, r) =>
      r
        .writeHead(206, { ETag: '"v1"', 'Content-Range': `bytes ${a.first}-${a.last}/${truth.length}` })
        .end(truth.subarray(a.first, a.last + 1));
    await readAt(source, 3);
  });
});

describe('abort and close', () => {
  /** Answers only when told to. */
  function holdBack(): { release(): void; aborted: Promise<void>; asked: Promise<void> } {
    const waiting: (() => void)[] = [];
    let abort = () => {};
    let ask = () => {};
    const aborted = new Promise<void>((resolve) => {
      abort = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    answer = (what, response) => {
      response.on('close', () => response.writableFinished || abort());
      waiting.push(() => good(what, response));
      ask();
    };
    return {
      release: () => {
        for (const go of waiting.splice(0)) go();
      },
      aborted,
      asked,
    };
  }

  it.each([1, 50])('aborts the request when nobody waits for it (%i pages)', async (pages) => {
    const source = await openSource();
    const held = holdBack();
    const reason = new Error('enough');
    const controller = new AbortController();
    const read = readAt(source, 3, pages, controller.signal);
    await held.asked;
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    await held.aborted;
    answer = good;
    await readAt(source, 3, pages);
  });

  it('does not join a request that is being aborted', async () => {
    const source = await openSource();
    const held = holdBack();
    const controller = new AbortController();
    const read = readAt(source, 3, 1, controller.signal);
    await held.asked;
    answer = good;
    const next = read.catch(() => readAt(source, 3));
    controller.abort(new Error('enough'));
    await next;
    expect(rangesOf()).toEqual(['0+1', '3+1', '3+1']);
  });

  it('leaves a request alone that others wait for', async () => {
    const source = await openSource();
    const held = holdBack();
    const controller = new AbortController();
    const first = readAt(source, 3, 2, controller.signal);
    const second = readAt(source, 3);
    await held.asked;
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    held.release();
    await second;
    await readAt(source, 4);
    expect(rangesOf()).toEqual(['0+1', '3+2']);
  });

  it('aborts the opening', async () => {
    const held = holdBack();
    const controller = new AbortController();
    const opening = openSource({ signal: controller.signal });
    await held.asked;
    controller.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
    await held.aborted;
  });

  it('ends reads when it is closed', async () => {
    const source = await openSource();
    const held = holdBack();
    const reads = [readAt(source, 3), readAt(source, 3, 50)];
    await held.asked;
    await source.close?.();
    for (const read of reads) await expect(read).rejects.toThrow('read after close');
    await expect(readAt(source, 0)).rejects.toThrow(TypeError);
  });
});
