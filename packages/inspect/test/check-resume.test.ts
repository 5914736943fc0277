import { bitsPerBitmapBlock, isVdeError, sealBlocks, stringToTag, xxh64 } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { describe, expect, it } from 'vitest';
import type { ScanState } from '../src/check/block-judge.ts';
import { GenerationWatch } from '../src/check/generation-watch.ts';
import { parseScanState } from '../src/check/state-read.ts';
import { type CheckLevel, CheckState, checkJson, jsonChunks, openInspection } from '../src/index.ts';
import { goldenBytes } from './golden-images.ts';

const blockSize = 4096;
const tool = { name: 'vde', version: '1.2.3' };
const context = { tool, modified: '17' };
const bitmapBlock = 14;

/** The golden image with a data region in many pieces, and damage of every kind in and around them. */
const image = (() => {
  const bytes = goldenBytes('all-regions');
  const total = bytes.length / blockSize;
  const block = (n: number) => bytes.subarray(n * blockSize, (n + 1) * blockSize);
  const bitmap = block(bitmapBlock);
  expect(bitsPerBitmapBlock(blockSize)).toBeGreaterThan(total);
  const dataStart = 2480;
  for (let n = dataStart; n < total; n++) {
    if (n % 37 < 20) bitmap[n >> 3]! |= 1 << (n % 8);
    else bitmap[n >> 3]! &= ~(1 << (n % 8));
  }
  sealBlocks(bitmap, blockSize, stringToTag('BMAP'), 1);
  const ring = 2312;
  const reseal = (n: number, tag: string, generation: number) =>
    sealBlocks(block(n), blockSize, stringToTag(tag), generation);
  for (let n = ring + 20; n < ring + 60; n++) {
    block(n).fill(n & 0xff, 0, 64);
    reseal(n, 'STRE', n % 9 === 0 ? 77 : 5);
  }
  // The scan is cut at block 2048: what stands out before it is judged by blocks behind it.
  for (let n = 2040; n < 2056; n++) {
    block(n).fill(1, 0, 64);
    reseal(n, 'BTRE', n === 2047 ? 9 : 5);
  }
  block(2130)[7]! ^= 1;
  reseal(ring + 30, 'SNAP', 5);
  for (let n = dataStart + 3; n < total; n += 41) {
    block(n).fill(0x41, 0, 100);
    reseal(n, n % 2 === 0 ? 'XXXX' : 'DATA', 9);
    if (n % 3 === 0) block(n)[50]! ^= 4;
  }
  return bytes;
})();

interface Ran {
  /** The document of the check; of an interrupted one what it left. */
  readonly text?: string;
  readonly left?: string | undefined;
  readonly calls: number;
}

/** Checks the image, as far as the `limit`th call of progress. */
async function check(
  {
    level = 'full',
    limit = Number.POSITIVE_INFINITY,
    state,
  }: { level?: CheckLevel; limit?: number; state?: CheckState },
  bytes = image,
): Promise<Ran> {
  const controller = new AbortController();
  const inspection = await openInspection(memorySource(bytes), { regions: allRegions });
  let calls = 0;
  const options = {
    level,
    signal: controller.signal,
    ...(state && { state }),
    onProgress() {
      if (++calls === limit) controller.abort(new Error('interrupted'));
    },
  };
  try {
    const model = await inspection.check(options);
    return { text: [...jsonChunks(checkJson(model, tool))].join(''), calls };
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    return { left: state?.save(), calls };
  }
}

const refusal = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    if (isVdeError(error)) return error.code;
    throw error;
  }
  return 'none';
};

/** A state that was left in the middle. */
async function leftState(): Promise<string> {
  const { left } = await check({ limit: 9, state: new CheckState(context) });
  return left!;
}

describe('a check that goes on', () => {
  it.each<CheckLevel>(['full', 'deep'])(
    'finds what one without a break finds: level %s, every place',
    async (level) => {
      const { text, calls } = await check({ level });
      const kinds = new Set(JSON.parse(text!).findings.map(({ code }: { code: string }) => code));
      for (const code of ['badTrailer', 'wrongTag', 'generationAnomaly']) expect(kinds).toContain(code);
      expect(calls).toBeGreaterThan(5);
      for (let limit = 1; limit < calls; limit++) {
        const { left } = await check({ level, limit, state: new CheckState(context) });
        const resumed = await check({ level, state: CheckState.from(left!, context) });
        expect(resumed.calls, `after ${limit}`).toBe(calls - limit);
        expect(resumed.text).toBe(text);
      }
    },
  );

  it('may be interrupted again and again', async () => {
    const { text, calls } = await check({});
    let ran: Ran = await check({ limit: 1, state: new CheckState(context) });
    let rounds = 1;
    for (; ran.text === undefined; rounds++)
      ran = await check({ limit: 1, state: CheckState.from(ran.left!, context) });
    expect(ran.text).toBe(text);
    expect(rounds).toBeGreaterThan(calls - 1);
  });

  it('tells how much of all blocks is done', async () => {
    const state = CheckState.from(await leftState(), context);
    const inspection = await openInspection(memorySource(image), { regions: allRegions });
    const told: { done: number; total: number }[] = [];
    await inspection.check({ level: 'full', state, onProgress: (progress) => void told.push(progress) });
    expect(told[0]!.done).toBeGreaterThan(told[0]!.total / 4);
    expect(told.at(-1)!.done).toBe(told.at(-1)!.total);
  });

  it('has nothing to keep before the first blocks', () => {
    expect(new CheckState(context).save()).toBeUndefined();
  });
});

