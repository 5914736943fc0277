import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@vde/format';
import { afterAll, describe, expect, it } from 'vitest';
import { compactImage } from '../../../packages/inspect/test/compact-image.ts';
import { Canvas, containerAims, mutateImage } from '../../../packages/inspect/test/mutate.ts';
import { commands } from '../src/cli/commands.ts';
import { vde, Workshop } from './harness.ts';

const deep = process.env['VDE_DEEP'] === '1';
/** Images of each campaign. */
const counts = deep ? 50_000 : 20;
const timeout = deep ? 6 * 3_600_000 : 120_000;
/** No command may take longer for any image, in milliseconds of the processor: other work on the machine does not count. */
const slowest = 1000;

const workshop = new Workshop();
afterAll(() => workshop.close());

const out = workshop.path('out');
const outputs = ['-o', out];

/** Command lines of every command that reads an image; what they print goes through every renderer in turn. */
const lines: readonly ((image: string, random: () => number) => string[])[] = [
  (image) => ['info', image],
  (image) => ['ls', image, '--free'],
  (image, random) => ['show', image, addresses[Math.floor(random() * addresses.length)]!, '-v'],
  (image, random) => ['show', image, addresses[Math.floor(random() * addresses.length)]!, '--records', '0:40'],
  (image, random) => ['hex', image, addresses[Math.floor(random() * addresses.length)]!],
  (image) => ['map', image],
  (image, random) => ['check', image, '--level', random() < 0.5 ? 'full' : 'deep'],
  (image) => ['find', image, 'u32:1', '--max', '40'],
  (image) => ['diff', image, whole, '--max', '40'],
  (image, random) => ['export', image, regions[Math.floor(random() * regions.length)]!, '--to', 'jsonl', ...outputs],
  (image) => ['salvage', image],
];
const regions = ['r:MLOG', 'r:ANON', 'r:CMVT', 'r:DICT', 'r:STRE', 'r:WORM', 'dir'];
const addresses = [...regions, 'sb', 'sb.mirror', 'b:0', 'b:-1', 'r:BMAP', 'r:INOD', 'r:MWAL', 'r:SNAP', 'r:MTRK'];
const formats = ['human', 'json', 'ndjson'];
let whole = '';

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const usageOf = (name: string | undefined) => commands.find((command) => command.name === name)!;

describe.each([
  ['all-regions', 4096, { inodes: 11, logs: [13, 15] }],
  ['seed-regions-16k', 16384, { inodes: 11, logs: [12] }],
] as const)('mutated images of compact %s', (name, blockSize, places) => {
  it(`get ${counts} times an answer from every reading command`, { timeout }, async () => {
    const intact = compactImage(name);
    whole = workshop.file(`${name}.dwvd`, intact);
    const image = join(workshop.folder, 'mutated.dwvd');
    const canvas = new Canvas(intact, blockSize);
    const aims = containerAims(blockSize, places);
    const wrong: unknown[] = [];
    for (let seed = 0; seed < counts; seed++) {
      const random = seededRandom(seed);
      mutateImage(canvas, random, aims);
      writeFileSync(image, canvas.bytes);
      canvas.restore();
      for (const [i, line] of lines.entries()) {
        const args = line(image, random);
        const { streams } = usageOf(args[0]);
        const format = formats[(seed + i) % (streams ? 3 : 2)]!;
        const isFile = args.includes('-o');
        const start = processorMs();
        const { exitCode, stderr } = await vde(isFile ? args : [...args, '-f', format]);
        const spent = processorMs() - start;
        if (exitCode === 70 || spent > slowest || stderr.includes('plugin failed'))
          wrong.push({ seed, args, format, exitCode, spent, stderr: stderr.slice(0, 400) });
      }
    }
    expect(wrong).toEqual([]);
  });
});
