import { decodeRegion } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CompressionDictionary,
  compressionDictionary,
  type DictionaryEntry,
  findDictionary,
  findOverlaps,
  getDictionaries,
  getDictionariesByAlgorithm,
  registerDictionary,
  removeDictionary,
  replaceDictionary,
} from '../src/index.ts';
import { blocksOf, synthetic, syntheticDirectory } from './dictionaries.ts';

const three = syntheticDirectory(3);

describe('operations of the page (5)', () => {
  it('registers in order of the ids, whatever the order of the calls', () => {
    const directory = registerDictionary(registerDictionary({ dictionaries: [] }, synthetic(9)), synthetic(2));
    expect(directory).toEqual({ dictionaries: [synthetic(2), synthetic(9)] });
  });

  it.each([256, 65535, -1, 1.5])('refuses the id %d first of all', (dictId) => {
    const wrong = { ...synthetic(1), dictId, contentHash: new Uint8Array(31) };
    expect(() => registerDictionary(three, wrong)).toThrow(/^dictionary id/);
    expect(() => replaceDictionary(three, wrong)).toThrow(RangeError);
    expect(findDictionary(three, dictId)).toBeUndefined();
    expect(removeDictionary(three, dictId)).toEqual({ directory: three, superseded: undefined });
  });

  it('refuses a hash that is not 32 bytes, then an occupied slot', () => {
    const short = { ...synthetic(1), contentHash: new Uint8Array(31) };
    const none = { ...synthetic(1), contentHash: undefined as unknown as Uint8Array };
    for (const wrong of [short, none]) {
      expect(() => registerDictionary(three, wrong)).toThrow(/expected 32 bytes/);
      expect(() => replaceDictionary(three, wrong)).toThrow(/expected 32 bytes/);
    }
    expect(() => registerDictionary(three, synthetic(1))).toThrow(/registered already/);
  });

  it('refuses what a field cannot hold, before anything changes', () => {
    const wrong = { ...synthetic(9), blockCount: 2 ** 31 };
    expect(() => registerDictionary(three, wrong)).toThrow(/DictionaryEntry.blockCount/);
  });

  it('takes 256 dictionaries and no more', () => {
    const full = syntheticDirectory(256);
    for (let dictId = 0; dictId < 256; dictId++)
      expect(() => registerDictionary(full, synthetic(dictId))).toThrow(/registered already/);
  });

  it('replaces, and names the blocks that nothing refers to any more', () => {
    const entry = { ...synthetic(1), blockOffset: 900n, algorithmId: 3 };
    const { directory, superseded } = replaceDictionary(three, entry);
    expect(superseded).toEqual({ blockOffset: 201n, blockCount: 1 });
    expect(directory.dictionaries).toEqual([synthetic(0), entry, synthetic(2)]);
  });

  it('replaces and removes nothing in an empty slot', () => {
    expect(replaceDictionary(three, synthetic(9))).toEqual({ directory: three, superseded: undefined });
    expect(removeDictionary(three, 9)).toEqual({ directory: three, superseded: undefined });
  });

  it('removes, and names the blocks', () => {
    const { directory, superseded } = removeDictionary(three, 1);
    expect([directory, superseded]).toEqual([
      { dictionaries: [synthetic(0), synthetic(2)] },
      { blockOffset: 201n, blockCount: 1 },
    ]);
  });

  it('makes objects of what it read when somebody looks, once, and nobody can change their list', () => {
    const { state } = decodeRegion(compressionDictionary, blocksOf(three, 512), { blockSize: 512 });
    expect(state.dictionaries).toEqual(three.dictionaries);
    expect(state.dictionaries).toBe(state.dictionaries);
    expect(() => (state.dictionaries as DictionaryEntry[]).push(synthetic(9))).toThrow(TypeError);
    expect({ ...state }).toEqual(three);
    expect(blocksOf({ ...state }, 512)).toEqual(blocksOf(three, 512));
  });

  it('lists by algorithm, ascending, exact', () => {
    const ids = (algorithmId: number) =>
      getDictionariesByAlgorithm(syntheticDirectory(12), algorithmId).map(({ dictId }) => dictId);
    expect([ids(0), ids(4), ids(5)]).toEqual([[0, 5, 10], [4, 9], []]);
  });

  it('copies on the way in and out (6, row 9)', () => {
    const entry = synthetic(7);
    const directory = registerDictionary(three, entry);
    entry.contentHash.fill(1);
    findDictionary(directory, 7)!.contentHash.fill(2);
    getDictionaries(directory).at(-1)!.contentHash.fill(3);
    expect(findDictionary(directory, 7)).toEqual(synthetic(7));
  });

  it('keeps reserved ids behind the others through every operation (6, row 2)', () => {
    const [last, first] = [
      { ...synthetic(0), dictId: 300 },
      { ...synthetic(1), dictId: 256 },
    ];
    const directory = registerDictionary({ dictionaries: [last, first] }, synthetic(4));
    expect(directory.dictionaries.map(({ dictId }) => dictId)).toEqual([4, 300, 256]);
    const { directory: left } = removeDictionary(directory, 4);
    const { state, findings } = decodeRegion(compressionDictionary, blocksOf(left, 512), { blockSize: 512 });
    expect([state, findings.map(({ code }) => code)]).toEqual([left, ['reservedDictId', 'reservedDictId']]);
    expect(getDictionaries(directory).map(({ dictId }) => dictId)).toEqual([4]);
  });

  it('finds extents that overlap', () => {
    const at = (dictId: number, blockOffset: bigint, blockCount: number) => ({
      ...synthetic(dictId),
      blockOffset,
      blockCount,
    });
    const dictionaries = [
      at(1, 10n, 5),
      at(2, 15n, 2),
      at(3, 14n, 1),
      at(4, 12n, 0),
      at(5, 0n, 100),
      at(6, 2n ** 62n, 9),
    ];
    expect(findOverlaps({ dictionaries })).toEqual([
      [1, 3],
      [1, 5],
      [2, 5],
      [3, 5],
    ]);
  });
});

