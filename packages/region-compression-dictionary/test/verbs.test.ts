import { geometryOf, type VerbArgs } from '@vde/format';
import { describe, expect, it, vi } from 'vitest';
import {
  type CompressionDictionary,
  compressionDictionary,
  type DictionaryEntry,
  findDictionary,
  getDictionaries,
  loadDictionary,
  removeDictionary,
  storeDictionary,
} from '../src/index.ts';
import { blocksOf, content, imageOf, sha256, synthetic, syntheticDirectory, t0 } from './dictionaries.ts';

const { prefix, commands } = compressionDictionary.verbs!;
const { load, remove } = commands;
const blockSize = 4096;
const three = syntheticDirectory(3);
const args = { dictionary: content(12000), id: '7', algorithm: 'brotli' };

/** Runs a command on a directory, which must stay as it is. */
function run(name: string, directory: CompressionDictionary, given: VerbArgs) {
  const allocate = vi.fn((_blockCount: number) => 900);
  const before = blocksOf(directory, blockSize);
  const context = { now: t0 + 5n, generation: 8, geometry: geometryOf(blockSize), blockCount: 64, allocate };
  try {
    return { change: commands[name]!.run(directory, given, context), allocated: allocate.mock.calls.flat() };
  } catch (error) {
    expect(allocate).not.toHaveBeenCalled();
    throw error;
  } finally {
    expect(blocksOf(directory, blockSize)).toEqual(before);
  }
}

it('the commands say what they do, what each argument means, and which is a file', () => {
  expect([prefix, Object.keys(commands)]).toEqual(['dict', ['load', 'remove']]);
  const all = Object.values(commands).flatMap((one) => [one, ...Object.values(one.args)]);
  expect(all.map(({ summary }) => summary)).toEqual(all.map(() => expect.stringMatching(/\w+ \w+/)));
  const argsOf = (verb = load) =>
    Object.entries(verb!.args).map(([name, { required, bytes }]) => [name, required, bytes]);
  expect(argsOf(load)).toEqual([
    ['dictionary', true, true],
    ['id', true, undefined],
    ['algorithm', true, undefined],
    ['sample-count', undefined, undefined],
    ['trained', undefined, undefined],
    ['replace', undefined, undefined],
  ]);
  expect(argsOf(remove)).toEqual([['id', true, undefined]]);
});

