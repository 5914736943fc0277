import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { seededRandom } from '@vde/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { exitCodeOf, type ImageFinding, openInspection } from '../src/index.ts';
import { filledImages, type GoldenImage, goldenBytes, goldenJson, writtenBlocks } from './golden-images.ts';
import { harmlessBits, partOf } from './harmless.ts';

const deep = process.env['VDE_DEEP'] === '1';
/** Images with the number of bits to turn over in each. */
const campaigns: readonly [string, number][] = deep
  ? filledImages.map((name) => [name, 10_000])
  : [['all-regions', 2000]];
const seed = 20_260_214;

interface Flip {
  readonly block: number;
  readonly offset: number;
  readonly bit: number;
}

/** Bits of written blocks: some anywhere, many in trailers, in the first ten blocks and in regions of few blocks. */
function* flipsOf(golden: GoldenImage, count: number): Generator<Flip> {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const { blockSize } = golden;
  const all = writtenBlocks(golden);
  const head = all.filter((block) => block < 10);
  const small = golden.writtenBlocks
    .filter(([start, blocks]) => start >= 10 && blocks <= 2)
    .flatMap(([start, blocks]) => Array.from({ length: blocks }, (_, i) => start + i));
  const strata: readonly [number, readonly number[], boolean][] = [
    [0.35, all, false],
    [0.65, all, true],
    [0.75, head, false],
    [0.85, head, true],
    [0.92, small, false],
    [1, small, true],
  ];
  for (let i = 0; i < count; i++) {
    const share = random();
    const [, blocks, isTrailer] = strata.find(([end]) => share < end)!;
    const block = blocks[below(blocks.length)]!;
    const offset = isTrailer ? blockSize - 16 + below(16) : below(blockSize);
    yield { block, offset, bit: below(8) };
  }
}

/** A finding at the block whose bytes include the changed one. */
function names({ block, offset }: Flip, blockSize: number) {
  const at = block * blockSize + offset;
  return (finding: ImageFinding): boolean =>
    finding.block === block &&
    finding.range !== undefined &&
    at >= finding.range.offset &&
    at < finding.range.offset + finding.range.length;
}

type Row = { found: number; codes: Set<string> };
const tally = new Map<string, Row>();

function count(kind: string, codes: readonly string[]): void {
  const row = tally.get(kind) ?? { found: 0, codes: new Set() };
  row.found++;
  for (const code of codes) row.codes.add(code);
  tally.set(kind, row);
}

describe.each(campaigns)('single changed bits in %s', (name, flips) => {
  const golden = goldenJson(name);
  const bytes = goldenBytes(name);
  const { blockSize } = golden;
  const harmlessKind = harmlessBits(golden, bytes, allRegions);
  const source = memorySource(bytes, name);

  it(
    `finds and names all of ${flips}, but for those of docs/damage.md`,
    async () => {
      const wrong: unknown[] = [];
      for (const flip of flipsOf(golden, flips)) {
        const at = flip.block * blockSize + flip.offset;
        const kind = harmlessKind(flip.block, flip.offset, flip.bit);
        bytes[at]! ^= 1 << flip.bit;
        const inspection = await openInspection(source, { regions: allRegions });
        const check = await inspection.check({ level: 'full' });
        bytes[at]! ^= 1 << flip.bit;
        const exitCode = exitCodeOf(check, { failOn: 'warning' });
        const naming = check.findings.filter(names(flip, blockSize));
        const isSeen = exitCode !== 0 && naming.some(({ severity }) => severity !== 'notice');
        count(
          `${name}: ${partOf(flip.offset, blockSize)}, ${kind ? `listed as ${kind}` : 'found'}`,
          naming.map(({ code }) => code),
        );
        // A listed bit that is found after all has no place in the list any more.
        if (isSeen === (kind !== undefined))
          wrong.push({
            ...flip,
            kind,
            exitCode,
            findings: check.findings.map(({ code, message }) => `${code}: ${message}`),
          });
      }
      expect(wrong).toEqual([]);
    },
    deep ? 1_800_000 : 120_000,
  );

  it('leaves the image as it was', async () => {
    const check = await (await openInspection(source, { regions: allRegions })).check({ level: 'full' });
    expect(exitCodeOf(check, { failOn: 'warning' })).toBe(0);
  });
});

afterAll(() => {
  const rows = [...tally]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, { found, codes }]) => ({ kind, bits: found, codes: [...codes].sort().join(' ') }));
  console.table(rows);
});
