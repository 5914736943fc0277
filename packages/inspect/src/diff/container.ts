import {
  activeRegionCount,
  directoryStartBlock,
  groupTags,
  isZero,
  RegionPointer,
  readTrailer,
  stringToTag,
} from '@vde/format';
import { type DiskImage, readBlocks } from '@vde/image';
import type { Shown, ShownField } from '../model.ts';
import type { InspectedSpace } from '../space.ts';
import { directoryStructure, groupStructure, type Structure } from '../structures.ts';
import { sameCell } from './cells.ts';
import { cellOf, type DiffCall, type Difference, type DiffPart } from './model.ts';
import { RunCollector } from './runs.ts';

const headBlocks = 10;
const headTags = [...groupTags, ...groupTags, 'RMAP', 'RMAP'];

/** The structures in blocks 0-9, in the order in which they are compared. */
const copies: readonly ((space: InspectedSpace) => Structure)[] = [
  (space) => groupStructure(space, 'primary'),
  (space) => groupStructure(space, 'mirror'),
  directoryStructure,
];

interface Pair<T> {
  readonly a: T;
  readonly b: T;
}

/** Two values of one field. */
type Values = Pair<Shown['value']>;

const sameValues = (one: Values, other: Values): boolean => sameCell(one.a, other.a) && sameCell(one.b, other.b);

/**
 * What differs in the superblock group, its mirror and the directory, by the paths of `show`. What a copy says again is not told
 * again: the mirror and both tables of slots are told only where they differ in another way than the first.
 */
export async function* containerDifferences(call: DiffCall, images: Pair<DiskImage>): AsyncGenerator<Difference> {
  const { signal } = call.options;
  const heads = {
    a: await readBlocks(call.a, 0, headBlocks, { signal }),
    b: await readBlocks(call.b, 0, headBlocks, { signal }),
  };
  const head = new Head(call, images, heads);
  yield* head.slots();
  for (const copy of copies) yield* head.copy({ a: copy(call.a), b: copy(call.b) });
  yield* head.blocks();
}

/** Blocks 0-9 of both images. */
class Head {
  readonly #call: DiffCall;
  readonly #images: Pair<DiskImage>;
  readonly #heads: Pair<Uint8Array>;
  /** What the primary group says, by path. */
  readonly #told = new Map<string, Values>();
  /** Blocks whose difference is explained by a field. */
  readonly #explained = new Set<number>();

  constructor(call: DiffCall, images: Pair<DiskImage>, heads: Pair<Uint8Array>) {
    this.#call = call;
    this.#images = images;
    this.#heads = heads;
  }

