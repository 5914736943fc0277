import { sha256 } from '@vde/crypto';
import {
  bytes as byteField,
  emptyGuid,
  guid,
  pad,
  record,
  sameBytes,
  textField,
  u32,
  u64,
  VdeError,
} from '@vde/format';
import type { BlockDevice } from './device.ts';
import { type BytePatch, readPadded, sectorSize } from './sector-patches.ts';

/** How to take a change of an image back. */
export interface Undo {
  /** Offset of block 0, bytes. */
  readonly base: number;
  readonly blockSize: number;
  /** Of the volume, where a superblock tells. */
  readonly volumeUuid?: string;
  /** Bytes of the file before the change, and after it: never fewer. */
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  /** In the order of their offsets; they do not overlap. */
  readonly patches: readonly BytePatch[];
}

/** A file of an {@link Undo}: this header, the patches, and the SHA-256 of all of that. */
const UndoHeader = /* @__PURE__ */ record('UndoHeader', {
  magic: /* @__PURE__ */ byteField(8),
  version: u32,
  blockSize: u32,
  base: u64,
  sizeBefore: u64,
  sizeAfter: u64,
  volumeUuid: guid,
  patchCount: u32,
  reserved: /* @__PURE__ */ pad(4),
});

/** Behind it `states` times `length` bytes: before, between, after. */
const PatchHeader = /* @__PURE__ */ record('PatchHeader', { offset: u64, length: u32, states: u32 });

const magic = 'VDE-UNDO';
const version = 1;
const hashSize = 32;
const maxU32 = 0xffffffff;

/** The bytes of an undo file. @throws RangeError for a patch of 4 GiB or more. */
export function writeUndo(undo: Undo): Uint8Array<ArrayBuffer> {
  const { base, blockSize, sizeBefore, sizeAfter, patches, volumeUuid = emptyGuid } = undo;
  const sizes = patches.map((patch) => PatchHeader.size + statesOf(patch).length * patch.before.length);
  const file = new Uint8Array(sizes.reduce((sum, size) => sum + size, UndoHeader.size + hashSize));
  const view = new DataView(file.buffer);
  UndoHeader.set(view, 0, {
    magic: textField(magic, 8),
    version,
    blockSize,
    base: BigInt(base),
    sizeBefore: BigInt(sizeBefore),
    sizeAfter: BigInt(sizeAfter),
    volumeUuid,
    patchCount: patches.length,
  });
  let at = UndoHeader.size;
  for (const patch of patches) {
    const { offset, before } = patch;
    const states = statesOf(patch);
    PatchHeader.set(view, at, { offset: BigInt(offset), length: before.length, states: states.length });
    at += PatchHeader.size;
    for (const state of states) {
      file.set(state, at);
      at += state.length;
    }
  }
  file.set(sha256(file.subarray(0, at)), at);
  return file;
}

const statesOf = ({ before, between = [], after }: BytePatch): Uint8Array[] => [before, ...between, after];

/** Reads an undo file; its bytes are copied. @throws VdeError `badUndo`. */
export function parseUndo(file: Uint8Array): Undo {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < UndoHeader.size + hashSize) throw badUndo(`${file.length} bytes are too few for an undo file`);
  const header = UndoHeader.get(view);
  if (!sameBytes(header.magic, textField(magic, 8))) throw badUndo(`does not begin with ${magic}`);
  if (header.version !== version) throw badUndo(`undo file of version ${header.version}, expected ${version}`);
  const end = file.length - hashSize;
  if (!sameBytes(sha256(file.subarray(0, end)), file.subarray(end))) throw badUndo('does not match its SHA-256');
  const { blockSize, volumeUuid, patchCount } = header;
  const [base, sizeBefore, sizeAfter] = [header.base, header.sizeBefore, header.sizeAfter].map(toOffset) as [
    number,
    number,
    number,
  ];
  if (sizeBefore > sizeAfter) throw badUndo('says that the change made the image shorter');
  const patches: BytePatch[] = [];
  let at: number = UndoHeader.size;
  let free = 0;
  for (let i = 0; i < patchCount; i++) {
    if (at + PatchHeader.size > end) throw badUndo(`ends in patch ${i}`);
    const { offset, length, states } = PatchHeader.get(view, at);
    at += PatchHeader.size;
    if (states < 2 || length === 0 || states * length > end - at) throw badUndo(`patch ${i} has no room`);
    const patch = { ...patchOf(file, at, length, states), offset: toOffset(offset) };
    if (patch.offset < free) throw badUndo(`patch ${i} overlaps another`);
    free = patch.offset + length;
    patches.push(patch);
    at += states * length;
  }
  if (at !== end) throw badUndo(`has ${end - at} bytes behind its patches`);
  const known = volumeUuid === emptyGuid ? {} : { volumeUuid };
  return { base, blockSize, ...known, sizeBefore, sizeAfter, patches };
}

function patchOf(file: Uint8Array, at: number, length: number, states: number): Omit<BytePatch, 'offset'> {
  const [before, ...more] = Array.from({ length: states }, (_, i) =>
    file.slice(at + i * length, at + (i + 1) * length),
  );
  const after = more.pop()!;
  return { before: before!, after, ...(more.length > 0 && { between: more }) };
}

function toOffset(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) - BigInt(maxU32)) throw badUndo(`${value} is no offset or size`);
  return Number(value);
}

const badUndo = (what: string): VdeError => new VdeError('badUndo', what);

/**
 * Takes a change back: also one that was cut off, also when this was cut off before, and to no effect when nothing is left to do. Gives
 * the number of bytes that were written.
 * @throws VdeError `undoMismatch` where the device holds something that the change did not write: nothing is written then.
 * @throws VdeError `writeFailed`.
 */
export async function applyUndo(device: BlockDevice, { patches, sizeBefore, sizeAfter }: Undo): Promise<number> {
  if (device.size < sizeBefore || device.size > sizeAfter) {
    const message = `${device.name}: ${device.size} bytes, expected ${sizeBefore} to ${sizeAfter}`;
    throw new VdeError('undoMismatch', message);
  }
  const changed: BytePatch[] = [];
  for (const patch of patches) {
    const found = await readPadded(device, patch.offset, patch.before.length);
    requireKnown(device, patch, found);
    if (!sameBytes(found, patch.before)) changed.push(patch);
  }
  let written = 0;
  for (const { offset, before } of changed) {
    const bytes = before.subarray(0, Math.max(0, sizeBefore - offset));
    await device.write(offset, bytes);
    written += bytes.length;
  }
  const isLonger = device.size !== sizeBefore;
  if (isLonger) await device.truncate(sizeBefore);
  if (isLonger || changed.length > 0) await device.sync();
  return written;
}

/** Each sector must be one that the change found there or wrote. @throws VdeError `undoMismatch`. */
function requireKnown({ name }: BlockDevice, patch: BytePatch, found: Uint8Array): void {
  const states = statesOf(patch);
  for (let at = 0; at < found.length; ) {
    const end = Math.min(found.length, at + sectorSize - ((patch.offset + at) % sectorSize));
    const isKnown = states.some((state) => sameBytes(state.subarray(at, end), found.subarray(at, end)));
    if (!isKnown) {
      const offset = patch.offset + at;
      const message = `${name}: the bytes from ${offset} to ${patch.offset + end} are neither those before the change nor those after it`;
      throw new VdeError('undoMismatch', message, { details: { offset } });
    }
    at = end;
  }
}
