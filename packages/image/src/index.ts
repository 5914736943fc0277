export { blobSource } from './blob-source.ts';
export { imageCodes } from './codes.ts';
export { commitHead, type DeviceSpace, type Head, type SealedBlocks } from './commit.ts';
export { type CreateOptions, createImage } from './create-image.ts';
export type { BlockDevice } from './device.ts';
export type { DiskImage, ImageRegion, ImageSlot, ReadCall, RegionCall } from './disk-image.ts';
export { type HttpSource, type HttpSourceOptions, openHttpSource } from './http-source.ts';
export {
  chainHash,
  checkFileSize,
  checkFingerprint,
  checkNamespaceSignature,
  checkSeal,
  computeFingerprint,
  computeSeal,
  type IntegrityCheck,
  type IntegrityState,
} from './integrity.ts';
export { type ImagePlace, locateImage } from './locate-image.ts';
export { type MemoryDevice, memoryDevice } from './memory-device.ts';
export { memorySource } from './memory-source.ts';
export { type OpenOptions, openImage } from './open-image.ts';
export { type BlockSpace, readBlocks } from './read-blocks.ts';
export { type Recovery, recoverHead } from './recover.ts';
export { type Resolution, type ResolvedBy, resolveRegion } from './resolve-region.ts';
export { type ScannedBlocks, type ScanOptions, type ScanResult, scanBlocks, unreadable } from './scan.ts';
export type { BlockSource } from './source.ts';
