import { blockStatus, trailerSize } from './xxh64-status.ts';

// XXH64 on 32-bit halves, for places that forbid WebAssembly. A 64-bit number is (low, high); a product modulo 2^64 is
// Math.imul(low, low) and `high64`. No bigint: it is five times slower still.

const p1Low = 0x85ebca87 | 0;
const p1High = 0x9e3779b1 | 0;
const p2Low = 0x27d4eb4f;
const p2High = 0xc2b2ae3d | 0;
const p3Low = 0x9e3779f9 | 0;
const p3High = 0x165667b1;
const p4Low = 0xc2b2ae63 | 0;
const p4High = 0x85ebca77 | 0;
const p5Low = 0x165667c5;
const p5High = 0x27d4eb2f;

// P1 + P2, P2, 0, -P1
const startLow = [(p1Low + p2Low) | 0, p2Low, 0, -p1Low | 0] as const;
const startHigh = [(p1High + p2High) | 0, p2High, 0, ~p1High] as const;
const laneTurns = [1, 7, 12, 18] as const;

// Low and high half of the hash in the making: a function cannot return two numbers without an allocation.
const hash = /* @__PURE__ */ new Int32Array(2);
const laneLow = /* @__PURE__ */ new Int32Array(4);
const laneHigh = /* @__PURE__ */ new Int32Array(4);

/** High half of the 64-bit product of (aLow, aHigh) and (bLow, bHigh). */
function high64(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = (Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16)) | 0;
  const other = (Math.imul(a0, b1) + (middle & 0xffff)) | 0;
  const carried = (Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16)) | 0;
  return (carried + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0;
}

function add(low: number, high: number): void {
  const sum = (hash[0]! + low) | 0;
  hash[1] = hash[1]! + high + (sum >>> 0 < low >>> 0 ? 1 : 0);
  hash[0] = sum;
}

function multiply(low: number, high: number): void {
  hash[1] = high64(hash[0]!, hash[1]!, low, high);
  hash[0] = Math.imul(hash[0]!, low);
}

function xor(low: number, high: number): void {
  hash[0] = hash[0]! ^ low;
  hash[1] = hash[1]! ^ high;
}

/** Rotates left by 1-31 bits. */
function rotate(bits: number): void {
  const low = hash[0]!;
  const high = hash[1]!;
  hash[0] = (low << bits) | (high >>> (32 - bits));
  hash[1] = (high << bits) | (low >>> (32 - bits));
}

/** hash ^= round(0, input) */
function mix(inputLow: number, inputHigh: number): void {
  const low = Math.imul(inputLow, p2Low);
  const high = high64(inputLow, inputHigh, p2Low, p2High);
  const turnedLow = (low << 31) | (high >>> 1);
  const turnedHigh = (high << 31) | (low >>> 1);
  xor(Math.imul(turnedLow, p1Low), high64(turnedLow, turnedHigh, p1Low, p1High));
}

/** Runs one lane over its 8 bytes of every 32-byte stripe: lane after lane needs two locals instead of eight. */
function runLane(lane: number, view: DataView, start: number, end: number): void {
  let low: number = startLow[lane]!;
  let high: number = startHigh[lane]!;
  for (let at = start + lane * 8; at < end; at += 32) {
    const inputLow = view.getInt32(at, true);
    const productLow = Math.imul(inputLow, p2Low);
    const sumLow = (low + productLow) | 0;
    const carry = sumLow >>> 0 < productLow >>> 0 ? 1 : 0;
    const sumHigh = (high + high64(inputLow, view.getInt32(at + 4, true), p2Low, p2High) + carry) | 0;
    const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
    low = Math.imul(turnedLow, p1Low);
    high = high64(turnedLow, (sumHigh << 31) | (sumLow >>> 1), p1Low, p1High);
  }
  laneLow[lane] = low;
  laneHigh[lane] = high;
}

