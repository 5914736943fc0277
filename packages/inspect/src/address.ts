import { VdeError } from '@vde/format';
import { nearestAddress } from './address-nearest.ts';

/** A number of bytes, or of blocks where it was written `2block`. Negative numbers count from the end. */
export interface ByteCount {
  readonly value: number;
  readonly unit: 'byte' | 'block';
}

/** Where an address starts. `n` counts regions of one type from 0, in slot order. */
export type AddressBase =
  | { readonly kind: 'offset'; readonly offset: ByteCount }
  | { readonly kind: 'block'; readonly block: number }
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'region'; readonly type: string; readonly n: number }
  | { readonly kind: 'sb' }
  | { readonly kind: 'sb.mirror' }
  | { readonly kind: 'dir' };

/**
 * A place in an image. What the base names is narrowed by record, then field; `offset` is added to the start of what they
 * name, `length` bounds it. A negative number counts from the end of what it numbers: blocks of the image, slots, regions of
 * the type, records, bytes of the file or of the structure. A negative length leaves that many bytes at the end out.
 */
export interface Address {
  readonly base: AddressBase;
  readonly offset?: ByteCount;
  /** Without a table: the region's first one. Of `dir`: a slot's entry. */
  readonly record?: { readonly table?: string; readonly index: number };
  /** A field name, or a path of them such as `magic.major`. Of a slot: a field of its entry, else of its region's header. */
  readonly field?: string;
  readonly length?: ByteCount;
}

