import { createHash } from 'node:crypto';
import { encodeRegion, sealBlocks, stringToTag, xxh64 } from '@vde/format';
import { type CompressionDictionary, compressionDictionary, type DictionaryEntry } from '../src/index.ts';

/** 2025-01-01T00:00:00Z in ticks. */
export const t0 = 638712864000000000n;
export const sha256 = (data: Uint8Array | string) => new Uint8Array(createHash('sha256').update(data).digest());

/** Synthetic record `i` of section 7. */
export const synthetic = (i: number): DictionaryEntry => ({
  dictId: i,
  algorithmId: i % 5,
  blockOffset: BigInt(200 + i),
  blockCount: 1,
  dictionarySizeBytes: 480,
  trainedUtcTicks: t0,
  sampleCount: BigInt(i),
  contentHash: sha256(Uint8Array.of(i)),
});

/** The directory of the first `count` synthetic records. */
export const syntheticDirectory = (count: number): CompressionDictionary => ({
  dictionaries: Array.from({ length: count }, (_, i) => synthetic(i)),
});

/** Blocks of a directory. */
export function blocksOf(directory: CompressionDictionary, blockSize: number, generation = 7): Uint8Array<ArrayBuffer> {
  return encodeRegion(compressionDictionary, directory, { blockSize, generation });
}

/** The bytes of a dictionary as our page lays them out, block by block, and an image that holds them at block 200. */
export const content = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31) ^ (i >> 8));

/** Payloads with trailers. */
export function trailered(bytes: Uint8Array, blockSize: number, tag = 'DATA'): Uint8Array {
  const payloadSize = blockSize - 16;
  const blocks = new Uint8Array(Math.ceil(bytes.length / payloadSize) * blockSize);
  for (let i = 0; i * payloadSize < bytes.length; i++)
    blocks.set(bytes.subarray(i * payloadSize, (i + 1) * payloadSize), i * blockSize);
  sealBlocks(blocks, blockSize, stringToTag(tag), 6);
  return blocks;
}

/** The stand-alone container of section 3.4. */
export function container(bytes: Uint8Array, name = 'json-größe', version = 1): Uint8Array {
  const utf8 = new TextEncoder().encode(name);
  const end = 12 + utf8.length + bytes.length;
  const whole = new Uint8Array(end + 8);
  const view = new DataView(whole.buffer);
  whole.set(new TextEncoder().encode('TCDC'));
  view.setUint16(4, version, true);
  view.setUint16(6, utf8.length, true);
  whole.set(utf8, 8);
  view.setUint32(8 + utf8.length, bytes.length, true);
  whole.set(bytes, 12 + utf8.length);
  view.setBigUint64(end, xxh64(whole.subarray(0, end)));
  return whole;
}

/** An image of zero blocks with bytes put at some of them; it counts what is read. */
export function imageOf(blockSize: number, totalBlocks: number, parts: Readonly<Record<number, Uint8Array>>) {
  const bytes = new Uint8Array(blockSize * totalBlocks);
  for (const [block, part] of Object.entries(parts)) bytes.set(part, Number(block) * blockSize);
  const reads: [number, number][] = [];
  return {
    bytes,
    reads,
    geometry: { blockSize, payloadSize: blockSize - 16 },
    totalBlocks,
    readBlocks(first: number, count: number): Promise<Uint8Array> {
      reads.push([first, count]);
      return Promise.resolve(bytes.slice(first * blockSize, (first + count) * blockSize));
    },
  };
}

/** The entry of a dictionary of `content` at block 200. */
export const entryOf = (bytes: Uint8Array, blockCount: number, dictId = 5): DictionaryEntry => ({
  ...synthetic(dictId),
  blockOffset: 200n,
  blockCount,
  dictionarySizeBytes: bytes.length,
  contentHash: sha256(bytes),
});
