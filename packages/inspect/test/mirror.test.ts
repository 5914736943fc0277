import { readTrailer, sealBlocks, textField, textOf } from '@vde/format';
import { type DiskImage, memorySource, openImage } from '@vde/image';
import { allRegions } from '@vde/regions';
import { describe, expect, it } from 'vitest';
import { type CheckModel, exitCodeOf, openInspection, parseAddress } from '../src/index.ts';
import { goldenBytes, goldenJson } from './golden-images.ts';

const blockSize = 4096;
const golden = goldenJson('all-regions');
const pristine = goldenBytes('all-regions');
const label = 'ACME payments, archive 2025';

const blockOf = (bytes: Uint8Array, block: number, size = blockSize): Uint8Array =>
  bytes.subarray(block * size, (block + 1) * size);

function flip(block: Uint8Array, at: number, mask: number): void {
  block[at]! ^= mask;
}

/** Ways to damage a block. `noTrailer` leaves the payload as it is. */
const damages = {
  zeroed: (block: Uint8Array) => void block.fill(0),
  payload: (block: Uint8Array) => flip(block, 1000, 4),
  tag: (block: Uint8Array) => flip(block, block.length - 15, 1),
  generation: (block: Uint8Array) => flip(block, block.length - 12, 2),
  checksum: (block: Uint8Array) => flip(block, block.length - 1, 128),
  noTrailer: (block: Uint8Array) => void block.fill(0, block.length - 16),
};
type Damage = keyof typeof damages;

/** What a block is after that, in the words of page 02, 4.2: blocks 2, 3, 6 and 7 have no payload, so without trailer they are holes. */
function stateAfter(block: number, damage: Damage | undefined): 'ok' | 'unsealed' | 'bad' {
  if (damage === undefined || damage === 'generation') return 'ok';
  return damage === 'noTrailer' && block % 4 < 2 ? 'unsealed' : 'bad';
}

interface Expected {
  /** The block that each of the four structures is read from. */
  readonly sources: readonly (number | undefined)[];
  readonly slotsFrom: DiskImage['slotsFrom'];
  readonly exitCode: number;
}

/** The rule of page 02, 4.2, steps 3 and 6, with the exit codes of `cli.md`. */
function oracle(done: ReadonlyMap<number, Damage>): Expected {
  const state = (block: number) => stateAfter(block, done.get(block));
  const pairs = [0, 1, 2, 3];
  const isPrimaryOk = pairs.every((i) => state(i) === 'ok');
  const isMirrorOk = pairs.every((i) => state(i + 4) === 'ok');
  const sources = pairs.map((i) => {
    if (isPrimaryOk) return i;
    if (isMirrorOk) return i + 4;
    if (state(i) === 'ok') return i;
    if (state(i + 4) === 'ok') return i + 4;
    return state(i) === 'unsealed' ? i : undefined;
  });
  // The directory lists the same slots as the pointer table, so one of the two is enough.
  const isLost = sources.some((source, i) => source === undefined && !(i === 1 && state(8) === 'ok'));
  const isDamaged = [...done.keys()].some((block) => state(block) !== 'ok');
  // Blocks 8 and 9 have nothing but each other to compare generations with: the same change in both is none.
  const isOdd = [...done.keys()].some((block) => block < 8 || done.get(block === 8 ? 9 : 8) !== 'generation');
  const slotsFrom = state(8) === 'ok' ? 'directory' : sources[1] === undefined ? 'nowhere' : 'pointerTable';
  return { sources, slotsFrom, exitCode: isLost ? 3 : isDamaged ? 2 : isOdd ? 1 : 0 };
}

interface Opened {
  readonly image: DiskImage;
  readonly check: CheckModel;
  readonly exitCode: number;
}

async function look(bytes: Uint8Array): Promise<Opened> {
  const source = memorySource(bytes, 'all-regions');
  const image = await openImage(source, { regions: allRegions, lenient: true });
  const check = await (await openInspection(source, { regions: allRegions })).check({ level: 'full' });
  return { image, check, exitCode: exitCodeOf(check, { failOn: 'warning' }) };
}

/** Looks at the image with blocks damaged, and puts them right again. */
async function withDamage(done: ReadonlyMap<number, Damage>): Promise<Opened> {
  const kept = pristine.slice(0, 10 * blockSize);
  for (const [block, damage] of done) damages[damage](blockOf(pristine, block));
  try {
    return await look(pristine);
  } finally {
    pristine.set(kept);
  }
}

