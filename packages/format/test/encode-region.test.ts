import { describe, expect, it } from 'vitest';
import {
  defineRegion,
  type EncodeOptions,
  encodeRegion,
  type RegionWriter,
  sealBlocks,
  stringToTag,
} from '../src/index.ts';

const blockSize = 512;
/** More than two of the chunks that are sealed at once, and some blocks. */
const blockCount = 1200;
const options: EncodeOptions = { blockSize, generation: 7 };

/** A region whose state is the way it writes itself. */
const region = defineRegion<(writer: RegionWriter) => void>({
  id: 'written',
  title: 'Written',
  blockTag: 'WRTN',
  slotTypes: ['WRTN'],
  empty: () => () => undefined,
  decode: () => () => undefined,
  requiredBlocks: () => blockCount,
  encode: (write, writer) => write(writer),
  trace: () => [],
  describe: () => ({ summary: [], tables: [] }),
});

/** Blocks with their number in front, sealed in one go. */
function expected(change?: { block: number; byte: number }, count = blockCount): Uint8Array {
  const blocks = new Uint8Array(count * blockSize);
  for (let block = 0; block < blockCount; block++) blocks[block * blockSize] = block % 251;
  if (change) blocks[change.block * blockSize + 1] = change.byte;
  sealBlocks(blocks.subarray(0, blockCount * blockSize), blockSize, stringToTag('WRTN'), options.generation);
  return blocks;
}

const writeAll = (writer: RegionWriter, finish: boolean) => {
  for (let block = 0; block < blockCount; block++) {
    if (finish) writer.finish(block);
    writer.payload(block)[0] = block % 251;
  }
};

const expectSame = (actual: Uint8Array, wanted: Uint8Array) => expect(Buffer.compare(actual, wanted)).toBe(0);

describe('a writer that says which blocks it has finished', () => {
  it.each([true, false])('encodes the same bytes: %s', (finish) => {
    expectSame(
      encodeRegion(region, (writer) => writeAll(writer, finish), options),
      expected(),
    );
  });

  it.each([0, 511, 512, 1100, 1199])('may come back to block %i', (block) => {
    const blocks = encodeRegion(
      region,
      (writer) => {
        writeAll(writer, true);
        writer.finish(blockCount);
        writer.view(block).setUint8(1, 9);
      },
      options,
    );
    expectSame(blocks, expected({ block, byte: 9 }));
  });

  it('may come back to a block early, and finish others after it', () => {
    const blocks = encodeRegion(
      region,
      (writer) => {
        for (let block = 0; block < blockCount; block++) {
          writer.finish(block);
          writer.payload(block)[0] = block % 251;
          if (block === 700) writer.payload(3)[1] = 5;
        }
      },
      options,
    );
    expectSame(blocks, expected({ block: 3, byte: 5 }));
  });

  it('leaves holes behind the blocks that are needed, or seals them too', () => {
    const write = (writer: RegionWriter) => writeAll(writer, true);
    expectSame(
      encodeRegion(region, write, { ...options, blockCount: blockCount + 3 }),
      expected(undefined, blockCount + 3),
    );
    const all = encodeRegion(region, write, { ...options, blockCount: blockCount + 3, sealAll: true });
    expect(all.subarray(-16, -12)).toEqual(all.subarray(496, 500));
  });

  it.each([-1, 0.5, blockCount + 1])('has no %d blocks to finish', (before) => {
    expect(() => encodeRegion(region, (writer) => writer.finish(before), options)).toThrow(RangeError);
  });
});
