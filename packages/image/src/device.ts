import type { BlockSource } from './source.ts';

/**
 * Where an image's bytes come from and go to. What was written is read at once, and is safe when a later `sync` has ended. Writing
 * behind the end makes the device longer; bytes between are zero. When a write or sync fails, nothing is known of what it was to write.
 */
export interface BlockDevice extends BlockSource {
  /** Bytes of the device now. */
  readonly size: number;
  /**
   * Writes all of `bytes` at `offset`; they are the caller's again when it has ended.
   * @throws VdeError `writeFailed`. @throws RangeError for an offset that is no safe, non-negative integer.
   */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Puts everything written so far on the medium. @throws VdeError `writeFailed`. */
  sync(): Promise<void>;
  /** Makes the device `size` bytes long: cuts it, or adds zeros. @throws VdeError `writeFailed`. */
  truncate(size: number): Promise<void>;
}
