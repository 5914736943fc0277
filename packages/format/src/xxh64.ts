import { sealBlocksJs, verifyBlocksJs, xxh64Js } from './xxh64-js.ts';
import { xxh64Kernel } from './xxh64-kernel.generated.ts';
import { trailerSize } from './xxh64-status.ts';

export { type BlockStatus, blockStatus } from './xxh64-status.ts';

/**
 * Memory whose blocks are checked and sealed in place: read into `bytes`, then call `verify`. Never grows, so `bytes` stays
 * attached. Both methods take blocks of 16-65536 bytes that lie one after another from the start of `bytes`.
 */
export interface Slab {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * Writes the {@link blockStatus} of the first `count` blocks to `statuses`.
   * @throws RangeError for a bad block size, or blocks beyond `bytes` or `statuses`.
   */
  verify(blockSize: number, count: number, statuses: Uint8Array): void;
  /**
   * Writes the trailers of the first `count` blocks.
   * @throws RangeError for a bad block size, blocks beyond `bytes`, or a tag or generation that is no u32; nothing is written then.
   */
  seal(blockSize: number, count: number, tag: number, generation: number): void;
}

interface Kernel {
  // An i64 result comes as a signed bigint.
  hash(ptr: number, length: number): bigint;
  begin(): void;
  update(ptr: number, length: number): number;
  finish(ptr: number, length: number, total: number): bigint;
  verifyBlocks(ptr: number, blockSize: number, count: number, out: number): void;
  sealBlocks(ptr: number, blockSize: number, count: number, tag: number, generation: number): void;
}

/** A slab and the kernel over its memory; no kernel where WebAssembly is missing. */
interface Workspace {
  readonly slab: Slab;
  readonly kernel: Kernel | undefined;
}

const pageSize = 65536;
/** The largest block of the format. */
const maxBlockSize = 65536;
/** The shared workspace: a chunk, once copied, stays in the second-level cache until it is hashed. */
const chunkSize = 256 * 1024;

let kernelCode: WebAssembly.Module | null | undefined;
let shared: Workspace | undefined;