function expectAsAsked({ image, check, exitCode }: Opened, done: ReadonlyMap<number, Damage>): void {
  const expected = oracle(done);
  const what = [...done].map(([block, damage]) => `${block}: ${damage}`).join(', ');
  const sources = image.group.sources.map((source) => source?.block);
  expect({ what, sources, slotsFrom: image.slotsFrom, exitCode }).toEqual({ what, ...expected });
  if (expected.sources[0] !== undefined) expect([what, textOf(image.superblock!.volumeLabel)]).toEqual([what, label]);
  if (expected.slotsFrom !== 'nowhere') {
    expect([what, image.slots.map(({ type, startBlock }) => `${type} ${startBlock}`)]).toEqual([
      what,
      golden.slots.map(({ type, startBlock }) => `${type} ${startBlock}`),
    ]);
  }
  // Every block that does not serve has a finding; where a superblock copy is passed over the reason names the block.
  for (const block of [...done.keys()].filter((found) => stateAfter(found, done.get(found)) !== 'ok')) {
    expect([what, block, check.findings.some((finding) => finding.block === block)]).toEqual([what, block, true]);
  }
  if (image.group.copyUsed === 'primary' && !sources.some((block) => done.has(block!))) return;
  for (const block of [0, 1, 2, 3].filter((i) => stateAfter(i, done.get(i)) !== 'ok')) {
    expect([what, image.group.why]).toEqual([what, expect.stringMatching(new RegExp(`lock ${block} `))]);
  }
}

const kinds = Object.keys(damages) as Damage[];
const blocks = Array.from({ length: 10 }, (_, i) => i);
/** A checksum reads like a changed payload, a generation never makes a block bad: their pairs are left to the deep run. */
const pairedKinds =
  process.env['VDE_DEEP'] === '1' ? kinds : kinds.filter((kind) => kind !== 'checksum' && kind !== 'generation');

describe('damage to blocks 0-9 of a whole image', () => {
  it.each(kinds)('of one block, %s: the right copy is used, and the exit code tells', async (kind) => {
    for (const block of blocks) {
      const done = new Map([[block, kind]]);
      expectAsAsked(await withDamage(done), done);
    }
  });

  it.each(pairedKinds.flatMap((a) => pairedKinds.map((b) => [a, b] as const)))(
    'of each pair of blocks, %s and %s',
    async (a, b) => {
      for (const first of blocks) {
        for (const second of blocks.slice(first + 1)) {
          const done = new Map([
            [first, a],
            [second, b],
          ]);
          expectAsAsked(await withDamage(done), done);
        }
      }
    },
  );

  it.each([
    ['all of the primary copy', [0, 1, 2, 3], 'mirror'],
    ['all of the mirror', [4, 5, 6, 7], 'primary'],
    ['the primary copy and one block of the mirror', [0, 1, 2, 3, 6], 'mirror'],
    ['both copies', [0, 1, 2, 3, 4, 5, 6, 7], 'none'],
    ['blocks of both copies that complete each other', [0, 2, 5, 7], 'mixed'],
    ['the directory', [8, 9], 'primary'],
    ['the directory and the primary pointer table', [8, 9, 1], 'mirror'],
    ['the directory and both pointer tables', [8, 1, 5], 'primary'],
    ['all ten blocks but the mirror superblock', [0, 1, 2, 3, 5, 6, 7, 8, 9], 'mirror'],
  ] as const)('zeros in %s', async (_, zeroed, copyUsed) => {
    const done = new Map<number, Damage>(zeroed.map((block) => [block, 'zeroed']));
    const opened = await withDamage(done);
    expectAsAsked(opened, done);
    expect(opened.image.group.copyUsed).toBe(copyUsed);
    expect(opened.check.facts?.copyUsed).toBe(copyUsed);
  });

  it('without directory and pointer tables the image still opens, and only says what is lost', async () => {
    const opened = await withDamage(new Map([8, 1, 5].map((block) => [block, 'zeroed'])));
    expect(opened.image.slots).toEqual([]);
    expect(opened.image.superblock?.totalBlocks).toBe(3000n);
    const directory = opened.check.findings.find(({ block }) => block === 8);
    expect(directory?.repair).toEqual({ possible: false });
  });

  it('with the pointer table at hand block 8 can be put right from it', async () => {
    const { check } = await withDamage(new Map([[8, 'payload']]));
    expect(check.findings.find(({ block }) => block === 8)?.repair).toEqual({ possible: true, from: 'pointerTable' });
  });

  it('zeros in all ten blocks leave nothing that tells an image', async () => {
    const done = pristine.slice(0, 10 * blockSize);
    pristine.fill(0, 0, 10 * blockSize);
    try {
      await expect(openInspection(memorySource(pristine), { regions: allRegions })).rejects.toMatchObject({
        code: 'notDwvd',
      });
    } finally {
      pristine.set(done);
    }
  });
});

