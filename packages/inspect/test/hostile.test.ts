import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  type AnyRegionPlugin,
  decodeRegion,
  type Finding,
  isVdeError,
  RegionPointer,
  sealBlocks,
  type Table,
  traceRegion,
} from '@vde/format';
import { memorySource, openImage } from '@vde/image';
import { allRegions } from '@vde/regions';
import { seededRandom } from '@vde/testing';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type ImageFinding, openBareRegion, openInspection, parseAddress } from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { goldenBytes } from './golden-images.ts';
import { type Aim, Canvas, containerAims, mutateBlocks, mutateImage, type Random } from './mutate.ts';

const deep = process.env['VDE_DEEP'] === '1';
/** Inputs of each campaign: together half a million in a deep run. */
const counts = deep ? { bare: 486_000, compact: 13_000, golden: 1000 } : { bare: 4500, compact: 480, golden: 20 };
const timeout = deep ? 3_600_000 : 120_000;
/** No input may take longer than this, in milliseconds of the processor: other work on the machine does not count. */
const slowest = 1000;

interface Campaign {
  inputs: number;
  seconds: number;
  processorSeconds: number;
  slowestMs: number;
  slowestSeed: number;
  /** Bytes of all heaps at the end of the campaign, above those at its start. */
  grownMiB: number;
  refused: number;
  readonly codes: Set<string>;
}
const campaigns: Record<string, Campaign> = {};

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const usedBytes = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Runs `attack` for each seed; only a VdeError may come out of it, and in time. */
async function run(
  name: string,
  inputs: number,
  attack: (random: Random) => Promise<readonly { readonly code: string }[]>,
): Promise<Campaign> {
  const campaign: Campaign = {
    inputs,
    seconds: 0,
    processorSeconds: 0,
    slowestMs: 0,
    slowestSeed: 0,
    grownMiB: 0,
    refused: 0,
    codes: new Set(),
  };
  const [start, before] = [performance.now(), usedBytes()];
  const startMs = processorMs();
  let last = startMs;
  for (let seed = 0; seed < inputs; seed++) {
    try {
      for (const { code } of await attack(seededRandom(seed))) campaign.codes.add(code);
    } catch (error) {
      if (!isVdeError(error)) throw new Error(`${name}, seed ${seed}: ${error}`, { cause: error });
      if (isVdeError(error, 'pluginFailed'))
        throw new Error(`${name}, seed ${seed}: ${error.message}`, { cause: error });
      campaign.refused++;
      campaign.codes.add(error.code);
    }
    const now = processorMs();
    if (now - last > campaign.slowestMs) Object.assign(campaign, { slowestMs: now - last, slowestSeed: seed });
    last = now;
  }
  campaign.seconds = (performance.now() - start) / 1000;
  campaign.processorSeconds = (last - startMs) / 1000;
  campaign.grownMiB = (usedBytes() - before) / 2 ** 20;
  campaigns[name] = campaign;
  expect({ name, seed: campaign.slowestSeed, inTime: campaign.slowestMs < slowest }).toEqual({
    name,
    seed: campaign.slowestSeed,
    inTime: true,
  });
  // Garbage may wait to be collected; a leak of half a million inputs would be far more.
  expect(campaign.grownMiB).toBeLessThan(1024);
  return campaign;
}

/** Reads cells of the first rows, the last one and one between. */
function readSome(tables: readonly Table[], random: Random): void {
  for (const table of tables) {
    const { rowCount } = table;
    for (const row of [0, Math.floor(random() * rowCount), rowCount - 1]) {
      if (row < 0 || row >= rowCount) continue;
      for (const { id } of table.columns) table.cell(row, id);
      table.locate?.(row, { blockSize: 4096, payloadSize: 4080 });
    }
  }
}

// --- bare blocks of regions

interface Subject {
  readonly id: string;
  readonly name: string;
  readonly canvas: Canvas;
  readonly aims: readonly Aim[];
}

const regionFolder = new URL('../../../fixtures/golden/regions/', import.meta.url);
const largestCase = 16 * 1024;

/** The golden cases of every region, also of those without a plugin, as far as they are small. */
function goldenSubjects(): Subject[] {
  return readdirSync(regionFolder).flatMap((id) => {
    const folder = new URL(`${id}/`, regionFolder);
    return readdirSync(folder)
      .filter((file) => file.endsWith('.bin.gz'))
      .map((file) => ({
        file,
        blockSize: Number(file.split('.').at(-3)),
        bytes: new Uint8Array(gunzipSync(readFileSync(new URL(file, folder)))),
      }))
      .filter(({ bytes, blockSize }) => bytes.length <= largestCase && bytes.length % blockSize === 0)
      .map(({ file, blockSize, bytes }) => {
        const plugin = allRegions.find((candidate) => candidate.id === id);
        return {
          id,
          name: `${id}/${file}`,
          canvas: new Canvas(bytes, blockSize),
          aims: plugin ? aimsOf(plugin, bytes, blockSize) : [],
        };
      });
  });
}