declare module '@vde/format' {
  interface VdeErrorDetails {
    badAddress: { text: string; position: number; found: string; expected: string; nearest: string };
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const unitSizes: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const numberPattern = /(-?)(0x[0-9a-fA-F]+|\d+)(KiB|MiB|GiB|block)?(?![A-Za-z0-9_])/y;
const fieldPattern = /[A-Za-z_]\w*(\[\d+\])?(\.[A-Za-z_]\w*(\[\d+\])?)*(?![\w[])/y;
const recordPathPattern = /^([A-Za-z_]\w*)\[(\d+)\](?:\.(.+))?$/;

/**
 * Reads an address of the grammar in `cli.md`; white space around it is ignored. Offsets may stand before or behind record
 * and field; the length comes last. A path of a finding is understood: `.samples[17].value` is `/samples:17.value`.
 * @throws VdeError `badAddress` with position, what was found and expected, and the nearest valid address.
 */
export function parseAddress(text: string): Address {
  try {
    return new AddressParser(text).parse();
  } catch (error) {
    throw error instanceof Fault ? badAddress(text, error) : error;
  }
}

/** Where and why reading stopped. */
class Fault {
  readonly position: number;
  readonly expected: string;

  constructor(position: number, expected: string) {
    this.position = position;
    this.expected = expected;
  }
}

function badAddress(text: string, { position, expected }: Fault): VdeError<'badAddress'> {
  const rest = text.slice(position).trimEnd();
  const found = rest === '' ? 'the end' : JSON.stringify(shorten(rest, 24));
  const nearest = nearestAddress(text, isAddress);
  return new VdeError(
    'badAddress',
    `address "${shorten(text, 80)}": found ${found} at position ${position}, expected ${expected}`,
    {
      details: { text, position, found, expected, nearest },
    },
  );
}

const shorten = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}...` : text);

function isAddress(text: string): boolean {
  try {
    new AddressParser(text).parse();
    return true;
  } catch {
    return false;
  }
}

class AddressParser {
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text.trimEnd();
    this.#at = text.length - text.trimStart().length;
  }

  parse(): Address {
    const address: Mutable<Address> = { base: this.#base() };
    while (this.#at < this.#text.length) this.#tail(address);
    return address;
  }

  #base(): AddressBase {
    if (this.#take(/b:/y)) return { kind: 'block', block: this.#count('a block number') };
    if (this.#take(/s:/y)) return { kind: 'slot', slot: this.#count('a slot number') };
    if (this.#take(/r:/y)) return this.#region();
    if (this.#take(/sb\.mirror(?![\w[])/y)) return { kind: 'sb.mirror' };
    if (this.#take(/sb(?!\w)/y)) return { kind: 'sb' };
    if (this.#take(/dir(?!\w)/y)) return { kind: 'dir' };
    return { kind: 'offset', offset: this.#bytes('an offset, b:BLOCK, s:SLOT, r:TYPE, sb, sb.mirror or dir') };
  }

  /** Four letters or digits are a slot type, else the words of a region id. */
  #region(): AddressBase {
    const [type] =
      this.#take(/(\w{4}|[a-z][a-z0-9]*(-[a-z0-9]+)*)(?![\w-])/y) ??
      this.#fail('a slot type such as MLOG or a region id such as metrics-log');
    return { kind: 'region', type, n: this.#take(/#/y) ? this.#count('which region of the type, counted from 0') : 0 };
  }

  #tail(address: Mutable<Address>): void {
    const { offset, record, field, length } = address;
    if (length) this.#fail('the end: a length comes last');
    if (!offset && this.#take(/\+/y)) address.offset = this.#bytes('an offset in bytes');
    else if (!record && !field && this.#take(/\//y)) address.record = this.#record();
    else if (!field && this.#take(/\./y)) this.#field(address);
    else if (this.#take(/:/y)) address.length = this.#length();
    else
      this.#fail(
        `one of ${[!offset && '+', !record && !field && '/', !field && '.', ':'].filter(Boolean).join(' ')} or the end`,
      );
  }

  #record(): NonNullable<Address['record']> {
    const table = this.#take(/([A-Za-z_]\w*):/y)?.[1];
    const index = this.#count(table ? 'a record number' : 'a record number, or a table as in samples:17');
    return { ...(table !== undefined && { table }), index };
  }

  #field(address: Mutable<Address>): void {
    const [path] = this.#take(fieldPattern) ?? this.#fail('a field name');
    const [, table, index, rest] = (address.record === undefined && recordPathPattern.exec(path)) || [];
    if (table === undefined) address.field = path;
    else {
      address.record = { table, index: Number(index) };
      if (rest !== undefined) address.field = rest;
    }
  }

  #length(): ByteCount {
    const start = this.#at;
    const length = this.#bytes('a length in bytes');
    return length.value === 0 ? this.#fail('a length that is not 0', start) : length;
  }

  /** A number of things: no unit. */
  #count(expected: string): number {
    const start = this.#at;
    const { value, unit } = this.#number(expected);
    if (unit !== undefined) this.#fail(`${expected} without a unit`, start);
    return value;
  }

  #bytes(expected: string): ByteCount {
    const start = this.#at;
    const { value, unit } = this.#number(expected);
    const bytes = value * (unitSizes[unit ?? ''] ?? 1);
    if (!Number.isSafeInteger(bytes)) this.#fail(`at most ${Number.MAX_SAFE_INTEGER}`, start);
    return { value: bytes, unit: unit === 'block' ? 'block' : 'byte' };
  }

  #number(expected: string): { value: number; unit: string | undefined } {
    const start = this.#at;
    const [, sign, digits, unit] = this.#take(numberPattern) ?? this.#fail(expected);
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) this.#fail(`at most ${Number.MAX_SAFE_INTEGER}`, start);
    // Nothing is zero places before the end; a script's `-$n` must not turn into the beginning.
    if (sign === '-' && value === 0) this.#fail(`${expected}; -0 is none`, start);
    return { value: sign === '-' ? -value : value, unit };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #fail(expected: string, position = this.#at): never {
    throw new Fault(position, expected);
  }
}

/** The text of an address in its canonical form: record, field, offset, length; offsets in hexadecimal. */
export function formatAddress({ base, record, field, offset, length }: Address): string {
  let text = formatBase(base);
  if (record) text += `/${record.table === undefined ? '' : `${record.table}:`}${record.index}`;
  if (field !== undefined) text += `.${field}`;
  if (offset) text += `+${formatOffset(offset)}`;
  if (length) text += `:${length.value}${length.unit === 'block' ? 'block' : ''}`;
  return text;
}

function formatBase(base: AddressBase): string {
  switch (base.kind) {
    case 'offset':
      return formatOffset(base.offset);
    case 'block':
      return `b:${base.block}`;
    case 'slot':
      return `s:${base.slot}`;
    case 'region':
      return `r:${base.type}${base.n === 0 ? '' : `#${base.n}`}`;
    default:
      return base.kind;
  }
}

function formatOffset({ value, unit }: ByteCount): string {
  if (unit === 'block') return `${value}block`;
  return `${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16).toUpperCase()}`;
}

/** The bytes of a count. */
export function bytesOf({ value, unit }: ByteCount, blockSize: number): number {
  return unit === 'block' ? value * blockSize : value;
}

/** The place of `index` among `count` things, counted from the end when negative; `undefined` when there is no such thing. */
export function placeOf(index: number, count: number): number | undefined {
  const place = index < 0 ? count + index : index;
  return place >= 0 && place < count ? place : undefined;
}
