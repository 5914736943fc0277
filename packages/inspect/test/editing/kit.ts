import { blockStatus, isValidBlockSize, isZero, verifyBlocks } from '@vde/format';
import type { BlockSource } from '@vde/image';
import { openInspection } from '../../src/index.ts';
import { blockSize, plugins, publicKey } from './kinds.ts';

/** What a check finds in an image. */
export async function findingsOf(source: BlockSource, level: 'full' | 'deep' = 'deep'): Promise<string[]> {
  const inspection = await openInspection(source, { regions: plugins });
  const { findings } = await inspection.check({ level, keys: [publicKey] });
  return findings.map(({ code, message }) => `${code}: ${message}`);
}

/** The validator of the existing implementation, in its order (page 04, section 4): the first rule that an image breaks. */
export function refusedByReference(image: Uint8Array): string | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (image.length < 5120) return 'length';
  const magic = [0x44, 0x57, 0x56, 0x44];
  const anchor = [0x64, 0x77, 0x3a, 0x2f, 0x2f, 0, 0, 0];
  if (magic.some((byte, i) => image[i] !== byte) || anchor.some((byte, i) => image[8 + i] !== byte)) return 'magic';
  const stated = view.getInt32(0x34, true);
  if (!isValidBlockSize(stated)) return 'block size';
  if (image.length < 10 * stated) return 'ten blocks';
  const isOk = (first: number, count: number) => {
    const statuses = new Uint8Array(count);
    verifyBlocks(image.subarray(first * stated, (first + count) * stated), stated, statuses);
    return statuses.every((status) => status === blockStatus.ok || status === blockStatus.formattedEmpty);
  };
  if (!isOk(0, 4)) return 'blocks 0-3';
  return isOk(8, 2) ? undefined : 'blocks 8-9';
}

/** What a full check finds besides what writes that were cut off left in blocks of no use. */
export async function damageIn(source: BlockSource): Promise<string[]> {
  const found = await findingsOf(source, 'full');
  return found.filter((text) => !/ in no use/.test(text));
}

/** Where any 8 bytes in a row of the needles stand, at any offset. */
export function windowsIn(bytes: Uint8Array, needles: readonly Uint8Array[]): number[] {
  const windows = needles.flatMap((needle) =>
    Array.from({ length: needle.length - 7 }, (_, i) => Buffer.from(needle.subarray(i, i + 8))),
  );
  return writtenRuns(bytes).flatMap(({ start, end }) => {
    const run = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    return windows.map((window) => run.indexOf(window)).flatMap((at) => (at < 0 ? [] : [start + at]));
  });
}

/** The runs of blocks that are not all zero: most of an image is. */
function writtenRuns(bytes: Uint8Array): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length; start += blockSize) {
    const end = Math.min(start + blockSize, bytes.length);
    if (isZero(bytes.subarray(start, end))) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}
