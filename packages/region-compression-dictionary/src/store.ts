import { sha256 } from '@vde/crypto';
import { geometryOf, sealBlocks, stringToTag } from '@vde/format';
import { DictionaryEntry } from './records.ts';

/** What is to be known of a dictionary that is stored. */
export interface StoreOptions
  extends Pick<DictionaryEntry, 'dictId' | 'algorithmId' | 'trainedUtcTicks' | 'sampleCount'> {
  /** First block of the image that the bytes go to. */
  readonly blockOffset: number;
  readonly blockSize: number;
  /** The generation with which the directory will be written. */
  readonly generation: number;
  /** The blocks of the dictionary region: blocks inside it carry its tag, all others that of data. */
  readonly region?: { readonly startBlock: number; readonly blockCount: number };
}

/** A dictionary ready to be written: the blocks first, then, after a flush, the directory with the entry. */
export interface StoredDictionary {
  readonly entry: DictionaryEntry;
  /** Sealed blocks, to be written from `blockOffset` on. */
  readonly blocks: Uint8Array<ArrayBuffer>;
}

/**
 * Seals the bytes of a dictionary in blocks and makes the entry to register (3.4). Does no I/O.
 * @throws RangeError for a block size, generation or value that is out of bounds.
 */
export function storeDictionary(bytes: Uint8Array, options: StoreOptions): StoredDictionary {
  const { dictId, algorithmId, trainedUtcTicks, sampleCount, blockOffset, blockSize, generation } = options;
  const { payloadSize } = geometryOf(blockSize);
  if (!Number.isSafeInteger(blockOffset) || blockOffset < 0)
    throw new RangeError(`block ${blockOffset}: expected a block number from 0 up`);
  const blockCount = Math.ceil(bytes.length / payloadSize);
  const entry: DictionaryEntry = {
    dictId,
    algorithmId,
    blockOffset: BigInt(blockOffset),
    blockCount,
    dictionarySizeBytes: bytes.length,
    trainedUtcTicks,
    sampleCount,
    contentHash: sha256(bytes),
  };
  DictionaryEntry.set(new DataView(new ArrayBuffer(DictionaryEntry.size)), 0, entry);
  const blocks = new Uint8Array(blockCount * blockSize);
  for (let i = 0; i < blockCount; i++) {
    const block = blocks.subarray(i * blockSize, (i + 1) * blockSize);
    block.set(bytes.subarray(i * payloadSize, (i + 1) * payloadSize));
    sealBlocks(block, blockSize, stringToTag(tagOf(blockOffset + i, options)), generation);
  }
  return { entry, blocks };
}

function tagOf(block: number, { region }: StoreOptions): 'DICT' | 'DATA' {
  const isInside = region && block >= region.startBlock && block < region.startBlock + region.blockCount;
  return isInside ? 'DICT' : 'DATA';
}