describe('any sequence of operations', () => {
  type Call = readonly ['register' | 'replace' | 'remove', number, number];
  const ids = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 260 }));
  const calls = fc.array(fc.tuple(fc.constantFrom('register', 'replace', 'remove'), ids, fc.nat({ max: 255 })), {
    maxLength: 40,
    size: 'max',
  }) as fc.Arbitrary<Call[]>;

  /** What the calls leave in 256 plain slots, and whether each call did anything. */
  function shadow(slots: Map<number, DictionaryEntry>, [op, id, seed]: Call): boolean {
    const isOccupied = slots.has(id);
    if (id > 255 || (op === 'register') === isOccupied) return false;
    if (op === 'remove') slots.delete(id);
    else slots.set(id, { ...synthetic(seed), dictId: id });
    return true;
  }

  function call(directory: CompressionDictionary, [op, id, seed]: Call): CompressionDictionary {
    if (op === 'remove') return removeDictionary(directory, id).directory;
    const entry = { ...synthetic(seed), dictId: id };
    try {
      return op === 'register' ? registerDictionary(directory, entry) : replaceDictionary(directory, entry).directory;
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return directory;
    }
  }

  it('leaves what plain slots hold, and reads back', () => {
    const property = fc.property(calls, fc.constantFrom(512, 4096), (all, blockSize) => {
      const slots = new Map<number, DictionaryEntry>();
      let directory: CompressionDictionary = { dictionaries: [] };
      for (const one of all) {
        const next = call(directory, one);
        if (shadow(slots, one) === (next === directory)) throw new Error(`${one}: changed ${next !== directory}`);
        directory = next;
        expect(findDictionary(directory, one[1])).toEqual(slots.get(one[1]));
      }
      const expected = [...slots.values()].sort((a, b) => a.dictId - b.dictId);
      const blocks = blocksOf(directory, blockSize);
      const decoded = decodeRegion(compressionDictionary, blocks, { blockSize });
      expect(Buffer.compare(blocksOf(decoded.state, blockSize), blocks)).toBe(0);
      expect(Buffer.compare(blocksOf({ dictionaries: expected }, blockSize), blocks)).toBe(0);
      expect([getDictionaries(directory), decoded.state, decoded.findings]).toEqual([
        expected,
        { dictionaries: expected },
        [],
      ]);
    });
    fc.assert(property, {
      numRuns: 2000,
      seed: 20_250_101,
      endOnFailure: true,
      interruptAfterTimeLimit: 30_000,
      markInterruptAsFailure: true,
    });
  });
});
