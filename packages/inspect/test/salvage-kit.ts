import { blockStatus, stringToTag, verifyBlocks } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { type CheckModel, openInspection, type RebuiltImage, type SalvageModel, salvageImage } from '../src/index.ts';
import { goldenBytes, goldenJson, writtenBlocks } from './golden-images.ts';

/** A region as the golden files know it. */
export interface KnownRegion {
  readonly type: string;
  readonly startBlock: number;
  readonly blockCount: number;
  readonly writtenBlocks: number;
}

/** The regions of a golden image behind the directory, in slot order. */
export function knownRegions(name: string): KnownRegion[] {
  const golden = goldenJson(name);
  const regions = golden.slots
    .map(({ type, startBlock, blockCount }) => ({ type, start: Number(startBlock), count: Number(blockCount) }))
    .filter(({ start }) => start >= 10);
  const written = writtenBlocks(golden);
  const isInside = (block: number, { start, count }: { start: number; count: number }) =>
    block >= start && block < start + count;
  // The smallest region that holds a block owns it.
  const owner = (block: number) =>
    regions.filter((region) => isInside(block, region)).toSorted((a, b) => a.count - b.count)[0];
  return regions.map((region) => ({
    type: region.type,
    startBlock: region.start,
    blockCount: region.count,
    writtenBlocks: written.filter((block) => owner(block) === region).length,
  }));
}

/** What was salvaged, in the shape of {@link knownRegions}. */
export const plainRegions = ({ regions }: SalvageModel): KnownRegion[] =>
  regions
    .filter(({ listed }) => listed)
    .map(({ type, startBlock, blockCount, writtenBlocks }) => ({ type, startBlock, blockCount, writtenBlocks }));

/** A golden image with the given blocks zeroed. A new array. */
export function without(name: string, ...ranges: readonly (readonly [first: number, end: number])[]) {
  const { blockSize } = goldenJson(name);
  const bytes = goldenBytes(name);
  for (const [first, end] of ranges) bytes.fill(0, first * blockSize, end * blockSize);
  return bytes;
}

export const head: readonly [number, number] = [0, 10];
export const newIdentity = { volumeUuid: '00112233-4455-6677-8899-aabbccddeeff', now: 638712864000000000n };

export const salvage = (bytes: Uint8Array, options: object = {}) =>
  salvageImage(memorySource(bytes, 'a.dwvd'), { regions: allRegions, ...options });

export interface Rescued {
  readonly model: SalvageModel;
  readonly rebuilt: RebuiltImage;
  readonly bytes: Uint8Array;
  readonly check: CheckModel;
}

/** Salvages, rebuilds in memory, and checks what came out. */
export async function rescue(bytes: Uint8Array): Promise<Rescued> {
  const { model, rebuild } = await salvage(bytes);
  let out = new Uint8Array(0);
  const rebuilt = await rebuild(
    {
      async truncate(size) {
        out = new Uint8Array(size);
      },
      async write(offset, part) {
        out.set(part, offset);
      },
    },
    newIdentity,
  );
  const inspection = await openInspection(memorySource(out, 'b.dwvd'), { regions: allRegions });
  return { model, rebuilt, bytes: out, check: await inspection.check({ level: 'full' }) };
}

/** Gives a block another tag, and generation if one is named. The checksum does not cover them. */
export function retag(block: Uint8Array, tag: string, generation?: number): void {
  const view = new DataView(block.buffer, block.byteOffset + block.length - 16);
  view.setUint32(0, stringToTag(tag), true);
  if (generation !== undefined) view.setUint32(4, generation, true);
}

/** Whether a block verifies. */
export function isSealed(block: Uint8Array): boolean {
  const status = new Uint8Array(1);
  verifyBlocks(block, block.length, status);
  return status[0] === blockStatus.ok || status[0] === blockStatus.formattedEmpty;
}
