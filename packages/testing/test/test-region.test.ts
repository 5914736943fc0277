import { encodeRegion, PackedRecords, type RegionPlugin, type RegionReader, VdeError } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnySubject,
  arbitraryPacked,
  arbitraryRecord,
  type RegionTestOptions,
  regionLaws,
  subjectOf,
  testRegion,
} from '../src/index.ts';
import { Note, type NoteList, noteList, noteRows, Word, type Word as WordValue, wordList } from './note-list.ts';

const notes: fc.Arbitrary<NoteList> = fc.record({
  color: fc.nat({ max: 0xffff }),
  notes: arbitraryPacked(Note, { maxLength: 150 }),
});
const words: fc.Arbitrary<readonly WordValue[]> = fc
  .array(arbitraryRecord(Word), { maxLength: 60, size: 'max' })
  .map((all) => all.map((word) => ({ ...word, wordId: word.wordId === 0 ? 1 : word.wordId })));

testRegion(noteList, { states: notes });
testRegion(wordList, { states: words, zeroTail: true });

/** What a law says of a plugin, `undefined` when it holds. The round trip runs before it, so that codes are seen. */
function failureOf(law: string, plugin: RegionPlugin<NoteList>, options: Partial<RegionTestOptions<NoteList>> = {}) {
  const subject: AnySubject = subjectOf(plugin, { states: notes, numRuns: 40, ...options });
  if (law !== roundTrip) messageOf(() => regionLaws[roundTrip]!(subject));
  return messageOf(() => regionLaws[law]!(subject));
}

