import { decodeGroup, sameBytes } from '@vde/format';
import { memoryDevice, recordingDevice, recoverHead } from '@vde/image';
import { beforeAll, describe, expect, it } from 'vitest';
import { crashStates } from '../src/index.ts';
import {
  type Bytes,
  blockOf,
  blockSize,
  damaged,
  headImages,
  withEmergencyBlock,
  withRegionInPlace,
} from './head-images.ts';

let images: Awaited<ReturnType<typeof headImages>>;
beforeAll(async () => {
  images = await headImages();
});

async function recovered(start: Bytes) {
  const kept = memoryDevice(start.slice());
  const source = recordingDevice(kept);
  const did = await recoverHead({ source, base: 0, blockSize });
  return { did, calls: source.calls, bytes: kept.bytes };
}

describe('recovery', () => {
  it('keeps an emergency recovery block in block 9, and writes block 8 alone', async () => {
    const image = withEmergencyBlock(images.alike);
    expect((await recovered(image)).did).toBe('none');
    for (const blocks of [[8], [3, 8]]) {
      const { did, bytes } = await recovered(damaged(image, blocks, 'zero'));
      expect(did).toBe(blocks.length === 1 ? 'directoryRebuilt' : 'finished');
      expect(sameBytes(bytes, image)).toBe(true);
    }
  });

  it('keeps the generation of block 8 where only its header is gone', async () => {
    const image = images.alike.slice();
    new DataView(image.buffer).setUint32(9 * blockSize - 12, 77, true);
    const { bytes } = await recovered(damaged(image, [9], 'zero'));
    expect(sameBytes(blockOf(bytes, 8), blockOf(image, 8))).toBe(true);
    expect(new DataView(bytes.buffer).getUint32(10 * blockSize - 12, true)).toBe(77);
  });

  it.each([0, 1, 2, 3])(
    'from the mirror shows the mirror alone after a crash at any moment: block %i',
    async (block) => {
      const start = damaged(images.differing, [block], 'corrupt');
      const { did, calls } = await recovered(start);
      expect(did).toBe('finished');
      const mirror = start.slice(4 * blockSize, 8 * blockSize);
      for (const state of crashStates(start, calls, { blockSize, sectorSize: 2048 })) {
        const { sources } = decodeGroup(state.bytes.subarray(0, 8 * blockSize), { blockSize });
        const isMirror = sources.every((found, i) => sameBytes(found!.bytes, blockOf(mirror, i)));
        expect(isMirror, state.what).toBe(true);
      }
    },
  );

  it.each<[string, () => Bytes]>([
    ['a primary block that lacks its trailer', () => damaged(damaged(images.alike, [1], 'unsealed'), [6], 'corrupt')],
    ['a region that another writer added in place', () => withRegionInPlace(images.alike)],
    ['a block that the end of the file cuts', () => images.alike.slice(0, 3.5 * blockSize)],
  ])('leaves %s to a repair', async (_, make) => {
    const kept = memoryDevice(make());
    const source = recordingDevice(kept);
    await expect(recoverHead({ source, base: 0, blockSize })).rejects.toMatchObject({ code: 'needsRepair' });
    expect(source.calls).toEqual([]);
  });
});