/** Compiles the kernel on first use. `null` where WebAssembly is absent or forbidden, as by a content security policy. */
function kernelModule(): WebAssembly.Module | null {
  if (kernelCode !== undefined) return kernelCode;
  try {
    const text = atob(xxh64Kernel);
    kernelCode = new WebAssembly.Module(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  } catch {
    kernelCode = null;
  }
  return kernelCode;
}

/** Statuses go to the first page, blocks to the pages behind it. */
function wasmWorkspace(code: WebAssembly.Module, byteLength: number): Workspace {
  const pages = 1 + Math.ceil(byteLength / pageSize);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const kernel = new WebAssembly.Instance(code, { env: { memory } }).exports as unknown as Kernel;
  const buffer = memory.buffer as ArrayBuffer;
  const bytes = new Uint8Array(buffer, pageSize, byteLength);
  const page = new Uint8Array(buffer, 0, pageSize);
  const slab: Slab = {
    bytes,
    verify(blockSize, count, statuses) {
      checkBlocks(blockSize, count, byteLength);
      checkStatuses(count, statuses);
      for (let done = 0; done < count; done += pageSize) {
        const n = Math.min(count - done, pageSize);
        kernel.verifyBlocks(pageSize + done * blockSize, blockSize, n, 0);
        if (n === 1) statuses[done] = page[0]!;
        else statuses.set(page.subarray(0, n), done);
      }
    },
    seal(blockSize, count, tag, generation) {
      checkBlocks(blockSize, count, byteLength);
      checkStamp(tag, generation);
      kernel.sealBlocks(pageSize, blockSize, count, tag, generation);
    },
  };
  return { slab, kernel };
}

function plainWorkspace(byteLength: number): Workspace {
  const bytes = new Uint8Array(byteLength);
  const slab: Slab = {
    bytes,
    verify(blockSize, count, statuses) {
      checkBlocks(blockSize, count, byteLength);
      checkStatuses(count, statuses);
      verifyBlocksJs(bytes, blockSize, count, statuses);
    },
    seal(blockSize, count, tag, generation) {
      checkBlocks(blockSize, count, byteLength);
      checkStamp(tag, generation);
      sealBlocksJs(bytes, blockSize, count, tag, generation);
    },
  };
  return { slab, kernel: undefined };
}

function createWorkspace(byteLength: number): Workspace {
  const code = kernelModule();
  if (code === null) return plainWorkspace(byteLength);
  try {
    return wasmWorkspace(code, byteLength);
  } catch {
    // An engine reserves gigabytes of addresses for a WebAssembly memory and may have none left: slow beats broken.
    return plainWorkspace(byteLength);
  }
}

function sharedWorkspace(): Workspace {
  shared ??= createWorkspace(chunkSize);
  return shared;
}

/** Which implementation computes the checksums here: the WebAssembly kernel, or JavaScript at about a thirtieth of its speed. */
export function hashImplementation(): 'wasm' | 'javascript' {
  return sharedWorkspace().kernel ? 'wasm' : 'javascript';
}

/** A slab of `byteLength` zero bytes. @throws RangeError when there is no such memory. */
export function createSlab(byteLength: number): Slab {
  if (!Number.isSafeInteger(byteLength) || byteLength < 0) throw new RangeError(`slab of ${byteLength} bytes`);
  return createWorkspace(byteLength).slab;
}

/** XXH64 of the bytes, seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const { slab, kernel } = sharedWorkspace();
  if (!kernel) return xxh64Js(bytes);
  const total = bytes.length;
  if (total <= chunkSize) {
    slab.bytes.set(bytes);
    return BigInt.asUintN(64, kernel.hash(pageSize, total));
  }
  kernel.begin();
  let done = 0;
  for (; total - done >= chunkSize; done += chunkSize) {
    slab.bytes.set(bytes.subarray(done, done + chunkSize));
    kernel.update(pageSize, chunkSize);
  }
  slab.bytes.set(bytes.subarray(done));
  const tail = kernel.update(pageSize, total - done);
  return BigInt.asUintN(64, kernel.finish(tail, (total - done) % 32, total));
}

/**
 * Writes the {@link blockStatus} of every block of `blocks`, which may lie anywhere, to `statuses`. Blocks are copied on the
 * way; a {@link Slab} saves that.
 * @throws RangeError for a block size outside 16-65536, for bytes that are not whole blocks, or for too few statuses.
 */
export function verifyBlocks(blocks: Uint8Array, blockSize: number, statuses: Uint8Array): void {
  const count = countBlocks(blocks, blockSize);
  checkStatuses(count, statuses);
  const { slab, kernel } = sharedWorkspace();
  if (!kernel) {
    verifyBlocksJs(blocks, blockSize, count, statuses);
    return;
  }
  const perChunk = Math.floor(chunkSize / blockSize);
  if (count <= perChunk) {
    slab.bytes.set(blocks);
    slab.verify(blockSize, count, statuses);
    return;
  }
  for (let done = 0; done < count; done += perChunk) {
    const n = Math.min(count - done, perChunk);
    slab.bytes.set(blocks.subarray(done * blockSize, (done + n) * blockSize));
    slab.verify(blockSize, n, statuses.subarray(done));
  }
}

/**
 * Writes the trailer of every block of `blocks`, which may lie anywhere: tag, generation, checksum of the payload.
 * @throws RangeError for a block size outside 16-65536, for bytes that are not whole blocks, or for a tag or generation
 * that is no u32; nothing is written then.
 */
export function sealBlocks(blocks: Uint8Array, blockSize: number, tag: number, generation: number): void {
  const count = countBlocks(blocks, blockSize);
  checkStamp(tag, generation);
  const { slab, kernel } = sharedWorkspace();
  if (!kernel) {
    sealBlocksJs(blocks, blockSize, count, tag, generation);
    return;
  }
  const perChunk = Math.floor(chunkSize / blockSize);
  for (let done = 0; done < count; done += perChunk) {
    const n = Math.min(count - done, perChunk);
    slab.bytes.set(n === count ? blocks : blocks.subarray(done * blockSize, (done + n) * blockSize));
    slab.seal(blockSize, n, tag, generation);
    copyTrailers(slab.bytes, blocks, done * blockSize, n, blockSize);
  }
}

/** Copies the trailers of `count` blocks from the start of `from` to `to` at `offset`. */
function copyTrailers(from: Uint8Array, to: Uint8Array, offset: number, count: number, blockSize: number): void {
  for (let i = 1; i <= count; i++) {
    const end = i * blockSize;
    for (let at = end - trailerSize; at < end; at++) to[offset + at] = from[at]!;
  }
}

function countBlocks(blocks: Uint8Array, blockSize: number): number {
  checkBlockSize(blockSize);
  const count = blocks.length / blockSize;
  if (!Number.isInteger(count)) throw new RangeError(`${blocks.length} bytes are not whole blocks of ${blockSize}`);
  return count;
}

function checkBlocks(blockSize: number, count: number, byteLength: number): void {
  checkBlockSize(blockSize);
  if (!Number.isInteger(count) || count < 0 || count * blockSize > byteLength) {
    throw new RangeError(`${count} blocks of ${blockSize} bytes: the slab has ${byteLength} bytes`);
  }
}

function checkBlockSize(blockSize: number): void {
  if (!Number.isInteger(blockSize) || blockSize < trailerSize || blockSize > maxBlockSize) {
    throw new RangeError(`block size ${blockSize}: expected ${trailerSize}-${maxBlockSize}`);
  }
}

function checkStatuses(count: number, statuses: Uint8Array): void {
  if (statuses.length < count) throw new RangeError(`${statuses.length} status bytes for ${count} blocks`);
}

function checkStamp(tag: number, generation: number): void {
  if (tag >>> 0 !== tag) throw new RangeError(`tag ${tag}: expected a u32`);
  if (generation >>> 0 !== generation) throw new RangeError(`generation ${generation}: expected a u32`);
}