describe('loading', () => {
  it('stores the bytes and registers them', async () => {
    const { change, allocated } = run('load', three, args);
    expect([allocated, Object.keys(change)]).toEqual([[3], ['state', 'stores']]);
    const stored = storeDictionary(args.dictionary, {
      dictId: 7,
      algorithmId: 1,
      trainedUtcTicks: t0 + 5n,
      sampleCount: 0n,
      blockOffset: 900,
      blockSize,
      generation: 8,
    });
    expect(change.stores).toEqual([{ block: 900, bytes: stored.blocks }]);
    expect(getDictionaries(change.state)).toEqual([...three.dictionaries, stored.entry]);
    const image = imageOf(blockSize, 910, { 900: change.stores![0]!.bytes });
    const loaded = await loadDictionary(change.state, 7, image);
    expect(loaded).toEqual({ bytes: args.dictionary, layout: 'trailered', isVerified: true });
  });

  it.each([
    [{ algorithm: 'zstd' }, { algorithmId: 0 }],
    [{ algorithm: 'custom' }, { algorithmId: 4 }],
    [{ algorithm: '3' }, { algorithmId: 3 }],
    [{ algorithm: '65535' }, { algorithmId: 65535 }],
    [{ 'sample-count': '5000' }, { sampleCount: 5000n }],
    [{ trained: '9' }, { trainedUtcTicks: 9n }],
    [{ trained: '2025-01-01T00:00:00Z' }, { trainedUtcTicks: t0 }],
    [{ id: '255' }, { dictId: 255 }],
  ])('takes %j', (given, expected) => {
    const { state } = run('load', three, { ...args, ...given }).change;
    expect(getDictionaries(state).at(-1)).toMatchObject(expected);
  });

  it('takes no blocks for no bytes', () => {
    const { change, allocated } = run('load', three, { ...args, dictionary: new Uint8Array() });
    expect([allocated, Object.keys(change)]).toEqual([[], ['state']]);
    expect(findDictionary(change.state, 7)).toMatchObject({
      blockOffset: 0n,
      blockCount: 0,
      dictionarySizeBytes: 0,
      contentHash: sha256(''),
    });
  });

  it('replaces when it is told to, and frees the old blocks', () => {
    const given = { ...args, id: '1', replace: 'yes' };
    const { change } = run('load', three, given);
    expect(change.frees).toEqual([{ start: 201, count: 1 }]);
    expect(change.state.dictionaries.map(({ dictId, blockOffset }) => [dictId, blockOffset])).toEqual([
      [0, 200n],
      [1, 900n],
      [2, 202n],
    ]);
    expect(() => run('load', three, { ...given, replace: undefined })).toThrow(/^id 1: a dictionary has it already/);
  });

  it('registers in an empty slot, also when told to replace', () => {
    const { change } = run('load', three, { ...args, replace: 'yes' });
    expect([Object.keys(change), change.state.dictionaries.length]).toEqual([['state', 'stores'], 4]);
  });

  it.each([
    ['dictionary', undefined],
    ['dictionary', 'text'],
    ['id', '256'],
    ['id', '-1'],
    ['id', 'x'],
    ['id', undefined],
    ['algorithm', 'zip'],
    ['algorithm', 'toString'],
    ['algorithm', '65536'],
    ['algorithm', ''],
    ['algorithm', undefined],
    ['sample-count', '-1'],
    ['sample-count', '1.5'],
    ['trained', 'yesterday'],
    ['replace', 'no'],
    ['replace', ''],
  ])('refuses %s "%s", by its name', (name, value) => {
    const wrong = () => run('load', three, { ...args, [name]: value });
    expect(wrong).toThrow(RangeError);
    expect(wrong).toThrow(new RegExp(`^${name} `));
  });
});

describe('removing', () => {
  it.each(['1', '01'])('by the id "%s"', (id) => {
    const { change, allocated } = run('remove', three, { id });
    expect(change).toEqual({ state: removeDictionary(three, 1).directory, frees: [{ start: 201, count: 1 }] });
    expect(allocated).toEqual([]);
  });

  it.each(['', 'x', '-1', '1.5', '1x', 'x1', ' 1', '256', undefined, '9'])('refuses the id "%s"', (id) => {
    expect(() => run('remove', three, { id })).toThrow(RangeError);
    expect(() => run('remove', three, { id })).toThrow(/^id /);
  });

  const other = { ...synthetic(1), blockOffset: 300n, blockCount: 4 };
  it.each<[string, Partial<DictionaryEntry>, Partial<DictionaryEntry>]>([
    ['it has none', { blockCount: 0 }, other],
    ['their number cannot be', { blockCount: -1 }, other],
    ['they lie in front of the image', { blockOffset: -5n }, other],
    ['they lie where no block can', { blockOffset: 2n ** 60n }, other],
    ['another dictionary shares them', { blockOffset: 303n }, other],
    ['one with a reserved id shares them', { blockOffset: 303n }, { ...other, dictId: 300 }],
  ])('frees no blocks when %s', (_name, one, rest) => {
    const dictionaries = [
      { ...synthetic(0), ...one },
      { ...other, ...rest },
    ];
    const { change } = run('remove', { dictionaries }, { id: '0' });
    expect([Object.keys(change), change.state.dictionaries.length]).toEqual([['state'], 1]);
  });

  it('frees blocks that only border on those of another', () => {
    const dictionaries = [{ ...synthetic(0), blockOffset: 298n, blockCount: 2 }, other];
    expect(run('remove', { dictionaries }, { id: '0' }).change.frees).toEqual([{ start: 298, count: 2 }]);
  });
});
