export { loadBitmap, type StoredBitmap } from './allocation.ts';
export { blobSource } from './blob-source.ts';
export { imageCodes } from './codes.ts';
export type { DeviceSpace } from './commit.ts';
export { type CreateOptions, createImage } from './create-image.ts';
export type { BlockDevice } from './device.ts';
export type { DiskImage, ImageRegion, ImageSlot, ReadCall, RegionCall } from './disk-image.ts';
export {
  type EditableImage,
  type EditChange,
  type EditOptions,
  openForEdit,
} from './edit/open-for-edit.ts';
export type { PutOptions } from './edit/put-region.ts';
export type { AddOptions, RegionTarget } from './edit/slots.ts';
export type { Transaction } from './edit/transaction.ts';
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
export { type OverlayDevice, overlayDevice } from './overlay-device.ts';
export { type BlockSpace, readBlocks } from './read-blocks.ts';
export { type DeviceCall, type RecordingDevice, recordingDevice } from './recording-device.ts';
export { type Recovery, recoverHead } from './recover.ts';
export { planRepair, type RepairPlan } from './repair.ts';
export type { RepairStep } from './repair-head.ts';
export { type Resolution, type ResolvedBy, resolveRegion } from './resolve-region.ts';
export { type ScannedBlocks, type ScanOptions, type ScanResult, scanBlocks, unreadable } from './scan.ts';
export type { BytePatch } from './sector-patches.ts';
export type { BlockSource } from './source.ts';
export { applyUndo, parseUndo, type Undo, writeUndo } from './undo.ts';