describe('a watch of generations', () => {
  it('goes on from its state after every block', () => {
    const lists = [
      [1, 1, 2, 1, 1, 1],
      [5, 6, 7, 9, 9, 10, 11, 12],
      [3, 3, 3, 4, 3, 3, 3, 8],
      [1, 2, 3, 2, 5, 6],
    ];
    for (const mayCount of [true, false]) {
      for (const generations of lists) {
        const whole = new GenerationWatch({ mayCount });
        const expected = [...generations.flatMap((g, i) => whole.next(i, g)), ...whole.end()];
        for (let at = 0; at <= generations.length; at++) {
          let watch = new GenerationWatch({ mayCount });
          const found = generations.flatMap((g, i) => {
            if (i === at) watch = new GenerationWatch(JSON.parse(JSON.stringify(watch.state)));
            return watch.next(i, g);
          });
          expect([...found, ...watch.end()]).toEqual(expected);
        }
      }
    }
  });
});

const flip = (at: number) => (bytes: Uint8Array) => {
  bytes[at]! ^= 1;
};

describe('a state of something else', () => {
  it.each<[string, Parameters<typeof check>[0], Partial<typeof context>]>([
    ['another level', { level: 'deep' }, {}],
    ['another time', {}, { modified: '18' }],
    ['another version', {}, { tool: { name: 'vde', version: '1.2.4' } }],
  ])('is refused: %s', async (_, options, more) => {
    const left = await leftState();
    const go = () => check({ ...options, state: CheckState.from(left, { ...context, ...more }) });
    expect(await refusal(go)).toBe('otherCheckState');
  });

  it.each<[string, (bytes: Uint8Array) => void]>([
    ['superblock', flip(100)],
    ['mirror', flip(4 * blockSize + 100)],
    ['directory', flip(9 * blockSize + 4000)],
    [
      'bitmap',
      (bytes) => {
        const bitmap = bytes.subarray(bitmapBlock * blockSize, (bitmapBlock + 1) * blockSize);
        bitmap[370]! ^= 1;
        sealBlocks(bitmap, blockSize, stringToTag('BMAP'), 1);
      },
    ],
  ])('is refused: another %s', async (_, change) => {
    const left = await leftState();
    const other = image.slice();
    change(other);
    expect(await refusal(() => check({ state: CheckState.from(left, context) }, other))).toBe('otherCheckState');
  });

  it('is refused: an image that became longer', async () => {
    const longer = new Uint8Array(image.length + blockSize);
    longer.set(image);
    const left = await leftState();
    expect(await refusal(() => check({ state: CheckState.from(left, context) }, longer))).toBe('otherCheckState');
  });
});

/** The text of a state with a checksum that fits. */
function sealed({ identity, scan }: { identity: unknown; scan: unknown }): string {
  const hash = xxh64(new TextEncoder().encode(JSON.stringify([identity, scan])));
  return JSON.stringify({ identity, scan, checksum: hash.toString(16).padStart(16, '0') });
}

