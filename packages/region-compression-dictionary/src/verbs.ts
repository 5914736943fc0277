import {
  type BlockRun,
  bytesArgument,
  integerArgument,
  type RegionVerb,
  textArgument,
  ticksArgument,
  type VerbArgs,
} from '@vde/format';
import type { CompressionDictionary } from './directory.ts';
import { type DictionaryChange, findDictionary, overlap, registerDictionary, removeDictionary } from './operations.ts';
import { dictionaryAlgorithms, dictionarySlots } from './records.ts';
import { storeDictionary } from './store.ts';

const id = { summary: 'dictionary id, 0 to 255', required: true, example: '7' } as const;

/** Editing commands of the directory. */
export const dictionaryCommands: Readonly<Record<string, RegionVerb<CompressionDictionary>>> = {
  load: {
    summary: 'store a dictionary and register it',
    args: {
      dictionary: { summary: 'its bytes', required: true, bytes: true, example: 'words.dict' },
      id,
      algorithm: { summary: 'zstd, brotli, lz4, deflate, custom, or a number', required: true, example: 'zstd' },
      'sample-count': { summary: 'how many samples it was trained with; 0 unless given' },
      trained: { summary: 'when it was trained: ticks, or a time in UTC; now unless given' },
      replace: {
        summary: 'yes: in the place of the one with this id; data compressed with that can no longer be read',
      },
    },
    run(directory, args, context) {
      const { now, generation, geometry } = context;
      const bytes = bytesArgument(args, 'dictionary');
      const options = {
        dictId: idOf(args),
        algorithmId: algorithmOf(args),
        sampleCount: args['sample-count'] === undefined ? 0n : BigInt(integerArgument(args, 'sample-count')),
        trainedUtcTicks: args['trained'] === undefined ? now : ticksArgument(args, 'trained'),
        blockSize: geometry.blockSize,
        generation,
      };
      const { directory: others, superseded } = makeRoom(directory, options.dictId, args);
      const blockCount = Math.ceil(bytes.length / geometry.payloadSize);
      const block = blockCount === 0 ? 0 : context.allocate(blockCount);
      const { entry, blocks } = storeDictionary(bytes, { ...options, blockOffset: block });
      const state = registerDictionary(others, entry);
      return {
        state,
        ...(blockCount > 0 && { stores: [{ block, bytes: blocks }] }),
        ...freesOf({ directory: others, superseded }),
      };
    },
  },
  remove: {
    summary: 'remove a dictionary; data compressed with it can no longer be read',
    args: { id },
    run(directory, args) {
      const dictId = idOf(args);
      if (findDictionary(directory, dictId) === undefined) throw new RangeError(`id ${dictId}: no dictionary has it`);
      const change = removeDictionary(directory, dictId);
      return { state: change.directory, ...freesOf(change) };
    },
  },
};

const idOf = (args: VerbArgs) => integerArgument(args, 'id', { max: dictionarySlots - 1 });

function algorithmOf(args: VerbArgs): number {
  const known: Readonly<Record<string, number>> = dictionaryAlgorithms;
  const names = Object.keys(known);
  const form = new RegExp(`^(${names.join('|')}|\\d{1,5})$`);
  const text = textArgument(args, 'algorithm', form, `${names.join(', ')}, or a number`);
  return known[text] ?? integerArgument(args, 'algorithm', { max: 0xffff });
}

/** The directory with an empty slot for an id. @throws RangeError for an occupied one that is not to be replaced. */
function makeRoom(directory: CompressionDictionary, dictId: number, args: VerbArgs): DictionaryChange {
  if (args['replace'] !== undefined) {
    textArgument(args, 'replace', /^yes$/, 'yes');
    return removeDictionary(directory, dictId);
  }
  if (findDictionary(directory, dictId) === undefined) return { directory, superseded: undefined };
  throw new RangeError(`id ${dictId}: a dictionary has it already; take another, or replace that`);
}

/** The blocks that nothing refers to any more. What was read may share them, or name blocks that cannot be. */
function freesOf({ directory, superseded }: DictionaryChange): { readonly frees?: readonly BlockRun[] } {
  if (superseded === undefined) return {};
  const run = { start: Number(superseded.blockOffset), count: superseded.blockCount };
  const isPossible = Number.isSafeInteger(run.start) && run.start >= 0 && run.count > 0;
  const isShared = directory.dictionaries.some((other) => overlap(other, superseded));
  return isPossible && !isShared ? { frees: [run] } : {};
}