/** Seals a block again after a change, with the tag and generation that it has, or another generation. */
function resealed(block: Uint8Array, generation = readTrailer(block, block.length).generation): void {
  sealBlocks(block, block.length, readTrailer(block, block.length).tag, generation);
}

describe('copies that are intact but differ', () => {
  it('reads a mirror with another label as the primary says, with mirrorDiffers', async () => {
    const bytes = pristine.slice();
    const mirror = blockOf(bytes, 4);
    mirror.set(textField('another label', 64), 0x98);
    resealed(mirror);
    const { image, check, exitCode } = await look(bytes);
    expect(image.group.copyUsed).toBe('primary');
    expect(textOf(image.superblock!.volumeLabel)).toBe(label);
    expect(check.findings.filter(({ severity }) => severity !== 'notice')).toMatchObject([
      {
        code: 'mirrorDiffers',
        severity: 'warning',
        block: 4,
        path: 'volumeLabel',
        repair: { possible: true, from: 'primary' },
      },
    ]);
    expect(exitCode).toBe(1);
    expect(exitCodeOf(check, { failOn: 'error' })).toBe(0);
  });

  it('a newer mirror does not outrank an intact primary', async () => {
    const bytes = pristine.slice();
    const mirror = blockOf(bytes, 4);
    new DataView(mirror.buffer, mirror.byteOffset).setBigInt64(0xf0, 99n, true);
    for (const block of [4, 5, 6, 7]) resealed(blockOf(bytes, block), 99);
    const { image, exitCode } = await look(bytes);
    expect([image.group.copyUsed, image.superblock?.checkpointSequence, exitCode]).toEqual(['primary', 1n, 1]);
  });

  it('mixed generations in both copies, as tools of the reference leave them, are warnings', async () => {
    const bytes = pristine.slice();
    for (const block of [1, 2, 3, 5, 6, 7]) resealed(blockOf(bytes, block), 8);
    const { image, check, exitCode } = await look(bytes);
    expect(image.group.copyUsed).toBe('primary');
    expect([
      ...new Set(check.findings.filter(({ severity }) => severity !== 'notice').map(({ code }) => code)),
    ]).toEqual(['generationsDiffer']);
    expect([check.errors, exitCode]).toEqual([0, 1]);
  });

  it('one block with a generation of its own is named, also the first', async () => {
    for (const block of [0, 2, 4, 7]) {
      const bytes = pristine.slice();
      resealed(blockOf(bytes, block), 8);
      const { check } = await look(bytes);
      const found = check.findings.filter(({ code }) => code === 'generationsDiffer');
      expect(found).toMatchObject([{ block, expected: 1, actual: 8, severity: 'warning' }]);
    }
  });

  it('a write that stopped after the mirror reads as before it', async () => {
    const bytes = pristine.slice();
    for (const block of [4, 5, 6, 7]) resealed(blockOf(bytes, block), 2);
    const { image, check } = await look(bytes);
    expect(image.group.copyUsed).toBe('primary');
    expect(check.findings.filter(({ severity }) => severity !== 'notice')).toMatchObject([
      { code: 'mirrorDiffers', severity: 'warning' },
    ]);
  });

  it('directory blocks of two writes are both named', async () => {
    const bytes = pristine.slice();
    resealed(blockOf(bytes, 9), 3);
    const { check, exitCode } = await look(bytes);
    const found = check.findings.filter(({ code }) => code === 'generationsDiffer');
    expect(found.map(({ block }) => block)).toEqual([8, 9]);
    expect(exitCode).toBe(1);
  });
});

