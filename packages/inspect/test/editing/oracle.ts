import { createHash } from 'node:crypto';
import {
  type AnyRegionPlugin,
  encodeRegion,
  groupTags,
  isAllocated,
  readTrailer,
  blockStatus as status,
  stringToTag,
  verifyBlocks,
  xxh64,
} from '@vde/format';
import { type DeviceCall, type DiskImage, loadBitmap, memoryDevice, openImage, recordingDevice } from '@vde/image';
import { blockSize, imageFor, openEditor, plugins, type TransactionKind } from './kinds.ts';

/** A state that a transaction makes current: what a reader must find, whole. */
interface Snapshot {
  /** Blocks 0-3. */
  readonly group: Uint8Array;
  /** All regions, as text. */
  readonly regions: string;
  /** What blocks hold that the state refers to, of those that the transaction writes. */
  readonly live: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
}

/** Quicker than a loop: the states are many. */
const sameBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const part = (bytes: Uint8Array, first: number, count: number) =>
  bytes.subarray(first * blockSize, (first + count) * blockSize);

/** Knows the states that a transaction goes through, and which of them a device holds. */
export class Oracle {
  readonly #snapshots: readonly Snapshot[];
  readonly #statuses = new Uint8Array(4);
  readonly #tags = groupTags.map(stringToTag);

  private constructor(snapshots: readonly Snapshot[]) {
    this.#snapshots = snapshots;
  }

  /** The states of `before` and after each commit of `calls`. */
  static async of(before: Uint8Array, calls: readonly DeviceCall[]): Promise<Oracle> {
    const touched = touchedBlocks(calls);
    const medium = before.slice();
    const snapshots = [await snapshotOf(medium, touched)];
    for (const call of calls) {
      if (call.kind === 'write') medium.set(call.bytes, call.offset);
      const primary = part(medium, 0, 4);
      if (call.kind !== 'sync' || !sameBytes(primary, part(medium, 4, 4))) continue;
      if (!sameBytes(primary, snapshots.at(-1)!.group)) snapshots.push(await snapshotOf(medium, touched));
    }
    return new Oracle(snapshots);
  }

  /** All regions of a state, as text. */
  regionsOf(number: number): string {
    return this.#snapshots[number]!.regions;
  }

  get last(): number {
    return this.#snapshots.length - 1;
  }