  /** Entries of slots in which neither image has a region: those are told with the regions. */
  *slots(): Generator<Difference> {
    const { a, b } = this.#images;
    const part = partOf({ a: directoryStructure(this.#call.a), b: directoryStructure(this.#call.b) });
    for (let slot = 0; slot < Math.max(a.pointers.length, b.pointers.length); slot++) {
      if (this.#hasRegion(slot)) continue;
      for (const { name, type } of RegionPointer.fields) {
        const values = this.#pointerValues(slot, name as keyof RegionPointer);
        if (sameCell(values.a, values.b)) continue;
        const path = `dir.slots[${slot}].${name}`;
        const column = { id: name, kind: type.kind, ...(type.names && { names: type.names }) };
        yield fieldDifference(part, path, { a: cellOf(column, values.a), b: cellOf(column, values.b) });
      }
    }
  }

  #hasRegion(slot: number): boolean {
    const isRegion = (image: DiskImage) => image.slots.some(({ index }) => index === slot);
    return isRegion(this.#images.a) || isRegion(this.#images.b);
  }

  #pointerValues(slot: number, name: keyof RegionPointer): Values {
    const valueIn = ({ pointers }: DiskImage) => pointers[slot]?.[name] ?? null;
    return { a: valueIn(this.#images.a), b: valueIn(this.#images.b) };
  }

  /** One copy, block by block. */
  async *copy(structures: Pair<Structure>): AsyncGenerator<Difference> {
    const part = partOf(structures);
    const { startBlock, blockCount } = structures.a;
    for (let block = startBlock; block < startBlock + blockCount; block++) {
      // Fields mean something only where the block says that it is this structure.
      if (this.#isSame(block) || !this.#hasTag(block)) continue;
      const fieldsA = [...(await structures.a.fields(block - startBlock, 1))];
      const fieldsB = new Map(
        [...(await structures.b.fields(block - startBlock, 1))].map((field) => [field.path, field]),
      );
      for (const a of fieldsA) {
        const b = fieldsB.get(a.path);
        if (b === undefined || sameCell(a.value, b.value)) continue;
        this.#explained.add(block);
        if (this.#isTold(part, a, b)) continue;
        yield fieldDifference(part, `${part.path}.${a.path}`, { a, b });
      }
    }
  }

  #isTold({ path: copy }: DiffPart, a: ShownField, b: ShownField): boolean {
    const values = { a: a.value, b: b.value };
    const [, slot, name] = /slots\[(\d+)\]\.(\w+)$/.exec(a.path) ?? [];
    if (slot !== undefined) return sameValues(values, this.#pointerValues(Number(slot), name as keyof RegionPointer));
    if (copy === 'dir') return this.#call.options.consequences !== true && this.#followsFromSlots(a.path, values);
    if (copy === 'sb') this.#told.set(a.path, values);
    const told = this.#told.get(a.path);
    return copy !== 'sb' && told !== undefined && sameValues(values, told);
  }

  /** The directory's header counts and hashes the slots. */
  #followsFromSlots(path: string, values: Values): boolean {
    const { a, b } = this.#images;
    if (path === 'activeCount')
      return sameValues(values, { a: activeRegionCount(a.pointers), b: activeRegionCount(b.pointers) });
    return (
      path === 'block0Hash' &&
      sameValues(
        values,
        this.#trailers(directoryStartBlock, ({ checksum }) => checksum),
      )
    );
  }

  /** Blocks that differ in bytes of no field, or that are not what stands at their place. */
  *blocks(): Generator<Difference> {
    const { a: spaceA, b: spaceB } = this.#call;
    if (spaceA.blockSize !== spaceB.blockSize) return;
    const part: DiffPart = { path: 'b:0', title: 'Superblock group and directory', addressA: 'b:0', addressB: 'b:0' };
    const pairing = { startA: 0, startB: 0, endA: headBlocks, endB: headBlocks };
    const runs = new RunCollector(part, pairing);
    for (let index = 0; index < headBlocks; index++) {
      const blockA = this.#block('a', index);
      const blockB = this.#block('b', index);
      const isPayloadSame = this.#isSame(index);
      if (this.#explained.has(index) && !isPayloadSame && this.#call.options.consequences !== true) continue;
      const different = Array.from(blockA.keys()).filter((i) => blockA[i] !== blockB[i]);
      if (different.length === 0) continue;
      const kind = isZero(blockA) ? 'added' : isZero(blockB) ? 'removed' : 'changed';
      const isTrailerOnly = isPayloadSame || this.#explained.has(index);
      const bytes = { firstByte: different[0]!, bytes: different.length };
      yield* runs.take({ index, kind, isTrailerOnly, ...bytes, blockA, blockB }, true);
    }
    yield* runs.end();
  }

  #block(side: 'a' | 'b', block: number): Uint8Array {
    const { blockSize } = this.#call[side];
    return this.#heads[side].subarray(block * blockSize, (block + 1) * blockSize);
  }

  #trailers<T>(block: number, read: (trailer: ReturnType<typeof readTrailer>) => T): Pair<T> {
    return {
      a: read(readTrailer(this.#block('a', block), this.#call.a.blockSize)),
      b: read(readTrailer(this.#block('b', block), this.#call.b.blockSize)),
    };
  }

  #hasTag(block: number): boolean {
    const { a, b } = this.#trailers(block, ({ tag }) => tag);
    const expected = stringToTag(headTags[block]!);
    return a === expected && b === expected;
  }

  /** Whether the payloads are the same. */
  #isSame(block: number): boolean {
    const payloads = [this.#block('a', block), this.#block('b', block)].map((bytes) => bytes.subarray(0, -16));
    return payloads[0]!.length === payloads[1]!.length && payloads[0]!.every((byte, i) => byte === payloads[1]![i]);
  }
}

const partOf = ({ a: { address: path, title } }: Pair<Structure>): DiffPart => ({
  path,
  title,
  addressA: path,
  addressB: path,
});

const fieldDifference = (part: DiffPart, path: string, { a, b }: Pair<Shown>): Difference => ({
  what: 'field',
  part,
  path,
  kind: 'changed',
  addressA: path,
  addressB: path,
  a,
  b,
});
