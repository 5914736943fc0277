import { isVdeError, verifyBlocks } from '@vde/format';
import type { DiskImage, ReadCall, ScannedBlocks } from '@vde/image';

/** From so many bytes on a scan is quicker than one read: it reads ahead, but has memory of the checksum kernel to set up. */
const scannedBytes = 2 * 1024 * 1024;

/** Reads and verifies blocks front to back; those that the medium does not give are told by their status. */
export async function scanRange(
  image: DiskImage,
  range: { readonly first: number; readonly count: number } & ReadCall,
  onBlocks: (blocks: ScannedBlocks) => void,
): Promise<void> {
  const { first, count, signal } = range;
  if (count * image.blockSize < scannedBytes) {
    try {
      const bytes = await image.readBlocks(first, count, { signal });
      const statuses = new Uint8Array(count);
      verifyBlocks(bytes, image.blockSize, statuses);
      return onBlocks({ first, count, statuses, bytes });
    } catch (error) {
      if (!isVdeError(error, 'readFailed')) throw error;
    }
  }
  await image.scan(range, onBlocks);
}