function joinLanes(): void {
  hash.fill(0);
  for (let lane = 0; lane < 4; lane++) {
    const low = laneLow[lane]!;
    const high = laneHigh[lane]!;
    const bits = laneTurns[lane]!;
    add((low << bits) | (high >>> (32 - bits)), (high << bits) | (low >>> (32 - bits)));
  }
  for (let lane = 0; lane < 4; lane++) {
    mix(laneLow[lane]!, laneHigh[lane]!);
    multiply(p1Low, p1High);
    add(p4Low, p4High);
  }
}

function mixTail(view: DataView, start: number, end: number): void {
  let at = start;
  for (; at + 8 <= end; at += 8) {
    mix(view.getInt32(at, true), view.getInt32(at + 4, true));
    rotate(27);
    multiply(p1Low, p1High);
    add(p4Low, p4High);
  }
  if (at + 4 <= end) {
    const word = view.getInt32(at, true);
    xor(Math.imul(word, p1Low), high64(word, 0, p1Low, p1High));
    rotate(23);
    multiply(p2Low, p2High);
    add(p3Low, p3High);
    at += 4;
  }
  for (; at < end; at++) {
    const byte = view.getUint8(at);
    xor(Math.imul(byte, p5Low), high64(byte, 0, p5Low, p5High));
    rotate(11);
    multiply(p1Low, p1High);
  }
}

function avalanche(): void {
  xor(hash[1]! >>> 1, 0);
  multiply(p2Low, p2High);
  xor((hash[0]! >>> 29) | (hash[1]! << 3), hash[1]! >>> 29);
  multiply(p3Low, p3High);
  xor(hash[1]!, 0);
}

/** Hashes `length` bytes of `view` from `start`; the result stands in `hash` until the next call. */
function hashRange(view: DataView, start: number, length: number): void {
  const stripes = start + length - (length % 32);
  if (length >= 32) {
    for (let lane = 0; lane < 4; lane++) runLane(lane, view, start, stripes);
    joinLanes();
  } else {
    hash[0] = p5Low;
    hash[1] = p5High;
  }
  add(length | 0, Math.floor(length / 2 ** 32));
  mixTail(view, stripes, start + length);
  avalanche();
}

/** XXH64 (seed 0) in plain JavaScript, about a thirtieth of the speed of the WebAssembly kernel. @internal */
export function xxh64Js(bytes: Uint8Array): bigint {
  hashRange(viewOf(bytes), 0, bytes.length);
  return (BigInt(hash[1]! >>> 0) << 32n) | BigInt(hash[0]! >>> 0);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}

function statusOf(bytes: Uint8Array, view: DataView, start: number, trailer: number): number {
  const bare = isZero(bytes, trailer, trailer + trailerSize);
  if (bare && isZero(bytes, start, trailer)) return blockStatus.hole;
  hashRange(view, start, trailer - start);
  const fits = view.getInt32(trailer + 8, true) === hash[0] && view.getInt32(trailer + 12, true) === hash[1];
  if (!fits) return bare ? blockStatus.unsealed : blockStatus.corrupt;
  const isTagged = view.getInt32(trailer, true) !== 0;
  return isTagged && isZero(bytes, start, trailer) ? blockStatus.formattedEmpty : blockStatus.ok;
}

/** The batch check of a slab in plain JavaScript. @internal */
export function verifyBlocksJs(bytes: Uint8Array, blockSize: number, count: number, statuses: Uint8Array): void {
  const view = viewOf(bytes);
  for (let i = 0; i < count; i++) {
    statuses[i] = statusOf(bytes, view, i * blockSize, (i + 1) * blockSize - trailerSize);
  }
}

/** The batch seal of a slab in plain JavaScript. @internal */
export function sealBlocksJs(
  bytes: Uint8Array,
  blockSize: number,
  count: number,
  tag: number,
  generation: number,
): void {
  const view = viewOf(bytes);
  for (let i = 0; i < count; i++) {
    const trailer = (i + 1) * blockSize - trailerSize;
    hashRange(view, i * blockSize, blockSize - trailerSize);
    view.setUint32(trailer, tag, true);
    view.setUint32(trailer + 4, generation, true);
    view.setInt32(trailer + 8, hash[0]!, true);
    view.setInt32(trailer + 12, hash[1]!, true);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
