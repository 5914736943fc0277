import { sealBlocks, seededRandom, stringToTag } from '@vde/format';

export { seededRandom };

/** Bytes of a block trailer. */
const trailerSize = 16;

/** A copy of `blocks` with one bit turned over; bit 0 is the lowest bit of byte 0. Nothing is sealed again. */
export function flipBit(blocks: Uint8Array, bit: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(bit) || bit < 0 || bit >= blocks.length * 8) {
    throw new RangeError(`bit ${bit}: expected 0 to ${blocks.length * 8 - 1}`);
  }
  const copy = new Uint8Array(blocks);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** A copy of `blocks` in which the checksum of one block fits again; its tag and generation stay. */
export function reseal(blocks: Uint8Array, blockSize: number, block: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(blocks);
  const { tag, generation } = stampOf(copy, blockSize, block);
  sealBlocks(blockOf(copy, blockSize, block), blockSize, tag, generation);
  return copy;
}

/** A copy of `blocks` with other payload bytes at a place, sealed again: damage that no checksum tells. */
export function patch(
  blocks: Uint8Array,
  blockSize: number,
  place: { readonly block: number; readonly offset: number },
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (place.offset + bytes.length > blockSize - trailerSize) {
    throw new RangeError(`offset ${place.offset}: ${bytes.length} bytes reach past the payload`);
  }
  const copy = new Uint8Array(blocks);
  blockOf(copy, blockSize, place.block).set(bytes, place.offset);
  return reseal(copy, blockSize, place.block);
}

/** A copy of `blocks` with one block all zero, trailer included: as if it was never written. */
export function punchHole(blocks: Uint8Array, blockSize: number, block: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(blocks);
  blockOf(copy, blockSize, block).fill(0);
  return copy;
}

/** A copy of `blocks` in which one block carries another tag. The checksum does not cover it. */
export function setTag(blocks: Uint8Array, blockSize: number, block: number, tag: string): Uint8Array<ArrayBuffer> {
  return withTrailerField(blocks, blockSize, block, 0, stringToTag(tag));
}

/** A copy of `blocks` in which one block carries another generation. The checksum does not cover it. */
export function setGeneration(
  blocks: Uint8Array,
  blockSize: number,
  block: number,
  generation: number,
): Uint8Array<ArrayBuffer> {
  return withTrailerField(blocks, blockSize, block, 4, generation);
}

/** `length` random bytes; the same for the same seed. */
export function randomBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

/** Integers that counts, lengths and block numbers break on, little-endian. */
const awkward: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0x80],
  [0, 0, 0, 0, 0, 0, 0, 0x80],
  [0xff, 0xff],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [1, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
];

/** A place in a payload that a mutation may aim at, as a traced field is. */
export interface MutationTarget {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * A copy of `blocks` with one to eight changes in payloads; every changed block is sealed again. With `targets` most changes
 * hit one of them, the first eight (the header's) most often; the others strike near the start of a block or anywhere. The same for
 * the same seed.
 */
export function mutate(
  blocks: Uint8Array,
  blockSize: number,
  seed: number,
  targets: readonly MutationTarget[] = [],
): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  let copy = new Uint8Array(blocks);
  for (let changes = 1 + below(8); changes > 0; changes--) {
    const target =
      targets.length > 0 && random() < 0.8
        ? targets[below(random() < 0.5 ? Math.min(8, targets.length) : targets.length)]!
        : strayTarget(copy.length / blockSize, blockSize - trailerSize, random);
    const at = random() < 0.5 ? 0 : below(target.length);
    const bytes = random() < 0.5 ? [below(256)] : awkward[below(awkward.length)]!;
    const place = { block: target.block, offset: target.offset + at };
    copy = patch(copy, blockSize, place, Uint8Array.from(bytes).subarray(0, target.length - at));
  }
  return copy;
}

function strayTarget(blockCount: number, payloadSize: number, random: () => number): MutationTarget {
  const block = random() < 0.5 ? 0 : Math.floor(random() * blockCount);
  const offset = Math.floor(random() * (random() < 0.5 ? Math.min(128, payloadSize) : payloadSize));
  return { block, offset, length: payloadSize - offset };
}

function withTrailerField(blocks: Uint8Array, blockSize: number, block: number, field: number, value: number) {
  const copy = new Uint8Array(blocks);
  const bytes = blockOf(copy, blockSize, block);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(blockSize - trailerSize + field, value, true);
  return copy;
}

function stampOf(blocks: Uint8Array, blockSize: number, block: number): { tag: number; generation: number } {
  const bytes = blockOf(blocks, blockSize, block);
  const view = new DataView(bytes.buffer, bytes.byteOffset + blockSize - trailerSize);
  return { tag: view.getUint32(0, true), generation: view.getUint32(4, true) };
}

function blockOf(blocks: Uint8Array, blockSize: number, block: number): Uint8Array {
  if (!Number.isInteger(block) || block < 0 || (block + 1) * blockSize > blocks.length) {
    throw new RangeError(`block ${block}: expected 0 to ${Math.floor(blocks.length / blockSize) - 1}`);
  }
  return blocks.subarray(block * blockSize, (block + 1) * blockSize);
}