describe('a damaged state', () => {
  it('is told by its checksum, whichever letter changed', async () => {
    const left = await leftState();
    for (let at = 0; at < left.length; at += Math.ceil(left.length / 300)) {
      const letter = String.fromCharCode(left.charCodeAt(at) ^ 1);
      const text = left.slice(0, at) + letter + left.slice(at + 1);
      expect(await refusal(() => CheckState.from(text, context)), text.slice(at - 9, at + 9)).toBe('badCheckState');
    }
    for (const text of ['', '{', 'null', '[]', '"x"', '{}', left.slice(0, -1), `${left}x`, 'PK\u0003\u0004'])
      expect(await refusal(() => CheckState.from(text, context))).toBe('badCheckState');
  });

  type Scan = Record<string, unknown> & ScanState;
  const first = (scan: Scan) => scan.odd[0]!;
  it.each<[string, (scan: Scan) => unknown]>([
    ['no scan', () => null],
    ['a field too many', (scan) => ({ ...scan, more: 1 })],
    ['a field too few', ({ watches: _, ...scan }) => scan],
    ['a block below zero', (scan) => ({ ...scan, next: -1 })],
    ['half a block', (scan) => ({ ...scan, next: 3.5 })],
    ['blocks without end', (scan) => ({ ...scan, next: 2 ** 60 })],
    ['a number as text', (scan) => ({ ...scan, next: '100' })],
    ['more blocks than there are', (scan) => ({ ...scan, next: 9_000_000 })],
    ['one block less', (scan) => ({ ...scan, next: scan.next - 1 })],
    ['one block more', (scan) => ({ ...scan, counts: { ...scan.counts, ok: scan.counts.ok + 1 } })],
    [
      'damage without a name',
      (scan) => ({
        ...scan,
        counts: { ...scan.counts, ok: scan.counts.ok - 11, badTrailer: scan.counts.badTrailer + 11 },
      }),
    ],
    [
      'damage that does not count',
      (scan) => ({ ...scan, odd: [...scan.odd, { kind: 'badTrailer', block: 11, tag: 0 }] }),
    ],
    ['an unknown count', (scan) => ({ ...scan, counts: { ...scan.counts, good: 0 } })],
    ['another prototype', (scan) => ({ ...scan, counts: JSON.parse('{"__proto__":{"ok":1}}') })],
    ['findings as an object', (scan) => ({ ...scan, odd: {} })],
    ['a finding that is nothing', (scan) => ({ ...scan, odd: [null] })],
    ['an unknown finding', (scan) => ({ ...scan, odd: [{ ...first(scan), kind: 'toString' }] })],
    ['a finding twice', (scan) => ({ ...scan, odd: [...scan.odd, first(scan)] })],
    [
      'a finding behind the end',
      (scan) => ({ ...scan, odd: [...scan.odd.slice(1), { ...first(scan), block: scan.next }] }),
    ],
    [
      'a finding in a block that is not read',
      (scan) => ({ ...scan, odd: [...scan.odd.slice(1), { ...first(scan), block: 2541 }] }),
    ],
    ['a finding in block 3', (scan) => ({ ...scan, odd: [...scan.odd.slice(1), { ...first(scan), block: 3 }] })],
    ['a tag that is none', (scan) => ({ ...scan, odd: [{ kind: 'badTrailer', block: 11, tag: 2 ** 32 }] })],
    [
      'a generation of data',
      (scan) => ({
        ...scan,
        odd: [...scan.odd, { kind: 'oddGeneration', by: 'place', block: 2481, generation: 1, expected: 2 }],
      }),
    ],
    [
      'an unknown judge',
      (scan) => ({ ...scan, odd: [{ kind: 'oddGeneration', by: 'me', block: 2330, generation: 1, expected: 2 }] }),
    ],
    ['a watch of no slot', (scan) => ({ ...scan, watches: [{ slot: 126, mayCount: true, blocks: [] }] })],
    [
      'two watches of a slot',
      (scan) => ({ ...scan, watches: [1, 2].map(() => ({ slot: 5, mayCount: true, blocks: [] })) }),
    ],
    [
      'a watch of blocks elsewhere',
      (scan) => ({ ...scan, watches: [{ slot: 5, mayCount: true, blocks: [{ block: 2330, generation: 1 }] }] }),
    ],
    [
      'a watch of a gap',
      (scan) => ({
        ...scan,
        watches: [
          {
            slot: 6,
            mayCount: true,
            blocks: [
              { block: 20, generation: 1 },
              { block: 22, generation: 1 },
            ],
          },
        ],
      }),
    ],
    [
      'a watch of too much',
      (scan) => ({
        ...scan,
        watches: [
          { slot: 6, mayCount: true, blocks: [1, 2, 3, 4, 5, 6].map((i) => ({ block: 20 + i, generation: 1 })) },
        ],
      }),
    ],
    ['a watch that may perhaps count', (scan) => ({ ...scan, watches: [{ slot: 6, mayCount: 1, blocks: [] }] })],
  ])('is refused whoever sealed it: %s', async (_, change) => {
    const document = JSON.parse(await leftState());
    expect(document.scan.odd.length).toBeGreaterThan(3);
    const text = sealed({ identity: document.identity, scan: change(document.scan) });
    expect(await refusal(() => check({ state: CheckState.from(text, context) }))).toBe('badCheckState');
  });

  it('is refused whoever sealed it: its identity', async () => {
    const { identity, scan } = JSON.parse(await leftState());
    for (const other of [
      null,
      {},
      [],
      { ...identity, more: '' },
      { ...identity, size: 1 },
      { ...identity, schema: 'vde/check-state/2' },
    ])
      expect(await refusal(() => CheckState.from(sealed({ identity: other, scan }), context))).toBe('badCheckState');
    expect(CheckState.from(sealed({ identity, scan }), context)).toBeInstanceOf(CheckState);
    expect(parseScanState(scan)).toEqual(scan);
  });
});
