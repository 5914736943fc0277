import {
  bytes,
  defineRegion,
  type Infer,
  i64,
  lengthPrefixed,
  objectTable,
  PackedRecords,
  packedTable,
  pad,
  type RegionPlugin,
  record,
  table,
  u8,
  u16,
  u32,
} from '@vde/format';

/** A region of fixed records that exists for the tests of the kit only. */
const Header = record('NoteHeader', { noteCount: u32, color: u16, reserved: pad(2) });
export const Note = record('Note', { noteId: u16, stamp: i64, mood: u8, label: bytes(16) });
export type Note = Infer<typeof Note>;

export interface NoteList {
  readonly color: number;
  readonly notes: PackedRecords<Note>;
  readonly reserved?: Uint8Array;
}

export const noteRows = table({ id: 'notes', header: Header, item: Note, count: 'noteCount' }).packed();

export const noteList: RegionPlugin<NoteList> = defineRegion<NoteList>({
  id: 'note-list',
  title: 'Note list',
  blockTag: 'NOTE',
  slotTypes: ['NOTE', 'MEMO'],
  empty: () => ({ color: 0, notes: new PackedRecords(Note) }),
  decode(reader) {
    const { header, items } = noteRows.read(reader);
    const { noteCount: _, ...rest } = header;
    return { ...rest, notes: items };
  },
  requiredBlocks: ({ notes }, geometry) => noteRows.requiredBlocks(notes, geometry),
  encode: ({ notes, ...header }, writer) => noteRows.write({ header, items: notes }, writer),
  match(reader) {
    return reader.state(0) === 'written' ? 'yes' : 'maybe';
  },
  trace: noteRows.trace,
  describe: ({ notes, color }) => ({
    summary: [
      { id: 'noteCount', kind: 'u32', value: notes.length },
      { id: 'color', kind: 'u16', value: color },
    ],
    tables: [packedTable('notes', notes, noteRows.locate)],
  }),
});

/** A region of variable records, for the zero-tail rule PR-5. */
const WordHeader = record('WordHeader', { wordCount: u32 });
export const Word = record('Word', { wordId: u32, text: lengthPrefixed(u16, { max: 90, kind: 'text' }) });
export type Word = Infer<typeof Word>;
const words = table({ id: 'words', header: WordHeader, item: Word, count: 'wordCount' });

export const wordList: RegionPlugin<readonly Word[]> = defineRegion<readonly Word[]>({
  id: 'word-list',
  title: 'Word list',
  blockTag: 'WORD',
  slotTypes: ['WORD'],
  empty: () => [],
  decode: (reader) => words.read(reader).items,
  requiredBlocks: words.requiredBlocks,
  encode: (items, writer) => words.write({ header: {}, items }, writer),
  trace: words.trace,
  describe: (items) => ({
    summary: [{ id: 'wordCount', kind: 'u32', value: items.length }],
    tables: [objectTable('words', items, Word)],
  }),
});