describe('an emergency recovery block over block 9', () => {
  it('opens with the slots of block 8', async () => {
    const bytes = pristine.slice();
    const block = blockOf(bytes, 9);
    block.fill(0);
    block.set(new TextEncoder().encode('ERCV'));
    sealBlocks(block, blockSize, 0x45524356, 1);
    const { image, check, exitCode } = await look(bytes);
    expect(image.slotsFrom).toBe('directory');
    expect(image.slots).toHaveLength(golden.slots.length);
    expect(image.directory.emergencyRecovery).toBeDefined();
    expect(check.findings.filter(({ severity }) => severity !== 'notice')).toMatchObject([
      { code: 'emergencyRecoveryBlock', block: 9, severity: 'warning' },
    ]);
    expect(exitCode).toBe(1);
  });
});

describe('the block size without block 0', () => {
  it.each([
    ['all-regions', 4096],
    ['fresh-minimal', 4096],
    ['seed-regions-16k', 16384],
    ['fresh-analytics', 65536],
  ] as const)('%s is found to have blocks of %i', async (name, size) => {
    const bytes = goldenBytes(name);
    bytes.fill(0, 0, size);
    const image = await openImage(memorySource(bytes), { regions: allRegions });
    expect([image.blockSize, image.group.copyUsed, image.slots.length]).toEqual([
      size,
      'mirror',
      goldenJson(name).slots.length,
    ]);
  });

  it.each(['all-regions', 'seed-regions-16k', 'fresh-analytics'])(
    '%s is found by any one of blocks 1-9',
    async (name) => {
      const { blockSize: size } = goldenJson(name);
      const whole = goldenBytes(name);
      for (const left of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
        const bytes = whole.slice();
        for (const block of blocks) if (block !== left) bytes.fill(0, block * size, (block + 1) * size);
        const image = await openImage(memorySource(bytes), { regions: allRegions });
        expect([left, image.blockSize]).toEqual([left, size]);
      }
    },
  );

  it('a bit that makes the version 1 does not hide the image', async () => {
    const bytes = pristine.slice();
    bytes[4]! ^= 2;
    const { image, exitCode } = await look(bytes);
    expect([image.group.copyUsed, image.blockSize, exitCode]).toEqual(['mirror', 4096, 2]);
  });
});

