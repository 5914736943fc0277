import { type CellValue, sameBytes } from '@vde/format';

/** Whether two values are the same: NaN is NaN, but -0 is not 0. */
export function sameCell(a: CellValue, b: CellValue): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameBytes(a, b);
  return Object.is(a, b);
}

const prime = 0x0100_0193;
const scratch = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Int32Array(scratch.buffer);

/** Mixes a value into a 32-bit hash. The same values give the same hash. */
export function hashCell(hash: number, value: CellValue): number {
  if (typeof value === 'number') return Number.isInteger(value) ? mix(hash, value) : hashDouble(hash, value);
  if (typeof value === 'bigint')
    return mix(mix(hash, Number(BigInt.asIntN(32, value))), Number(BigInt.asIntN(32, value >> 32n)));
  if (typeof value === 'string') return hashText(hash, value);
  if (value instanceof Uint8Array) return hashBytes(hash, value);
  return mix(hash, value === null ? 2 : Number(value));
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, prime);
  return mixed ^ (mixed >>> 15);
}

function hashDouble(hash: number, value: number): number {
  scratch[0] = value;
  return mix(mix(hash, words[0]!), words[1]!);
}

function hashText(hash: number, text: string): number {
  let mixed = hash;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), prime);
  return mix(mixed, text.length);
}

function hashBytes(hash: number, bytes: Uint8Array): number {
  let mixed = hash;
  for (let i = 0; i < bytes.length; i++) mixed = Math.imul(mixed ^ bytes[i]!, prime);
  return mix(mixed, bytes.length);
}
