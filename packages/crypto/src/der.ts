import { concatBytes } from './bytes.ts';
import { badKey } from './errors.ts';

/** The ASN.1 tags that key files use. */
export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  sequence: 0x30,
  context0: 0xa0,
  context1: 0xa1,
  context1Primitive: 0x81,
} as const;

/** Walks the elements of one DER level; every method throws `KeyFormatError` where the bytes are not DER. */
export interface DerReader {
  /** Content of the next element, which must carry `tag`. */
  take(tag: number, field: string): Uint8Array;
  /** Content of the next element when it carries `tag`. */
  takeOptional(tag: number, field: string): Uint8Array | undefined;
  /** Demands that nothing is left. */
  end(): void;
}

/** Reads the elements of `bytes`; `subject` opens the messages. */
export function createDerReader(bytes: Uint8Array, subject: string): DerReader {
  let at = 0;
  const fail = (found: string, expected: string) => badKey(subject, found, expected);
  const take = (tag: number, field: string): Uint8Array => {
    const found = bytes[at];
    if (found === undefined) throw fail(`no ${field}`, `DER element ${hexByte(tag)}`);
    if (found !== tag) throw fail(`DER element ${hexByte(found)} as ${field}`, hexByte(tag));
    const { length, start } = readLength(bytes, at + 1);
    if (!(length <= bytes.length - start)) throw fail(`a ${field} without a valid length`, 'strict DER');
    at = start + length;
    return bytes.subarray(start, at);
  };
  return {
    take,
    takeOptional: (tag, field) => (bytes[at] === tag ? take(tag, field) : undefined),
    end() {
      if (at < bytes.length) throw fail(`${bytes.length - at} bytes behind the last element`, 'none');
    },
  };
}

/** `length` is NaN unless the shortest form is used; key files never need more than two length bytes. */
function readLength(bytes: Uint8Array, at: number): { length: number; start: number } {
  const first = bytes[at] ?? Number.NaN;
  if (first < 0x80) return { length: first, start: at + 1 };
  const second = bytes[at + 1] ?? Number.NaN;
  if (first === 0x81) return { length: second >= 0x80 ? second : Number.NaN, start: at + 2 };
  const third = bytes[at + 2] ?? Number.NaN;
  return { length: first === 0x82 && second > 0 ? second * 256 + third : Number.NaN, start: at + 3 };
}

/** One DER element around the parts; their length must stay below 256. */
export function der(tag: number, ...parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const body = concatBytes(...parts);
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length];
  return concatBytes([tag], length, body);
}

function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}
