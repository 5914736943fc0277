import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, encodeRegion, type Finding, geometryOf } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { asGolden, goldenExtents, goldenRegions } from '../../testing/test/golden-files.ts';
import {
  type CompressionDictionary,
  compressionDictionary,
  findDictionary,
  getDictionaries,
  loadDictionary,
  registerDictionary,
  removeDictionary,
  replaceDictionary,
} from '../src/index.ts';
import { blocksOf, synthetic, syntheticDirectory } from './dictionaries.ts';

const cases = goldenRegions('compression-dictionary');
const golden = new URL('../../../fixtures/golden/', import.meta.url);

describe('golden compression dictionaries', () => {
  it('are all there', () => expect(cases.length).toBe(21));

  it.each(cases)('$name reads as its values and writes as its bytes', (one) => {
    const { blockSize, blocks, generation, blockCount, sha256 } = one;
    const decoded = decodeRegion(compressionDictionary, blocks, { blockSize });
    const form = one.summary['dictionaryCount'] === 0 ? 'formattedEmpty' : 'written';
    expect(decoded).toMatchObject({ generation, form, partial: false, findings: [] });
    const { summary, tables } = one;
    expect(asGolden(compressionDictionary.describe(decoded.state), one)).toEqual({ summary, tables });
    expect(compressionDictionary.requiredBlocks(decoded.state, geometryOf(blockSize))).toBe(blockCount);
    const written = encodeRegion(compressionDictionary, decoded.state, { blockSize, generation });
    expect(createHash('sha256').update(written).digest('hex')).toBe(sha256);
    expect(Buffer.compare(written, blocks)).toBe(0);
  });

  it.each([512, 4096, 65536])(
    'out-of-order-ids.%i: dictionaries registered in that order give the same bytes',
    (blockSize) => {
      const one = cases.find(({ name }) => name === `out-of-order-ids.${blockSize}`)!;
      const { state, generation } = decodeRegion(compressionDictionary, one.blocks, { blockSize });
      const { registeredInOrder, removed } = one as unknown as { registeredInOrder: number[]; removed: number };
      let directory: CompressionDictionary = { dictionaries: [] };
      for (const dictId of registeredInOrder)
        directory = registerDictionary(directory, findDictionary(state, dictId) ?? synthetic(dictId));
      ({ directory } = removeDictionary(directory, removed));
      expect(Buffer.compare(blocksOf(directory, blockSize, generation), one.blocks)).toBe(0);
    },
  );
});

describe('golden operations', () => {
  interface Step {
    readonly op: string;
    readonly argument: number;
    readonly result: boolean | string;
    readonly after: number[];
  }
  const { steps } = JSON.parse(readFileSync(new URL('operations/compression-dictionary.json', golden), 'utf8'));
  let directory: CompressionDictionary = { dictionaries: [] };

  function run({ op, argument }: Step): boolean | string {
    if (op.startsWith('register')) {
      // That one call was made on a region of its own, whose 256 slots are occupied.
      const isFull = op.startsWith('register a 257th');
      try {
        const registered = registerDictionary(isFull ? syntheticDirectory(256) : directory, synthetic(argument));
        directory = isFull ? directory : registered;
        return 'ok';
      } catch (error) {
        return (error as Error).name;
      }
    }
    if (op.startsWith('get')) return findDictionary(directory, argument) !== undefined;
    const change = op.startsWith('remove')
      ? removeDictionary(directory, argument)
      : replaceDictionary(directory, synthetic(argument));
    directory = change.directory;
    return change.superseded !== undefined;
  }

  // Both exceptions of the reference are a RangeError here.
  const expected = (result: boolean | string) => (`${result}`.startsWith('Argument') ? 'RangeError' : result);

  it('are all there', () => expect(steps.length).toBe(13));

  it.each(steps as Step[])('$op $argument: $result', (step) => {
    expect(run(step)).toBe(expected(step.result));
    expect(getDictionaries(directory).map(({ dictId }) => dictId)).toEqual(step.after);
  });
});

describe.each(['all-regions', 'seed-regions-16k'])('the compression dictionary in %s', (image) => {
  const [extent, ...others] = goldenExtents(image).filter(({ id }) => id === 'compression-dictionary');
  const { blockSize, blocks, codecBlocks, summary, tables, startBlock, blockCount } = extent!;
  const bytes = gunzipSync(readFileSync(new URL(`images/${image}.dwvd.gz`, golden)));
  const decoded = decodeRegion(compressionDictionary, blocks, { blockSize });
  const context = {
    geometry: geometryOf(blockSize),
    totalBlocks: bytes.length / blockSize,
    startBlock,
    blockCount,
    keys: [],
    readBlocks: (first: number, count: number) =>
      Promise.resolve(new Uint8Array(bytes.subarray(first * blockSize, (first + count) * blockSize))),
  };

  it('is there once', () => expect([extent?.id, others.length]).toEqual(['compression-dictionary', 0]));

  it('reads as its values, holes behind it included, and writes as its bytes', () => {
    expect(decoded).toMatchObject({ form: 'written', partial: false, findings: [] });
    expect(asGolden(compressionDictionary.describe(decoded.state), extent!)).toEqual({ summary, tables });
    expect(compressionDictionary.requiredBlocks(decoded.state, context.geometry)).toBe(codecBlocks);
    const written = blocksOf(decoded.state, blockSize, decoded.generation);
    expect(Buffer.compare(written, blocks.subarray(0, codecBlocks * blockSize))).toBe(0);
  });

  it('has the bytes of every dictionary in the image', async () => {
    const ids = decoded.state.dictionaries.map(({ dictId }) => dictId);
    const loaded = await Promise.all(ids.map((dictId) => loadDictionary(decoded.state, dictId, context)));
    expect(loaded.map((one) => one?.layout)).toEqual(ids.map(() => 'trailered'));
    expect(loaded.map((one) => one?.bytes.length)).toEqual(
      decoded.state.dictionaries.map(({ dictionarySizeBytes }) => dictionarySizeBytes),
    );
  });

  it('gives an audit nothing to say', async () => {
    const findings: Finding[] = [];
    for await (const finding of compressionDictionary.audit!(decoded.state, context)) findings.push(finding);
    expect(findings).toEqual([]);
  });
});