function aimsOf(plugin: AnyRegionPlugin, bytes: Uint8Array, blockSize: number): Aim[] {
  return [...traceRegion(plugin, bytes, { blockSize })]
    .slice(0, 400)
    .map(({ block, offset, length }) => ({ offset: block * blockSize + offset, length }));
}

/** Everything that reading bare blocks offers. Lenient reading, tracing and describing may not throw at all. */
function readBare(plugin: AnyRegionPlugin, bytes: Uint8Array, blockSize: number, random: Random): readonly Finding[] {
  const blockCount = random() < 0.5 ? undefined : bytes.length / blockSize + Math.floor(random() * 2 ** 20);
  const options = { blockSize, ...(blockCount !== undefined && { blockCount }) };
  const lenient = decodeRegion(plugin, bytes, { ...options, lenient: true });
  const failed = lenient.findings.find(({ code }) => code === 'pluginFailed');
  if (failed) throw new Error(failed.message);
  let ranges = 0;
  for (const { length } of traceRegion(plugin, bytes, options)) ranges += length >= 0 ? 1 : 0;
  if (ranges > 8 * bytes.length) throw new Error(`${ranges} fields in ${bytes.length} bytes`);
  if (lenient.state !== undefined) readSome(plugin.describe(lenient.state).tables, random);
  try {
    decodeRegion(plugin, bytes, options);
  } catch (error) {
    if (!isVdeError(error)) throw error;
    if (lenient.findings.every(({ severity }) => severity !== 'error'))
      throw new Error(`strict alone throws ${error.code}`);
  }
  return lenient.findings;
}

/** The inspection of bare blocks, which also reads cut ones. */
async function inspectBare(
  plugin: AnyRegionPlugin,
  bytes: Uint8Array,
  blockSize: number,
  random: Random,
): Promise<void> {
  const inspection = await openBareRegion(memorySource(bytes), { plugin, blockSize });
  await inspection.check({ level: 'full' });
  readSome((await inspection.show(parseAddress('s:0'))).tables, random);
  await inspection.slots();
  for (const address of ['b:0', `s:0/${Math.floor(random() * 20)}`, 's:0+7:700'])
    await inspection.hex(parseAddress(address)).catch(onlyVdeError);
}

function onlyVdeError(error: unknown): void {
  if (!isVdeError(error)) throw error;
}

describe('hostile region blocks', () => {
  const subjects = goldenSubjects();

  it(
    'only a VdeError escapes any way of reading them, in time',
    async () => {
      const own = subjects.filter(({ id }) => allRegions.some((plugin) => plugin.id === id));
      const { codes } = await run('region blocks', counts.bare, async (random) => {
        const from = random() < 0.8 ? own : subjects;
        const { id, canvas, aims } = from[Math.floor(random() * from.length)]!;
        const plugin =
          allRegions.find((candidate) => candidate.id === id) ?? allRegions[Math.floor(random() * allRegions.length)]!;
        mutateBlocks(canvas, random, aims);
        try {
          const blockSize = random() < 0.95 || canvas.bytes.length % 512 !== 0 ? canvas.blockSize : 512;
          const findings = readBare(plugin, canvas.bytes, blockSize, random);
          const cut = canvas.bytes.subarray(0, Math.ceil(random() * canvas.bytes.length));
          if (random() < 0.05) await inspectBare(plugin, cut, blockSize, random);
          return findings;
        } finally {
          canvas.restore();
        }
      });
      // Without these the mutations do not get behind the checksums.
      const inner = ['tornWrite', 'badCount', 'truncated', 'paddingNotZero', 'reservedNotZero', 'duplicateKey'];
      expect([...codes]).toEqual(expect.arrayContaining(['badTrailer', 'wrongTag', ...inner]));
    },
    timeout,
  );
});

// --- whole images

