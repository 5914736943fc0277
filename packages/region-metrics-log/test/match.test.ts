import { openRegion, sealBlocks, stringToTag } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { metricsLog } from '../src/index.ts';
import { blocksOf, logOf, syntheticLog } from './logs.ts';

const blockSize = 512;
const answerOf = (blocks: Uint8Array) =>
  metricsLog.match!(openRegion(metricsLog, blocks, { blockSize, lenient: true }));
/** Block 0 of a region of the tag MTRK with the given integers. */
const blockOf = (write: (view: DataView) => void, tag = 'MTRK') => {
  const block = new Uint8Array(blockSize);
  write(new DataView(block.buffer));
  sealBlocks(block, blockSize, stringToTag(tag), 1);
  return block;
};

describe('what carries the tag MTRK (section 2)', () => {
  it('metrics are metrics, empty ones, too', () => {
    expect([answerOf(blocksOf(syntheticLog(60), blockSize)), answerOf(blocksOf(logOf([]), blockSize))]).toEqual([
      'yes',
      'yes',
    ]);
  });

  it('an integrity tree is not: its capacity stands in the upper half of the count', () => {
    const tree = (view: DataView) => {
      view.setInt32(0, 3, true);
      view.setInt32(4, 1, true);
      view.setUint8(8, 0xab);
    };
    expect(answerOf(blockOf(tree))).toBe('no');
  });

  it('the tree of a Merkle verifier is not: it has its counts where metrics have their capacity', () => {
    const verifier = (view: DataView) => {
      view.setBigInt64(0, 7n, true);
      view.setInt32(8, 4, true);
      view.setInt32(12, 8, true);
    };
    expect(answerOf(blockOf(verifier))).toBe('no');
  });

  it.each([
    ['a hole', new Uint8Array(blockSize)],
    ['a zero payload', blockOf(() => undefined)],
    ['nothing', new Uint8Array()],
    ['a damaged block', blocksOf(syntheticLog(1), blockSize).fill(1, 100, 101)],
    ['a capacity that cannot be', blockOf((view) => view.setUint8(30, 1))],
  ])('%s tells nothing', (_name, blocks) => {
    expect(answerOf(blocks)).toBe('maybe');
  });
});
