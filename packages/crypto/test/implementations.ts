import * as native from '../src/index.node.ts';
import * as portable from '../src/index.ts';

export type Implementation = typeof portable;

/** Rows for `describe.each`: every suite runs against both. */
export const implementations: readonly (readonly [string, Implementation])[] = [
  ['portable', portable],
  ['node', native],
];

/** Ordered pairs of different implementations. */
export const crossed: readonly (readonly [string, Implementation, Implementation])[] = [
  ['portable to node', portable, native],
  ['node to portable', native, portable],
];

export { native, portable };

export const fromHex = (hex: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(hex, 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const ascii = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));

/** Order of the group. */
export const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The second half of a signature as a number. */
export const sOf = (signature: Uint8Array): bigint => BigInt(`0x${toHex(signature.subarray(32))}`);

/** The other valid signature with the same r. */
export function twin(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const s = (n - sOf(signature)).toString(16).padStart(64, '0');
  return fromHex(toHex(signature.subarray(0, 32)) + s);
}

/** What a call threw. */
export function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