  /**
   * The number of the state that `bytes` hold to a reader, 0 for the one before, or why they hold none: by the rule of page 02 (the primary group
   * when its four blocks hold, else the mirror), with every block that the state refers to.
   */
  seen(bytes: Uint8Array): number | string {
    const primary = this.#isWhole(part(bytes, 0, 4), true);
    if (!primary && !this.#isWhole(part(bytes, 4, 4), true)) return 'no complete group';
    const group = part(bytes, primary ? 0 : 4, 4);
    const number = this.#snapshots.findIndex((snapshot) => isSameGroup(snapshot.group, group));
    if (number < 0) return 'a group that nobody committed';
    const listed = this.#listed(bytes, group, !primary);
    if (!sameBytes(listed, this.#tableOf(number))) return `state ${number} with other slots`;
    return this.#isLive(bytes, number) ? number : `state ${number} without all of its blocks`;
  }

  /**
   * What the existing implementation sees: it looks at no tags and no generations, takes the directory where its checksum holds, and so may still find the
   * regions of the state before behind a newer superblock. Both must be whole.
   */
  seenByReference(bytes: Uint8Array): string | undefined {
    const primary = this.#isWhole(part(bytes, 0, 4), false);
    if (!primary && !this.#isWhole(part(bytes, 4, 4), false)) return 'no complete group';
    const group = part(bytes, primary ? 0 : 4, 4);
    const number = this.#snapshots.findIndex((snapshot) => sameBytes(snapshot.group, group));
    if (number < 0) return 'a group that nobody committed';
    const directory = part(bytes, 8, 1);
    verifyBlocks(directory, blockSize, this.#statuses.subarray(0, 1));
    const isUsable = this.#statuses[0] === status.ok || this.#statuses[0] === status.formattedEmpty;
    const table = isUsable ? directory.subarray(0, blockSize - 16) : this.#tableOf(number);
    const of = [number, number - 1].find((i) => i >= 0 && sameBytes(table, this.#tableOf(i)));
    if (of === undefined) return `state ${number} with other slots`;
    return this.#isLive(bytes, of) ? undefined : `regions of state ${of} without all of their blocks`;
  }

  #tableOf(number: number): Uint8Array {
    return this.#snapshots[number]!.group.subarray(blockSize, 2 * blockSize - 16);
  }

  /** The slots that a reader uses. */
  #listed(bytes: Uint8Array, group: Uint8Array, isMirror: boolean): Uint8Array {
    const table = group.subarray(blockSize, 2 * blockSize - 16);
    const directory = part(bytes, 8, 1);
    verifyBlocks(directory, blockSize, this.#statuses.subarray(0, 1));
    const { tag } = readTrailer(directory, blockSize);
    if (this.#statuses[0] !== status.ok || tag !== stringToTag('RMAP')) return table;
    return isMirror && isSpoiled(part(bytes, 3, 1)) ? table : directory.subarray(0, blockSize - 16);
  }

  #isLive(bytes: Uint8Array, number: number): boolean {
    return this.#snapshots[number]!.live.every((block) =>
      sameBytes(bytes.subarray(block.offset, block.offset + block.bytes.length), block.bytes),
    );
  }

  #isWhole(group: Uint8Array, withTags: boolean): boolean {
    verifyBlocks(group, blockSize, this.#statuses);
    for (let i = 0; i < 4; i++) {
      const isOk = this.#statuses[i] === status.ok || this.#statuses[i] === status.formattedEmpty;
      if (!isOk) return false;
      if (withTags && readTrailer(group.subarray(i * blockSize), blockSize).tag !== this.#tags[i]) return false;
    }
    return true;
  }
}

/** The same four blocks; the checksum does not cover a generation, which bytes that are torn within a trailer may leave as it was. */
function isSameGroup(a: Uint8Array, b: Uint8Array): boolean {
  const isSame = (from: number, to: number) => sameBytes(a.subarray(from, to), b.subarray(from, to));
  if (sameBytes(a, b)) return true;
  return [0, 1, 2, 3].every((block) => {
    const trailer = (block + 1) * blockSize - 16;
    return isSame(block * blockSize, trailer + 4) && isSame(trailer + 8, trailer + 16);
  });
}

/** A commit point leaves each byte of the checksum as it was, or complemented. */
function isSpoiled(block: Uint8Array): boolean {
  const expected = Buffer.alloc(8);
  expected.writeBigUInt64LE(xxh64(block.subarray(0, blockSize - 16)));
  const flips = block.subarray(blockSize - 8).map((byte, i) => byte ^ expected[i]!);
  return flips.some((flip) => flip === 0xff) && flips.every((flip) => flip === 0 || flip === 0xff);
}

function touchedBlocks(calls: readonly DeviceCall[]): Set<number> {
  const touched = new Set<number>();
  for (const call of calls) {
    if (call.kind !== 'write') continue;
    const end = Math.ceil((call.offset + call.bytes.length) / blockSize);
    for (let block = Math.floor(call.offset / blockSize); block < end; block++) touched.add(block);
  }
  return touched;
}

async function snapshotOf(bytes: Uint8Array, touched: ReadonlySet<number>): Promise<Snapshot> {
  const image = await openImage(memoryDevice(bytes.slice()), { regions: plugins });
  const live = (await liveBlocks(image)).filter((block) => block >= 10 && touched.has(block));
  const isPrimary = image.group.copyUsed === 'primary';
  return {
    regions: await regionsOf(image),
    group: part(bytes, isPrimary ? 0 : 4, 4).slice(),
    live: live.map((block) => ({ offset: block * blockSize, bytes: part(bytes, block, 1).slice() })),
  };
}

/** All regions of an image that a plugin decodes, as text: their states, wherever they lie, and the data that these refer to. */
export async function regionsOf(image: DiskImage): Promise<string> {
  const texts: string[] = [];
  for (const plugin of plugins) {
    for (const { index, startBlock, blockCount } of await image.findRegions(plugin)) {
      const { state, form } = await image.region(plugin, { slot: index });
      const bytes = encodeRegion(plugin, state, { blockSize, generation: 1 });
      texts.push(`${plugin.id} ${form} ${digest(bytes)}`);
      const count = plugin.anchored?.dataBlocks(state) ?? 0;
      for (let i = 0; i < count; i++) {
        if (!plugin.anchored!.isLive(state, i)) continue;
        const block = await image.readBlocks(startBlock + blockCount - count + i, 1);
        texts.push(`${i} ${digest(block.subarray(0, blockSize - 16))}`);
      }
      for (const { start, count: blocks } of plugin.refersTo?.(state) ?? [])
        texts.push(`${start} ${digest(await image.readBlocks(start, blocks))}`);
    }
  }
  return texts.join('\n');
}

/** Blocks that a state of an image refers to, but for the fixed ones. */
async function liveBlocks(image: DiskImage): Promise<number[]> {
  const live: number[] = [];
  const data = image.slots.find(({ name }) => name === 'DataRegion');
  for (const slot of image.slots) {
    const plugin = (await image.resolve(slot))?.plugin;
    if (slot !== data)
      live.push(...(plugin?.anchored ? await anchoredBlocks(image, plugin, slot.index) : blocksOf(slot)));
  }
  const { bitmap } = (await loadBitmap(image))!;
  const owned = new Set(live);
  for (const block of data ? blocksOf(data) : []) if (isAllocated(bitmap, block) && !owned.has(block)) live.push(block);
  return live;
}

const blocksOf = ({ startBlock, blockCount }: { startBlock: number; blockCount: number }) =>
  Array.from({ length: blockCount }, (_, i) => startBlock + i);

/** Header and live data blocks of an anchored region. */
async function anchoredBlocks(image: DiskImage, plugin: AnyRegionPlugin, index: number): Promise<number[]> {
  const { state, slot } = await image.region(plugin, { slot: index });
  const { isLive, dataBlocks } = plugin.anchored!;
  const header = blocksOf({ startBlock: slot.startBlock, blockCount: plugin.requiredBlocks(state, image.geometry) });
  const count = dataBlocks(state);
  const first = slot.startBlock + slot.blockCount - count;
  const data = blocksOf({ startBlock: first, blockCount: count }).filter((_, i) => isLive(state, i));
  return [...header, ...data];
}

/** The bytes before a transaction of a kind, and the calls that it takes. */
export async function recorded(kind: TransactionKind) {
  const before = (await imageFor(kind)).bytes.slice();
  const source = recordingDevice(memoryDevice(before.slice()));
  const editor = await openEditor(source);
  if (source.calls.length > 0) throw new Error('opening an image that is whole writes nothing');
  await kind.act(editor);
  return { before, calls: source.calls };
}