/** Opens an image strictly, then looks at all that an inspection shows. */
async function inspectImage(bytes: Uint8Array, random: Random, slotShare = 1): Promise<readonly ImageFinding[]> {
  const source = memorySource(bytes);
  await openImage(source, { regions: allRegions }).catch(onlyVdeError);
  const superblock = (['auto', 'auto', 'primary', 'mirror'] as const)[Math.floor(random() * 4)]!;
  const inspection = await openInspection(source, { regions: allRegions, superblock });
  const check = await inspection.check({ level: 'full' });
  for (const { block, range } of check.findings) {
    if (block !== undefined && (!Number.isSafeInteger(block) || block < 0))
      throw new Error(`a finding at block ${block}`);
    if (range !== undefined && !(range.offset >= 0 && range.length >= 0))
      throw new Error(`a finding at ${range.offset}, length ${range.length}`);
  }
  const plugin = check.findings.find(({ code }) => code === 'pluginFailed');
  if (plugin) throw new Error(plugin.message);
  await inspection.info();
  const slots = await inspection.slots({ all: true });
  const active = slots.filter(({ flags }) => flags.includes('active'));
  for (const { index } of [...active, slots[Math.floor(random() * slots.length)] ?? { index: 0 }]) {
    if (random() >= slotShare) continue;
    await inspection.show(parseAddress(`s:${index}`)).then(({ tables }) => readSome(tables, random), onlyVdeError);
  }
  const block = Math.floor((random() * bytes.length) / 4096);
  const addresses = [
    'sb',
    'sb.mirror',
    'dir',
    'dir/5',
    'sb.totalBlocks',
    'r:metrics-log/17.value',
    'r:ANON#0/3',
    `b:${block}`,
    `b:${block}+0x40:16`,
    `0x${(block * 512).toString(16)}`,
    'b:-1',
  ];
  for (const address of addresses) {
    if (random() < 0.5) await inspection.show(parseAddress(address)).catch(onlyVdeError);
    if (random() < 0.3) await inspection.hex(parseAddress(address)).catch(onlyVdeError);
  }
  return check.findings;
}

const imageCampaigns = [
  ['compact, 4096', counts.compact * 0.75, () => compactImage('all-regions'), 4096, { inodes: 11, logs: [13, 15] }],
  ['compact, 16384', counts.compact * 0.25, () => compactImage('seed-regions-16k'), 16384, { inodes: 11, logs: [12] }],
  ['golden all-regions', counts.golden, () => goldenBytes('all-regions'), 4096, { inodes: 15, logs: [1039, 1103] }],
] as const;

describe('hostile images', () => {
  it.each(['all-regions', 'seed-regions-16k'] as const)(
    'the compact image of %s is clean to begin with',
    async (name) => {
      const check = await (await openInspection(memorySource(compactImage(name)), { regions: allRegions })).check({
        level: 'full',
      });
      expect(check.findings.filter(({ code }) => code !== 'overlap')).toEqual([]);
    },
  );

  it.each(imageCampaigns)(
    '%s: only a VdeError escapes, in time (%i inputs)',
    async (name, inputs, make, blockSize, places) => {
      const canvas = new Canvas(make(), blockSize);
      const aims = containerAims(blockSize, places);
      const slotShare = name.startsWith('golden') ? 0.3 : 1;
      const { codes } = await run(name, inputs, async (random) => {
        mutateImage(canvas, random, aims);
        try {
          return await inspectImage(canvas.bytes, random, slotShare);
        } finally {
          canvas.restore();
        }
      });
      if (inputs < 300 || !name.startsWith('compact')) return;
      const container = [
        'badField',
        'blockCountsDiffer',
        'fileSizeDiffers',
        'invalidSlot',
        'beyondVolume',
        'overlap',
        'limbo',
        'slotTablesDiffer',
        'mirrorDiffers',
        'generationsDiffer',
      ];
      expect([...codes]).toEqual(
        expect.arrayContaining([
          ...container,
          'badTrailer',
          'wrongTag',
          'truncated',
          'inodeLayoutDiffers',
          'bitmapMissing',
        ]),
      );
    },
    timeout,
  );
});

// --- claims of a small file about its size

/** Sizes of what is allocated, as far as `new` of a byte array or a buffer tells. */
function watchAllocations(): { readonly largest: () => number } {
  let largest = 0;
  const watch = <T extends new (...args: never[]) => object>(original: T, size: number): T =>
    new Proxy(original, {
      construct(target, args: never[], newTarget) {
        const count: unknown = args[0];
        if (typeof count === 'number') largest = Math.max(largest, count * size);
        return Reflect.construct(target, args, newTarget === proxy.get(original) ? target : newTarget);
      },
    });
  const proxy = new Map<unknown, unknown>();
  for (const name of ['Uint8Array', 'Uint32Array', 'Float64Array', 'ArrayBuffer'] as const) {
    const watched = watch(globalThis[name] as never, name === 'Float64Array' ? 8 : name === 'Uint32Array' ? 4 : 1);
    proxy.set(globalThis[name], watched);
    vi.stubGlobal(name, watched);
  }
  return { largest: () => largest };
}

/** One of the claims that a few KiB make about themselves. */
interface Claim {
  readonly what: string;
  make(bytes: Uint8Array, view: DataView): void;
}

const sealHead = (bytes: Uint8Array, block: number): void => {
  const view = new DataView(bytes.buffer, block * 4096 + 4080);
  sealBlocks(bytes.subarray(block * 4096, (block + 1) * 4096), 4096, view.getUint32(0, true), view.getUint32(4, true));
};

