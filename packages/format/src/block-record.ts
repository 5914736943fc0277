import { VdeError } from './errors.ts';
import { type FieldType, pad } from './field.ts';
import { type Geometry, geometryOf } from './geometry.ts';
import { type FieldRange, type RecordFields, type RecordType, type RecordValue, record } from './record.ts';

type Reserved = { readonly reserved: FieldType<Uint8Array | undefined> & { readonly isPad: true } };
/** Fields from the start of a payload, reserved bytes, fields at its end. */
type BlockFields<F extends RecordFields, L extends RecordFields> = F & Reserved & L;

/**
 * A structure that fills the payload of one block: fields at the start, reserved bytes, perhaps fields at the end. One
 * declaration serves every block size. Blocks are given and returned whole; the 16 trailer bytes are not looked at.
 */
export interface BlockRecord<T> {
  readonly name: string;
  /** Bytes of the payload that the fields need. */
  readonly minPayloadSize: number;
  /** Tells whether all fields fit a block of this size. @throws RangeError for an invalid block size. */
  fits(blockSize: number): boolean;
  /**
   * The record in the payload of `block`; bytes are copied, reserved ones kept when they are not zero. Where the block is too
   * small, the fields that do not fit read as zero (page 03, 6.1). @throws RangeError for a block shorter than `blockSize`.
   */
  decode(block: Uint8Array, blockSize: number): T;
  /**
   * A new block with the record and a zero trailer. @throws VdeError `unsupportedBlockSize` where the fields do not fit.
   * @throws RangeError or TypeError, naming the field, for a value that does not fit.
   */
  encode(value: T, blockSize: number): Uint8Array<ArrayBuffer>;
  /** The field ranges of the payload in order, as far as they fit. Nothing of the bytes is needed. */
  ranges(blockSize: number): FieldRange[];
}

/** Declares a {@link BlockRecord}: `first` at offset 0, `last` right before the trailer. */
export function blockRecord<const F extends RecordFields, const L extends RecordFields = Record<never, never>>(
  name: string,
  first: F,
  last: L = {} as L,
): BlockRecord<RecordValue<BlockFields<F, L>>> {
  type Value = RecordValue<BlockFields<F, L>>;
  const minPayloadSize = record(name, { ...first, ...last }).size;
  const bySize = new Map<number, RecordType<Value>>();

  const recordOf = ({ payloadSize }: Geometry): RecordType<Value> => {
    let found = bySize.get(payloadSize);
    if (found === undefined) {
      const reserved = pad(Math.max(0, payloadSize - minPayloadSize));
      found = record(name, { ...first, reserved, ...last }) as RecordType<Value>;
      bySize.set(payloadSize, found);
    }
    return found;
  };

  return {
    name,
    minPayloadSize,
    fits: (blockSize) => minPayloadSize <= geometryOf(blockSize).payloadSize,
    decode(block, blockSize) {
      const geometry = geometryOf(blockSize);
      const payload = payloadOf(block, geometry);
      return recordOf(geometry).get(minPayloadSize > payload.byteLength ? extended(payload, minPayloadSize) : payload);
    },
    encode(value, blockSize) {
      const geometry = geometryOf(blockSize);
      if (minPayloadSize > geometry.payloadSize) throw tooSmall(name, minPayloadSize, blockSize);
      const block = new Uint8Array(blockSize);
      recordOf(geometry).set(payloadOf(block, geometry), 0, value);
      return block;
    },
    ranges(blockSize) {
      const geometry = geometryOf(blockSize);
      const ranges = recordOf(geometry).ranges(new DataView(new ArrayBuffer(geometry.payloadSize)), 0);
      return ranges.filter((range) => range.length > 0);
    },
  };
}

/** The payload of a block as a view. @throws RangeError for a block that is too short. @internal */
export function payloadOf(block: Uint8Array, { blockSize, payloadSize }: Geometry): DataView {
  if (block.length < blockSize) throw new RangeError(`a block of ${block.length} bytes: expected ${blockSize}`);
  return new DataView(block.buffer, block.byteOffset, payloadSize);
}

/** The error of a structure that has no room in a block of this size. @internal */
export function tooSmall(name: string, needed: number, blockSize: number): VdeError {
  const message = `${name} needs ${needed} bytes of payload, a block of ${blockSize} bytes has ${blockSize - 16}`;
  return new VdeError('unsupportedBlockSize', message, { details: { blockSize, needed } });
}

function extended(payload: DataView, size: number): DataView {
  const copy = new Uint8Array(size);
  copy.set(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
  return new DataView(copy.buffer);
}