function messageOf(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const withoutLast = (list: NoteList): NoteList => {
  const kept = new PackedRecords(Note);
  kept.pushBytes(list.notes.bytes(0, Math.max(0, list.notes.length - 1)));
  return { ...list, notes: kept };
};

const change = (part: Partial<RegionPlugin<NoteList>>): RegionPlugin<NoteList> => ({ ...noteList, ...part });
const { decode, encode, trace, describe: describeNotes, requiredBlocks } = noteList;
let calls = 0;

interface Wrong {
  readonly what: string;
  readonly plugin: RegionPlugin<NoteList>;
  readonly law: string;
  readonly message: RegExp;
  readonly options?: Partial<RegionTestOptions<NoteList>>;
}

const roundTrip = 'decodes what it encodes, and encodes it to the same bytes';
const exactCount = 'counts its blocks exactly';
const traced = 'traces every byte, where its tables say';
const survives = 'survives arbitrary bytes';

const wrongPlugins: readonly Wrong[] = [
  {
    what: 'drops a record on decoding',
    plugin: change({ decode: (reader) => withoutLast(decode(reader)) }),
    law: roundTrip,
    message: /noteCount: \d+, then \d+/,
  },
  {
    what: 'loses reserved bytes',
    plugin: change({ decode: (reader) => ({ color: decode(reader).color, notes: decode(reader).notes }) }),
    law: roundTrip,
    message: /encode\(decode\(b\)\) differs from b in block 0 at offset 6/,
    options: { states: notes.map((list) => ({ ...list, reserved: Uint8Array.of(1, 0) })) },
  },
  {
    what: 'keeps a view of the blocks',
    plugin: change({
      decode(reader) {
        const live = reader.payload(0).subarray(6, 8);
        return { ...decode(reader), reserved: live };
      },
    }),
    law: roundTrip,
    message: /reads the caller's blocks after decoding/,
  },
  {
    what: 'encodes a counter',
    plugin: change({
      encode(state, writer) {
        encode(state, writer);
        writer.payload(0)[6] = ++calls & 0xff;
      },
    }),
    law: 'encodes a state to the same bytes every time',
    message: /encoding the same state twice gives different bytes/,
  },
  {
    what: 'changes the state by encoding it',
    plugin: change({
      encode(state, writer) {
        encode(state, writer);
        if (state.notes.length > 0) state.notes.setField(0, 'mood', (state.notes.at(0).mood + 1) & 0xff);
      },
    }),
    law: 'encodes a state to the same bytes every time',
    message: /(encoding changed the state|gives different bytes)/,
  },
  {
    what: 'requires one block too many',
    plugin: change({
      requiredBlocks: (state, geometry) => requiredBlocks(state, geometry) + 1,
      encode(state, writer) {
        const { geometry, blockCount } = writer;
        const view = (block: number) => writer.view(block);
        const payload = (block: number) => writer.payload(block);
        const finish = (before: number) => writer.finish(before);
        encode(state, { geometry, blockCount: blockCount - 1, payload, view, finish });
      },
    }),
    law: exactCount,
    message: /the last block is not needed/,
  },
  {
    what: 'counts blocks as if records flowed across block edges (PR-1)',
    plugin: change({
      requiredBlocks: ({ notes: { length } }, { payloadSize }) =>
        Math.max(1, Math.ceil((noteRows.item.size * length + 8) / payloadSize)),
    }),
    law: exactCount,
    message: /encoding a valid state threw RangeError: \d+ notes do not fit \d+ blocks/,
  },
  {
    what: 'has no ranges for a field',
    plugin: change({
      *trace(reader, window) {
        for (const range of trace(reader, window)) if (!range.path.endsWith('.mood')) yield range;
      },
    }),
    law: traced,
    message: /no range covers this byte/,
  },
  {
    what: 'traces overlapping ranges',
    plugin: change({
      *trace(reader, window) {
        for (const range of trace(reader, window)) yield { ...range, length: Math.max(range.length, 4) };
      },
    }),
    law: traced,
    message: /overlaps the range before it/,
  },
  {
    what: 'traces outside the payload',
    plugin: change({
      *trace(reader, window) {
        for (const range of trace(reader, window)) yield { ...range, offset: range.offset + 4096 };
      },
    }),
    law: traced,
    message: /lies outside the payloads/,
  },
  {
    what: 'locates rows elsewhere',
    plugin: change({
      describe(state) {
        const { summary, tables } = describeNotes(state);
        const locate = (row: number) => ({
          block: 0,
          offset: 8 + row * noteRows.item.size,
          length: noteRows.item.size,
        });
        return { summary, tables: tables.map((one) => ({ ...one, locate })) };
      },
    }),
    law: traced,
    message: /notes\[\d+\] is located at block 0.*, traced at block 1/,
  },
  {
    what: 'shows a field from another place',
    plugin: change({
      describe(state) {
        const { summary, tables } = describeNotes(state);
        const cell = (row: number, id: string) => tables[0]!.cell(id === 'mood' ? 0 : row, id);
        return { summary, tables: tables.map((one) => ({ ...one, cell })) };
      },
    }),
    law: traced,
    message: /its traced bytes hold|changes notes/,
  },
  {
    what: 'ignores the window',
    plugin: change({ trace: (reader) => trace(reader, { first: 0, count: reader.loadedCount }) }),
    law: 'traces any window as the whole',
    message: /expected|is traced in block/,
  },
  {
    what: 'lets a TypeError escape on data it dislikes',
    plugin: change({
      verify({ color }) {
        if (color > 0xff) throw new TypeError('a color');
      },
    }),
    law: survives,
    message: /the plugin failed on these bytes: .*a color/,
    options: { states: notes.map((list) => ({ ...list, color: list.color & 0xff })) },
  },
  {
    what: 'throws while tracing',
    plugin: change({
      *trace(reader, window) {
        yield* trace(reader, window);
        if (reader.loadedCount > 1 && reader.peek(1)!.getUint16(0) > 0xe000) throw new Error('a trace');
      },
    }),
    law: survives,
    message: /trace threw Error: a trace/,
  },
  {
    what: 'loops without end on bad bytes',
    plugin: change({
      decode(reader) {
        while (reader.view(0).getUint32(0, true) > 1_000_000);
        return decode(reader);
      },
    }),
    law: survives,
    message: /asked the reader more than \d+ times/,
  },
  {
    what: 'believes a count',
    plugin: change({
      decode(reader) {
        const { color } = decode(reader);
        const count = reader.view(0).getUint32(0, true);
        return { color, notes: { length: count } as PackedRecords<Note> };
      },
      describe: ({ notes: { length } }) => ({
        summary: [],
        tables: [{ id: 'notes', columns: [], rowCount: length * 1000, cell: () => null }],
      }),
    }),
    law: survives,
    message: /rows, read from \d+ bytes/,
  },
  {
    what: 'hides an error when reading strictly',
    plugin: change({
      decode(reader) {
        try {
          return decode(reader);
        } catch (error) {
          if (error instanceof VdeError && error.code === 'tornWrite') return noteList.empty({}, reader);
          throw error;
        }
      },
    }),
    law: 'notices damage and names the block',
    message: /expected tornWrite: strict reading threw nothing/,
  },
  {
    what: 'swallows an error that was reported',
    plugin: change({
      decode(reader) {
        try {
          return decode(reader);
        } catch {
          return noteList.empty({}, reader);
        }
      },
    }),
    law: 'finds the same strictly and leniently',
    message: /strict throws nothing, lenient finds \w+/,
  },
  {
    what: 'never looks at trailers',
    plugin: change({ decode: (reader) => decode(blindfold(reader)) }),
    law: 'notices damage and names the block',
    message: /expected badTrailer: strict reading threw nothing/,
  },
  {
    what: 'takes holes for records',
    plugin: change({ decode: (reader) => decode({ ...blindfold(reader), state: () => 'written' }) }),
    law: 'ignores holes behind its blocks and reports those among them',
    message: /expected truncated/,
  },
  {
    what: 'enters blocks behind the written ones',
    plugin: change({
      decode(reader) {
        for (let block = 0; block < reader.loadedCount; block++)
          if (reader.state(block) !== 'hole') reader.payload(block);
        return decode(reader);
      },
    }),
    law: 'ignores holes behind its blocks and reports those among them',
    message: /block \d+ was entered, written are \d+/,
  },
  {
    what: 'is certain about an empty region',
    plugin: change({ match: () => 'yes' }),
    law: 'reads regions that were never written as empty',
    message: /match says yes, expected maybe/,
  },
  {
    what: 'claims blocks of another region',
    plugin: noteList,
    law: 'leaves other regions alone',
    message: /match claims a word list/,
    options: { notOurs: [foreignCase('a word list', 'WORD')] },
  },
  {
    what: 'shares a tag without a match',
    plugin: withoutMatch(),
    law: 'leaves other regions alone',
    message: /carries the same tag NOTE; a `match` must tell them apart/,
    options: { notOurs: [foreignCase('another list', 'NOTE')] },
  },
  {
    what: 'reports a code it did not declare',
    plugin: change({ verify: (_, reader) => reader.report('sadNote', 'a mood', { severity: 'warning' }) }),
    law: 'declares every code it reports',
    message: /codes that neither it nor core declares: sadNote/,
  },
  {
    what: 'explains nothing',
    plugin: change({ codes: { sadNote: { severity: 'warning', explain: ' ' } } }),
    law: 'declares every code it reports',
    message: /code sadNote is not explained/,
  },
  {
    what: 'was tried on short states only',
    plugin: noteList,
    law: 'was tried on states of three blocks',
    message: /no state spanned 3 blocks of 512, the longest 2/,
    options: { states: notes.map((list) => firstOf(list, 30)) },
  },
  {
    what: 'does not re-encode what a foreign writer wrote',
    plugin: change({ decode: (reader) => ({ ...decode(reader), color: 7 }) }),
    law: 'reads foreign writers and writes the same bytes',
    message: /fixture gray: encodes to other bytes/,
    options: { fixtures: () => [{ name: 'gray', blockSize: 512, blocks: grayBlocks() }] },
  },
];

describe('the laws', () => {
  it('hold for right plugins', () => {
    const failures = Object.keys(regionLaws).map((law) => failureOf(law, noteList));
    expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  });

  it.each(wrongPlugins)('catch a plugin that $what', ({ plugin, law, message, options }) => {
    expect(failureOf(law, plugin, options) ?? 'nothing').toMatch(message);
  });

  it('name the law, the run and the seed', () => {
    const failure = failureOf(roundTrip, change({ decode: (reader) => withoutLast(decode(reader)) }));
    expect(failure).toMatch(/^note-list, round trip: .* \(run \d+ of seed -?\d+; VDE_SEED=-?\d+ repeats it\)$/);
  });

  it('repeat exactly', () => {
    const wrong = change({ decode: (reader) => withoutLast(decode(reader)) });
    expect(failureOf(roundTrip, wrong)).toBe(failureOf(roundTrip, wrong));
  });
});

function firstOf(list: NoteList, length: number): NoteList {
  const kept = new PackedRecords(Note);
  kept.pushBytes(list.notes.bytes(0, Math.min(length, list.notes.length)));
  return { ...list, notes: kept };
}

/** A reader whose payloads nobody verified. */
function blindfold(reader: RegionReader): RegionReader {
  const view = (block: number) => reader.peek(block)!;
  const payload = (block: number) => new Uint8Array(view(block).buffer, view(block).byteOffset, view(block).byteLength);
  return {
    geometry: reader.geometry,
    blockCount: reader.blockCount,
    loadedCount: reader.loadedCount,
    state: (block) => reader.state(block),
    payload,
    view,
    peek: (block) => reader.peek(block),
    isIntact: () => true,
    isOfThisWrite: () => true,
    report: (code, message, place) => reader.report(code, message, place),
  };
}

function grayBlocks(): Uint8Array {
  const list: NoteList = {
    color: 3,
    notes: PackedRecords.from(Note, [{ noteId: 1, stamp: 2n, mood: 3, label: new Uint8Array(16) }]),
  };
  return encodeRegion(noteList, list, { blockSize: 512, generation: 1 });
}

function foreignCase(name: string, blockTag: string) {
  const list: NoteList = {
    color: 3,
    notes: PackedRecords.from(Note, [{ noteId: 1, stamp: 2n, mood: 3, label: new Uint8Array(16) }]),
  };
  return {
    name,
    blockSize: 512,
    blocks: encodeRegion({ ...noteList, blockTag }, list, { blockSize: 512, generation: 1 }),
  };
}

function withoutMatch(): RegionPlugin<NoteList> {
  const { match: _, ...rest } = noteList;
  return rest;
}
