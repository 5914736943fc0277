import {
  directoryHeaderRanges,
  extendedMetadataRanges,
  InodeLayoutHeader,
  integrityAnchorRanges,
  RegionPointer,
  regionPointerTableRanges,
  sealBlocks,
  stringToTag,
  superblockRanges,
  tagMeanings,
  WalHeader,
} from '@vde/format';

/** A field that a mutation may aim at: offset in the bytes, length. */
export interface Aim {
  readonly offset: number;
  readonly length: number;
}

/** Integers that counts, lengths and block numbers break on. */
const edges: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  9n,
  10n,
  63n,
  64n,
  127n,
  128n,
  255n,
  256n,
  4095n,
  4096n,
  0x7fffn,
  0xffffn,
  0x1_0000n,
  0x7fff_fffen,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_fffen,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 40n,
  2n ** 52n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  0x7ff0_0000_0000_0000n,
  0x7ff0_0000_0000_0001n,
  0x7ff8_0000_0000_0000n,
  0xfff0_0000_0000_0000n,
];

const tags = /* @__PURE__ */ Object.keys(tagMeanings);

/** Bytes that are changed in place and put back. The size may shrink, and grow into zeros. */
export class Canvas {
  readonly blockSize: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #size: number;
  #shown: number;
  readonly #undo: { readonly offset: number; readonly bytes: Uint8Array }[] = [];

  constructor(bytes: Uint8Array, blockSize: number, slackBlocks = 4) {
    this.blockSize = blockSize;
    this.#bytes = new Uint8Array(bytes.length + slackBlocks * blockSize);
    this.#bytes.set(bytes);
    this.#size = bytes.length;
    this.#shown = bytes.length;
  }

  /** The bytes as they are now: live. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#shown);
  }

  get blockCount(): number {
    return Math.floor(this.#shown / this.blockSize);
  }

  /** A part to be changed. */
  edit(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const part = this.#bytes.subarray(offset, Math.min(offset + length, this.#shown));
    this.#undo.push({ offset, bytes: part.slice() });
    return part;
  }

  block(block: number): Uint8Array<ArrayBuffer> {
    return this.edit(block * this.blockSize, this.blockSize);
  }

  resize(size: number): void {
    this.#shown = Math.max(0, Math.min(size, this.#bytes.length));
  }

