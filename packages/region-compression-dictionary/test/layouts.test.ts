import { isVdeError, xxh64 } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { type CompressionDictionary, type LoadOptions, loadDictionary } from '../src/index.ts';
import { container, content, entryOf, imageOf, sha256, trailered } from './dictionaries.ts';

const blockSize = 4096;
const payloadSize = blockSize - 16;

/** Loads dictionary 5, whose blocks stand at block 200 and are all that the image has there. */
function load(bytes: Uint8Array, blocks: Uint8Array, options: LoadOptions & { contentHash?: Uint8Array } = {}) {
  const { contentHash = sha256(bytes), ...rest } = options;
  const blockCount = Math.ceil(blocks.length / blockSize);
  const directory: CompressionDictionary = { dictionaries: [{ ...entryOf(bytes, blockCount), contentHash }] };
  return loadDictionary(directory, 5, imageOf(blockSize, 200 + blockCount, { 200: blocks }), rest);
}
const mismatchOf = (run: Promise<unknown>) =>
  run.then(
    () => expect.fail('it was loaded'),
    (error) => (isVdeError(error, 'contentHashMismatch') ? error.details : Promise.reject(error)),
  );

describe('a dictionary that leaves no byte of its blocks unused', () => {
  it.each([1, payloadSize, 3 * payloadSize])('of %i bytes, trailered', async (size) => {
    const bytes = content(size);
    expect(await load(bytes, trailered(bytes, blockSize))).toEqual({ bytes, layout: 'trailered', isVerified: true });
  });

  it('in a container', async () => {
    const empty = container(new Uint8Array()).length;
    const bytes = content(3 * blockSize - empty);
    expect(await load(bytes, container(bytes))).toEqual({ bytes, layout: 'container', isVerified: true });
  });
});

describe('a container is refused', () => {
  const bytes = content(12000);
  const end = container(bytes).length - 8;

  it('with another magic, although its hash is right', async () => {
    const other = container(bytes);
    other[0]! ^= 1;
    new DataView(other.buffer).setBigUint64(end, xxh64(other.subarray(0, end)));
    await mismatchOf(load(bytes, other));
  });

  it('with a size that leaves no room for its hash', async () => {
    const blocks = new Uint8Array(3 * blockSize);
    blocks.set(container(bytes));
    const view = new DataView(blocks.buffer);
    const sizeAt = end - bytes.length - 4;
    view.setUint32(sizeAt, blocks.length - sizeAt - 4 - 4, true);
    await mismatchOf(load(bytes, blocks));
  });

  it('with more than 16 MiB', async () => {
    const most = 16 * 1024 * 1024;
    const layoutOf = async (size: number) => {
      const large = new Uint8Array(size).fill(7);
      return (await load(large, container(large), { maxBytes: 2 * most }))?.layout;
    };
    expect(await layoutOf(most)).toBe('container');
    await mismatchOf(layoutOf(most + 1));
  });
});

describe('bytes with another hash', () => {
  const bytes = content(12000);
  const contentHash = sha256('x');

  it('are handed out as they most likely lie: without trailers where there are none', async () => {
    const unverified = { contentHash, allowUnverified: true };
    const found = { bytes, isVerified: false };
    expect(await load(bytes, trailered(bytes, blockSize), unverified)).toEqual({ ...found, layout: 'trailered' });
    expect(await load(bytes, bytes, unverified)).toEqual({ ...found, layout: 'raw' });
  });

  it('are not joined from trailered blocks that are too few for them', async () => {
    const blocks = trailered(content(3 * payloadSize), blockSize);
    const found = await load(new Uint8Array(blocks.length), blocks, { contentHash, allowUnverified: true });
    expect(found).toEqual({ bytes: blocks, layout: 'raw', isVerified: false });
  });

  it('damaged are only blocks that they use', async () => {
    const long = new Uint8Array(10 * blockSize);
    long.set(trailered(bytes, blockSize));
    expect(await mismatchOf(load(bytes, long, { contentHash }))).toMatchObject({ damagedBlocks: [] });
    const full = content(3 * blockSize);
    expect(await mismatchOf(load(full, full, { contentHash }))).toMatchObject({ damagedBlocks: [200, 201, 202] });
  });
});