/** Counts of the superblock and its mirror. */
function claimVolume(bytes: Uint8Array, view: DataView, count: bigint): void {
  for (const block of [0, 4]) {
    for (const at of [0x38, 0x40, 0x48, 0x50]) view.setBigInt64(block * 4096 + at, count, true);
    sealHead(bytes, block);
  }
}

/** Counts of all slots but the first three, in every table. */
function claimSlots(bytes: Uint8Array, view: DataView, count: bigint): void {
  for (const block of [1, 5, 8]) {
    for (let slot = 3; slot < 127; slot++) {
      const at = block * 4096 + slot * RegionPointer.size;
      if (view.getUint32(at, true) !== 0) view.setBigInt64(at + 16, count, true);
    }
    sealHead(bytes, block);
  }
}

const huge = [2n ** 31n, 2n ** 40n, 2n ** 53n - 4097n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n];
const claims: readonly Claim[] = [
  ...huge.flatMap((count): Claim[] => [
    { what: `${count} blocks in the superblock`, make: (bytes, view) => claimVolume(bytes, view, count) },
    { what: `${count} blocks in every slot`, make: (bytes, view) => claimSlots(bytes, view, count) },
    {
      what: `${count} blocks in the superblock, and slots as large`,
      make(bytes, view) {
        // The largest volume that counts as possible.
        claimVolume(bytes, view, count < 2n ** 41n ? count : 2n ** 41n - 1n);
        claimSlots(bytes, view, count);
      },
    },
  ]),
  ...huge.map((start) => ({
    what: `slots that start at block ${start}`,
    make(bytes: Uint8Array, view: DataView) {
      for (const block of [1, 5, 8]) {
        for (let slot = 3; slot < 15; slot++)
          view.setBigInt64(block * 4096 + slot * RegionPointer.size + 8, start, true);
        sealHead(bytes, block);
      }
    },
  })),
  {
    what: 'all 127 slots over the whole volume, of types with a plugin',
    make(bytes, view) {
      const types = [...allRegions.flatMap(({ slotTypes }) => slotTypes), 'BMAP', 'INOD', 'MWAL'];
      for (const block of [1, 5, 8]) {
        for (let slot = 3; slot < 127; slot++) {
          const at = block * 4096 + slot * RegionPointer.size;
          [...types[slot % types.length]!].reverse().forEach((letter, i) => {
            bytes[at + i] = letter.charCodeAt(0);
          });
          view.setUint32(at + 4, 1, true);
          view.setBigInt64(at + 8, BigInt(10 + (slot % 8)), true);
          view.setBigInt64(at + 16, 2n ** 52n, true);
        }
        sealHead(bytes, block);
      }
    },
  },
  {
    what: 'record counts beyond any region',
    make(bytes, view) {
      for (const [block, size] of [
        [17, 8],
        [35, 4],
        [51, 8],
        [11, 4],
      ] as const) {
        if (size === 8) view.setBigInt64(block * 4096, 2n ** 53n, true);
        else view.setInt32(block * 4096, 0x7fff_ffff, true);
        sealHead(bytes, block);
      }
    },
  },
];

describe('a small file that claims to be huge', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each(claims)('$what: memory is bounded by what is there', async ({ make }) => {
    const whole = compactImage('all-regions');
    make(whole, new DataView(whole.buffer));
    for (const size of [whole.length, 56 * 4096, 12 * 4096]) {
      const bytes = whole.slice(0, size);
      const before = usedBytes();
      const { largest } = watchAllocations();
      const start = processorMs();
      await inspectImage(bytes, seededRandom(size));
      const took = processorMs() - start;
      vi.unstubAllGlobals();
      // The scan has slabs of up to 4 MiB, the checksum kernel its own; nothing else exceeds twice the file.
      expect(largest()).toBeGreaterThan(0);
      expect(largest()).toBeLessThanOrEqual(Math.max(2 * size, 1024 * 1024));
      expect(usedBytes() - before).toBeLessThan(256 * 2 ** 20);
      expect(took).toBeLessThan(slowest);
    }
  });
});

afterAll(() => {
  const rows = Object.entries(campaigns).map(([campaign, { inputs, seconds, codes, ...more }]) => ({
    campaign,
    inputs,
    seconds: Number(seconds.toFixed(1)),
    'of the processor': Number(more.processorSeconds.toFixed(1)),
    'inputs/s': Math.round(inputs / seconds),
    'slowest ms': Number(more.slowestMs.toFixed(1)),
    'its seed': more.slowestSeed,
    'grown MiB': Math.round(more.grownMiB),
    refused: more.refused,
    codes: codes.size,
  }));
  console.table(rows);
});