  /** Seals a block over its payload, with the tag and generation that it has. */
  reseal(block: number): void {
    if ((block + 1) * this.blockSize > this.#shown) return;
    const bytes = this.block(block);
    const view = new DataView(bytes.buffer, bytes.byteOffset + this.blockSize - 16);
    sealBlocks(bytes, this.blockSize, view.getUint32(0, true), view.getUint32(4, true));
  }

  restore(): void {
    for (const { offset, bytes } of this.#undo.reverse()) this.#bytes.set(bytes, offset);
    this.#undo.length = 0;
    this.#shown = this.#size;
  }
}

export type Random = () => number;

const below = (random: Random, n: number): number => Math.floor(random() * n);
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!;

/** Puts an integer that is awkward, or near the one that stands there, into a field. */
function setEdge(bytes: Uint8Array, random: Random): void {
  const length = Math.min(8, bytes.length);
  if (length === 0) return;
  let old = 0n;
  for (let i = length - 1; i >= 0; i--) old = (old << 8n) | BigInt(bytes[i]!);
  const value = random() < 0.25 ? old + BigInt(below(random, 5) - 2) : pick(random, edges);
  for (let i = 0, rest = BigInt.asUintN(64, value); i < length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
}

interface Mutation {
  readonly weight: number;
  /** Gives the blocks that it changed. */
  run(canvas: Canvas, random: Random, aims: readonly Aim[]): readonly number[];
}

const blockAt = ({ blockSize }: Canvas, offset: number): number => Math.floor(offset / blockSize);

/** What can happen to any run of blocks. */
const blockMutations: readonly Mutation[] = [
  {
    weight: 3,
    run(canvas, random) {
      const at = below(random, canvas.bytes.length);
      canvas.edit(at, 1)[0]! ^= 1 << below(random, 8);
      return [blockAt(canvas, at)];
    },
  },
  {
    weight: 2,
    run(canvas, random) {
      const at = below(random, canvas.bytes.length);
      canvas.edit(at, 1)[0] = below(random, 256);
      return [blockAt(canvas, at)];
    },
  },
  {
    weight: 8,
    run(canvas, random, aims) {
      if (aims.length === 0) return [];
      const { offset, length } = pick(random, random() < 0.4 ? aims.slice(0, 12) : aims);
      if (offset >= canvas.bytes.length) return [];
      setEdge(canvas.edit(offset, length), random);
      return [blockAt(canvas, offset)];
    },
  },
  {
    weight: 1,
    run(canvas, random) {
      const [a, b] = [below(random, canvas.blockCount), below(random, canvas.blockCount)];
      const kept = canvas.block(a).slice();
      canvas.block(a).set(canvas.block(b));
      canvas.block(b).set(kept);
      return [];
    },
  },
  {
    weight: 1,
    run(canvas, random) {
      const [a, b] = [below(random, canvas.blockCount), below(random, canvas.blockCount)];
      canvas.block(a).set(canvas.block(b));
      return [];
    },
  },
  {
    weight: 1,
    run(canvas, random) {
      canvas.block(below(random, canvas.blockCount)).fill(0);
      return [];
    },
  },
  {
    weight: 1,
    run(canvas, random) {
      const block = below(random, canvas.blockCount);
      const bytes = canvas.block(block).subarray(below(random, canvas.blockSize));
      for (let i = 0; i < bytes.length; i++) bytes[i] = below(random, 256);
      return [block];
    },
  },
  {
    weight: 1,
    run(canvas, random) {
      const block = below(random, canvas.blockCount);
      const trailer = canvas.block(block).subarray(canvas.blockSize - 16);
      const view = new DataView(trailer.buffer, trailer.byteOffset, 16);
      if (random() < 0.5)
        view.setUint32(0, random() < 0.7 ? stringToTag(pick(random, tags)) : below(random, 2 ** 32), true);
      else view.setUint32(4, random() < 0.5 ? view.getUint32(4, true) + 1 : below(random, 2 ** 32), true);
      return [];
    },
  },
];

/** Of an image also: it is cut, goes on, and slots describe impossible places. */
const imageMutations: readonly Mutation[] = [
  ...blockMutations,
  {
    weight: 0.5,
    run(canvas, random) {
      const { length } = canvas.bytes;
      canvas.resize(
        random() < 0.5 ? below(random, length) : below(random, Math.ceil(length / canvas.blockSize)) * canvas.blockSize,
      );
      return [];
    },
  },
  {
    weight: 0.5,
    run(canvas, random) {
      canvas.resize(canvas.bytes.length + below(random, 4 * canvas.blockSize));
      return [];
    },
  },
  {
    weight: 6,
    run(canvas, random) {
      const slot = below(random, random() < 0.8 ? 16 : 127);
      const name = pick(random, ['regionTypeId', 'flags', 'startBlock', 'blockCount', 'usedBlocks'] as const);
      const { offset, type } = RegionPointer.field(name);
      const tables = random() < 0.5 ? [1, 5, 8] : [8];
      const value = new Uint8Array(8);
      if (name === 'regionTypeId') new DataView(value.buffer).setUint32(0, stringToTag(pick(random, tags)), true);
      else setEdge(value, random);
      if (name === 'flags' && random() < 0.8) value[0]! |= 1;
      for (const table of tables) {
        const at = table * canvas.blockSize + slot * RegionPointer.size + offset;
        if (at + type.size <= canvas.bytes.length) canvas.edit(at, type.size).set(value.subarray(0, type.size));
      }
      return tables;
    },
  },
];

function mutate(canvas: Canvas, random: Random, aims: readonly Aim[], mutations: readonly Mutation[]): void {
  const total = mutations.reduce((sum, { weight }) => sum + weight, 0);
  for (let changes = 1 + below(random, 4); changes > 0 && canvas.blockCount > 0; changes--) {
    let choice = random() * total;
    const mutation = mutations.find(({ weight }) => {
      choice -= weight;
      return choice < 0;
    })!;
    const changed = mutation.run(canvas, random, aims);
    // Sealed again, a change reaches the checks behind the checksum.
    if (random() < 0.85) for (const block of changed) canvas.reseal(block);
  }
}

/** Changes the blocks of one region one to four times. */
export function mutateBlocks(canvas: Canvas, random: Random, aims: readonly Aim[]): void {
  mutate(canvas, random, aims, blockMutations);
}

/** Changes an image one to four times; now and then the directory header is made to agree with block 8. */
export function mutateImage(canvas: Canvas, random: Random, aims: readonly Aim[]): void {
  mutate(canvas, random, aims, imageMutations);
  const { blockSize } = canvas;
  if (random() < 0.5 && canvas.blockCount >= 10) {
    const hash = canvas.bytes.slice(9 * blockSize - 8, 9 * blockSize);
    canvas.edit(9 * blockSize + 8, 8).set(hash);
    canvas.reseal(9);
  }
}

/** The fields of blocks 0-9 and, at the given blocks, of an inode layout and a log header, as far as they are declared. */
export function containerAims(
  blockSize: number,
  { inodes, logs }: { readonly inodes: number; readonly logs: readonly number[] },
): Aim[] {
  const at = (block: number, ranges: readonly Aim[]): Aim[] =>
    ranges.map(({ offset, length }) => ({ offset: block * blockSize + offset, length }));
  const group = [superblockRanges, regionPointerTableRanges, extendedMetadataRanges, integrityAnchorRanges];
  const fieldsOf = (record: typeof InodeLayoutHeader | typeof WalHeader): Aim[] =>
    record.fields.map(({ offset, type }) => ({ offset, length: type.size }));
  return [
    ...at(0, superblockRanges(blockSize)),
    ...at(9, directoryHeaderRanges(blockSize)),
    ...at(8, regionPointerTableRanges(blockSize).slice(0, 5 * 16)),
    ...group.flatMap((ranges, i) => at(i + 4, ranges(blockSize).slice(0, 40))),
    ...at(inodes, fieldsOf(InodeLayoutHeader)),
    ...logs.flatMap((block) => at(block, fieldsOf(WalHeader))),
  ];
}