describe('truncated images', () => {
  const used = golden.writtenBlocks.at(-1)![0] + golden.writtenBlocks.at(-1)![1];
  const edges = golden.slots.flatMap(({ startBlock, blockCount }) => [
    Number(startBlock),
    Number(startBlock) + Number(blockCount),
  ]);
  const steps = Array.from({ length: 40 }, (_, i) => i * 77);
  const lengths = new Set<number>([1, 100, 511, 4095]);
  for (const block of [...blocks, ...edges, ...steps, used, used + 1, 2999]) {
    for (const more of [0, 1, 4080])
      if (block * blockSize + more > 0) lengths.add(Math.min(block * blockSize + more, pristine.length - 1));
  }

  it('what lies before the end is shown, the rest is a finding', async () => {
    for (const length of [...lengths].sort((a, b) => a - b)) {
      const source = memorySource(pristine.subarray(0, length), 'cut');
      if (length < 56) {
        // Not even the block size is left.
        await expect(openInspection(source, { regions: allRegions })).rejects.toMatchObject({ code: 'notDwvd' });
        continue;
      }
      const inspection = await openInspection(source, { regions: allRegions });
      const check = await inspection.check({ level: 'full' });
      const present = Math.floor(length / blockSize);
      const exitCode = exitCodeOf(check, { failOn: 'warning' });
      // Blocks 0 to 2468 are marked as used; behind them only free blocks are missing.
      expect([length, exitCode]).toEqual([length, present >= 2469 ? 1 : 3]);
      expect([length, check.findings.length > 0]).toEqual([length, true]);
      if (present >= 10 && present < 2469) {
        const lost = check.findings.find(
          ({ code }) => code === 'lostToTruncation' || code === 'badTrailer' || code === 'truncated',
        );
        expect([length, lost?.block !== undefined && lost.block >= present]).toEqual([length, true]);
      }
      const info = await inspection.info();
      expect(info.check.findings.length).toBeGreaterThan(0);
      const slots = await inspection.slots();
      if (present >= 9) expect([length, slots.length]).toEqual([length, golden.slots.length]);
      for (const region of golden.regions!) {
        if (region.startBlock + region.codecBlocks > present || !allRegions.some(({ id }) => id === region.id))
          continue;
        const shown = await inspection.show(parseAddress(`r:${region.id}`));
        const counted = Object.entries(region.tables).map(([id, { rows }]) => [id, rows.length]);
        expect([length, shown.tables.map((table) => [table.id, table.rowCount])]).toEqual([length, counted]);
        expect([length, shown.findings]).toEqual([length, []]);
      }
    }
  });

  it.each([0, 1, 4, 52])('%i bytes are no image', async (length) => {
    const opening = openInspection(memorySource(pristine.subarray(0, length)), { regions: allRegions });
    await expect(opening.then(() => 'opened')).rejects.toMatchObject({ code: 'notDwvd' });
  });

  it('a block that the end cuts is none without a trailer', async () => {
    for (const [length, sources] of [
      [100, []],
      [4095, []],
      [4096 + 4080, [0]],
      [3 * 4096 + 4000, [0, 1, 2]],
      [9 * 4096 - 1, [0, 1, 2, 3]],
    ] as const) {
      const image = await openImage(memorySource(pristine.subarray(0, length)), { lenient: true });
      expect([length, image.group.sources.flatMap((source) => source?.block ?? [])]).toEqual([length, sources]);
      expect(image.slotsFrom).toBe(sources.length > 1 ? 'pointerTable' : 'nowhere');
    }
  });

  it('a region that the end cuts is shown as far as it goes', async () => {
    const region = golden.regions!.find(({ id }) => id === 'metrics-log')!;
    const source = memorySource(pristine.subarray(0, (region.startBlock + 5) * blockSize + 100), 'cut');
    const inspection = await openInspection(source, { regions: allRegions });
    const shown = await inspection.show(parseAddress('r:metrics-log'));
    expect(shown.tables[0]!.rowCount).toBeGreaterThan(1000);
    expect(shown.tables[0]!.rowCount).toBeLessThan(3000);
    expect(shown.region?.partial).toBe(true);
    expect(shown.findings.map(({ code, block }) => [code, block])).toContainEqual([
      'badTrailer',
      region.startBlock + 5,
    ]);
  });
});

describe('an image behind a boot preamble', () => {
  const base = 1024 * 1024;
  const bytes = new Uint8Array(base + pristine.length);
  bytes.set(pristine, base);
  bytes.set(new TextEncoder().encode('DWVD-BOO'));
  const header = new DataView(bytes.buffer);
  header.setUint16(8, 1, true);
  header.setBigUint64(16, BigInt(base), true);
  header.setBigUint64(24, BigInt(base), true);

  it('opens, and every address is one of the file', async () => {
    const inspection = await openInspection(memorySource(bytes), { regions: allRegions });
    const plain = await openInspection(memorySource(pristine), { regions: allRegions });
    expect(exitCodeOf(await inspection.check({ level: 'full' }), { failOn: 'warning' })).toBe(0);
    for (const address of [
      'sb',
      'sb.mirror.totalBlocks',
      'dir',
      'b:12+0x40:16',
      'r:metrics-log/17.value',
      's:5',
      'b:2127',
    ]) {
      const [moved, still] = [await inspection.hex(parseAddress(address)), await plain.hex(parseAddress(address))];
      expect([address, moved.range.offset, moved.base]).toEqual([address, still.range.offset + base, base]);
      expect(moved.bytes).toEqual(still.bytes);
      expect(moved.fields.map(({ path, range }) => [path, range.offset - base])).toEqual(
        still.fields.map(({ path, range }) => [path, range.offset]),
      );
    }
    const byOffset = await inspection.show(parseAddress(`0x${(base + 2127 * blockSize).toString(16)}`));
    expect(byOffset.title).toContain('Metrics log');
  });

  it('findings lie at the bytes of the file', async () => {
    const at = base + 2130 * blockSize + 7;
    bytes[at]! ^= 1;
    const check = await (await openInspection(memorySource(bytes), { regions: allRegions })).check({ level: 'full' });
    bytes[at]! ^= 1;
    expect(check.findings[0]).toMatchObject({
      code: 'badTrailer',
      block: 2130,
      range: { offset: base + 2130 * blockSize, length: blockSize },
    });
  });
});
