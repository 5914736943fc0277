// XXH64 (seed 0) and the batch loops over blocks, as a WebAssembly module of less than 2 KB.
// AssemblyScript: `node packages/format/scripts/build-kernel.mjs` turns it into src/xxh64-kernel.generated.ts.
// Raw loads only: no heap, no bounds-checked arrays, no runtime. Bytes of the caller live in the imported memory.

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

const trailerSize: usize = 16;

// The numbers of `blockStatus` in src/xxh64-status.ts.
const ok: u8 = 0;
const hole: u8 = 1;
const unsealed: u8 = 2;
const corrupt: u8 = 3;
const formattedEmpty: u8 = 4;

// The four lanes between two calls of `update`; inside its loop they are locals.
let lane1: u64 = 0;
let lane2: u64 = 0;
let lane3: u64 = 0;
let lane4: u64 = 0;

// @ts-ignore: decorator
@inline
function round(lane: u64, input: u64): u64 {
  return rotl<u64>(lane + input * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * P1 + P4;
}

/** Starts a hash. */
export function begin(): void {
  lane1 = P1 + P2;
  lane2 = P2;
  lane3 = 0;
  lane4 = 0 - P1;
}

/** Feeds the whole 32-byte stripes of a range and returns the address behind them. */
export function update(ptr: usize, length: usize): usize {
  let a = lane1;
  let b = lane2;
  let c = lane3;
  let d = lane4;
  const last = ptr + (length & ~31);
  if (length & 32) {
    a = round(a, load<u64>(ptr));
    b = round(b, load<u64>(ptr, 8));
    c = round(c, load<u64>(ptr, 16));
    d = round(d, load<u64>(ptr, 24));
    ptr += 32;
  }
  while (ptr < last) {
    a = round(a, load<u64>(ptr));
    b = round(b, load<u64>(ptr, 8));
    c = round(c, load<u64>(ptr, 16));
    d = round(d, load<u64>(ptr, 24));
    a = round(a, load<u64>(ptr, 32));
    b = round(b, load<u64>(ptr, 40));
    c = round(c, load<u64>(ptr, 48));
    d = round(d, load<u64>(ptr, 56));
    ptr += 64;
  }
  lane1 = a;
  lane2 = b;
  lane3 = c;
  lane4 = d;
  return ptr;
}

/** Hashes the last `length` (< 32) bytes and closes a hash of `total` bytes. `total` is a double: inputs may exceed 4 GiB. */
export function finish(ptr: usize, length: usize, total: f64): u64 {
  let hash: u64 = P5;
  if (total >= 32) {
    hash = rotl<u64>(lane1, 1) + rotl<u64>(lane2, 7) + rotl<u64>(lane3, 12) + rotl<u64>(lane4, 18);
    hash = merge(hash, lane1);
    hash = merge(hash, lane2);
    hash = merge(hash, lane3);
    hash = merge(hash, lane4);
  }
  hash += <u64>total;
  const end = ptr + length;
  while (ptr + 8 <= end) {
    hash = rotl<u64>(hash ^ round(0, load<u64>(ptr)), 27) * P1 + P4;
    ptr += 8;
  }
  if (ptr + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(ptr) * P1), 23) * P2 + P3;
    ptr += 4;
  }
  while (ptr < end) {
    hash = rotl<u64>(hash ^ (<u64>load<u8>(ptr) * P5), 11) * P1;
    ptr += 1;
  }
  hash = (hash ^ (hash >> 33)) * P2;
  hash = (hash ^ (hash >> 29)) * P3;
  return hash ^ (hash >> 32);
}

/** XXH64 of a range. */
export function hash(ptr: usize, length: usize): u64 {
  begin();
  return finish(update(ptr, length), length & 31, <f64>length);
}

// @ts-ignore: decorator
@inline
function isBare(trailer: usize): bool {
  return (load<u64>(trailer) | load<u64>(trailer, 8)) == 0;
}

function isZero(ptr: usize, length: usize): bool {
  const end = ptr + length;
  const last = ptr + (length & ~63);
  while (ptr < last) {
    const first = load<u64>(ptr) | load<u64>(ptr, 8) | load<u64>(ptr, 16) | load<u64>(ptr, 24);
    const second = load<u64>(ptr, 32) | load<u64>(ptr, 40) | load<u64>(ptr, 48) | load<u64>(ptr, 56);
    if (first | second) return false;
    ptr += 64;
  }
  while (ptr < end) {
    if (load<u8>(ptr)) return false;
    ptr += 1;
  }
  return true;
}

// Not inlined: a call of its own lets the engine switch to optimised code in the middle of a first, long batch.
// @ts-ignore: decorator
@noInline
function statusOf(ptr: usize, payload: usize): u8 {
  const trailer = ptr + payload;
  // Most blocks start with bytes that are not zero. Reading the trailer of those first costs a twentieth of the speed: the
  // memory prefetcher sees the block from its wrong end.
  if (load<u64>(ptr) == 0 && isBare(trailer) && isZero(ptr, payload)) return hole;
  if (hash(ptr, payload) != load<u64>(trailer, 8)) return isBare(trailer) ? unsealed : corrupt;
  return load<u32>(trailer) && isZero(ptr, payload) ? formattedEmpty : ok;
}

/** Writes one status byte a block to `out`. */
export function verifyBlocks(ptr: usize, blockSize: usize, count: usize, out: usize): void {
  const end = out + count;
  while (out < end) {
    store<u8>(out, statusOf(ptr, blockSize - trailerSize));
    ptr += blockSize;
    out += 1;
  }
}

/** Writes the trailer of every block: tag, generation, XXH64 of its payload. */
export function sealBlocks(ptr: usize, blockSize: usize, count: usize, tag: u32, generation: u32): void {
  const payload = blockSize - trailerSize;
  for (let i: usize = 0; i < count; i++) {
    const trailer = ptr + payload;
    const checksum = hash(ptr, payload);
    store<u32>(trailer, tag);
    store<u32>(trailer, generation, 4);
    store<u64>(trailer, checksum, 8);
    ptr += blockSize;
  }
}
