import type { VolumeLayout } from '@vde/format';
import { type Envelope, envelope, type Tool } from './envelope.ts';

/** An image that was created. */
export interface CreatedImage extends VolumeLayout {
  /** For messages: its path. */
  readonly source: string;
  /** Bytes. */
  readonly size: number;
  readonly volumeUuid: string;
  readonly regions: readonly (VolumeLayout['regions'][number] & { readonly type: string })[];
}

/** `create/1`: a new image and where its regions lie. */
export function createJson(created: CreatedImage, tool: Tool): Envelope {
  const { source, size, blockSize, totalBlocks, metadataBlocks, dataBlocks, inodeSize, volumeUuid, regions } = created;
  return envelope('create', tool, {
    image: {
      source,
      size: String(size),
      blockSize,
      blocks: String(totalBlocks),
      volumeUuid,
      copyUsed: 'primary',
    },
    metadataBlocks: String(metadataBlocks),
    dataBlocks: String(dataBlocks),
    inodeSize,
    regions: regions.map(({ type, name, startBlock, blockCount }) => ({
      type,
      name,
      startBlock: String(startBlock),
      blockCount: String(blockCount),
    })),
  });
}
