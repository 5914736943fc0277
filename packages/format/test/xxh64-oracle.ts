// XXH64 as its description reads, in bigint: slow and obvious.

const p1 = 0x9e3779b185ebca87n;
const p2 = 0xc2b2ae3d27d4eb4fn;
const p3 = 0x165667b19e3779f9n;
const p4 = 0x85ebca77c2b2ae63n;
const p5 = 0x27d4eb2f165667c5n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => u64((value << bits) | (value >> (64n - bits)));
const round = (lane: bigint, input: bigint): bigint => u64(rotate(u64(lane + input * p2), 31n) * p1);

/** XXH64, seed 0. */
export function xxh64Oracle(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let hash = p5;
  if (bytes.length >= 32) {
    const lanes = [u64(p1 + p2), p2, 0n, u64(-p1)];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(at + 8 * i, true));
    }
    hash = u64(rotate(lanes[0]!, 1n) + rotate(lanes[1]!, 7n) + rotate(lanes[2]!, 12n) + rotate(lanes[3]!, 18n));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4);
  }
  if (at + 4 <= bytes.length) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at]!) * p5), 11n) * p1);
  hash = u64((hash ^ (hash >> 33n)) * p2);
  hash = u64((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

/** Writes the trailer of one block (page 01, 3.3). */
export function sealOracle(block: Uint8Array, tag: number, generation: number): void {
  const at = block.length - 16;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  view.setUint32(at, tag, true);
  view.setUint32(at + 4, generation, true);
  view.setBigUint64(at + 8, xxh64Oracle(block.subarray(0, at)), true);
}

/** The status number of one block (page 01, 3.4 and 4). */
export function statusOracle(block: Uint8Array): number {
  const at = block.length - 16;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
  if (isZero(block)) return 1;
  const fits = view.getBigUint64(at + 8, true) === xxh64Oracle(block.subarray(0, at));
  if (!fits) return isZero(block.subarray(at)) ? 2 : 3;
  return isZero(block.subarray(0, at)) && view.getUint32(at, true) !== 0 ? 4 : 0;
}

/** Bytes that look random and are the same in every run. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Block sizes of the format with XXH64 of a zero payload (page 01, 3.1). */
export const zeroPayloads: readonly (readonly [blockSize: number, checksum: bigint])[] = [
  [512, 0xb099d0695375ea02n],
  [1024, 0xb0ee0eb5ed26f0een],
  [2048, 0x44313c8f37236404n],
  [4096, 0x51f6be6b0ae550f0n],
  [8192, 0x90107c6b6b977d91n],
  [16384, 0xa5db092421e6c414n],
  [32768, 0x3fc516a1b91748dcn],
  [65536, 0xc3c10178a974e35dn],
];

/** Blocks of every status, in an order that puts each beside a different one. */
export function assortedBlocks(blockSize: number): { blocks: Uint8Array<ArrayBuffer>; statuses: number[] } {
  const payload = blockSize - 16;
  const zeros = new Uint8Array(payload);
  const lastSet = zeros.slice();
  lastSet[payload - 1] = 1;
  const bare = (content: Uint8Array) => joined(content, new Uint8Array(16));
  const sealed = (content: Uint8Array, tag: number, generation: number) => {
    const block = bare(content);
    sealOracle(block, tag, generation);
    return block;
  };
  const damaged = (block: Uint8Array<ArrayBuffer>, at: number) => {
    block[at]! ^= 128;
    return block;
  };
  const cases: (readonly [status: number, block: Uint8Array])[] = [
    [0, sealed(noise(payload), 0x44415441, 7)],
    [1, bare(zeros)],
    [2, bare(noise(payload, 2))],
    [2, bare(lastSet)],
    [4, sealed(zeros, 0x45584d44, 1)],
    [0, sealed(zeros, 0, 1)],
    [3, damaged(bare(zeros), payload)],
    [3, damaged(bare(zeros), blockSize - 1)],
    [3, damaged(sealed(noise(payload, 3), 1, 1), 0)],
    [3, damaged(sealed(noise(payload, 4), 1, 1), payload - 1)],
    [3, damaged(sealed(zeros, 1, 1), payload >> 1)],
    [3, damaged(sealed(noise(payload, 6), 1, 1), payload + 8)],
    [0, sealed(lastSet, 1, 0xffffffff)],
    [1, bare(zeros)],
    [0, sealed(noise(payload, 5), 0xffffffff, 0)],
  ];
  return { blocks: joined(...cases.map(([, block]) => block)), statuses: cases.map(([status]) => status) };
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}
