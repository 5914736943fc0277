import { geometryOf, type Table, type TraceRange } from '@vde/format';
import fc from 'fast-check';
import { patch, seededRandom } from '../damage.ts';
import { type Presentation, present, sameCell, show, tablesDifference } from '../presentation.ts';
import { readBoth, traceAll } from '../read.ts';
import { encodeRun, ensure, forAll, runsOf, type Subject } from '../subject.ts';
import { checkCoverage, checkRanges, parsePath } from './trace-ranges.ts';

/** Flips per state in the last of the trace laws. */
const flipsPerState = 4;

/**
 * Ranges are in order, inside payloads, and cover all that is not padding; rows that `locate` places are traced there;
 * a range holds what its cell shows, and a byte changed in it changes that cell only.
 */
export function checkTrace<State>(subject: Subject<State>): void {
  forAll(subject, 'trace', runsOf(subject), (run) => {
    checkTraceOf(subject, encodeRun(subject, run), run.blockSize, run.seed);
  });
  for (const { name, blocks, blockSize } of subject.fixtures()) {
    try {
      checkTraceOf(subject, blocks, blockSize, subject.seed);
    } catch (error) {
      throw new Error(`${subject.plugin.id}, trace of fixture ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** The trace of a window is the part of the whole trace that lies in it. */
export function checkWindows<State>(subject: Subject<State>): void {
  const windows = fc.record({ first: fc.nat({ max: 6 }), count: fc.nat({ max: 6 }) });
  const values = fc.tuple(runsOf(subject), fc.array(windows, { minLength: 4, maxLength: 4 }));
  forAll(subject, 'windows', values, ([run, tried]) => {
    const { blockSize } = run;
    const blocks = encodeRun(subject, run);
    const whole = traceAll(subject, blocks, { blockSize });
    for (const window of tried) {
      const expected = whole.filter(({ block }) => block >= window.first && block < window.first + window.count);
      const part = traceAll(subject, blocks, { blockSize, window });
      const at = expected.findIndex((range, i) => !isSameRange(range, part[i]));
      const name = `blocks ${window.first} to ${window.first + window.count - 1}`;
      ensure(at < 0, () => `${name}: expected ${expected[at]!.path}, traced ${part[at]?.path ?? 'nothing'}`);
      const extra = part[expected.length];
      ensure(extra === undefined, () => `${name}: ${extra?.path} is traced in block ${extra?.block}`);
    }
  });
}

function checkTraceOf<State>(subject: Subject<State>, blocks: Uint8Array, blockSize: number, seed: number): void {
  const geometry = geometryOf(blockSize);
  const { strict } = readBoth(subject, blocks, { blockSize });
  ensure(strict !== undefined, 'strict reading of valid blocks threw');
  if (strict.form !== 'written') return;
  const ranges = traceAll(subject, blocks, { blockSize });
  checkRanges(ranges, blocks.length / blockSize, geometry);
  checkCoverage(ranges, blocks, blockSize);
  const { tables } = subject.plugin.describe(strict.state);
  for (const table of tables) checkRows(table, ranges, blockSize);
  const shown = present(subject.plugin.describe(strict.state));
  checkValues(shown, ranges, blocks, blockSize);
  checkFlips(subject, { shown, ranges, blocks, blockSize, seed });
}

/** A row that `locate` places is traced there, under `tableId[row]`, and nowhere else. */
function checkRows(table: Table, ranges: readonly TraceRange[], blockSize: number): void {
  if (table.locate === undefined) return;
  const rows = new Map<number, { block: number; offset: number; length: number }>();
  for (const range of ranges) {
    const at = parsePath(range.path);
    if (at?.table !== table.id) continue;
    const { block, offset } = range;
    const row = rows.get(at.row) ?? { block, offset, length: 0 };
    rows.set(at.row, { ...row, length: row.length + range.length });
  }
  for (let row = 0; row < table.rowCount; row++) {
    const traced = rows.get(row);
    const located = table.locate(row, geometryOf(blockSize));
    const text = (place: typeof traced) =>
      place === undefined ? 'nowhere' : `at block ${place.block}, offset ${place.offset}, length ${place.length}`;
    ensure(
      text(traced) === text(located),
      () => `${table.id}[${row}] is located ${text(located)}, traced ${text(traced)}`,
    );
  }
  ensure(
    rows.size <= table.rowCount,
    () => `${rows.size} rows of ${table.id} are traced, the table has ${table.rowCount}`,
  );
}

/** What the type of a range reads there is what its cell shows, where both are of the same type. */
function checkValues(shown: Presentation, ranges: readonly TraceRange[], blocks: Uint8Array, blockSize: number): void {
  for (const range of ranges) {
    const cell = cellOf(shown, range.path);
    if (cell === undefined) continue;
    const start = range.block * blockSize;
    const view = new DataView(blocks.buffer, blocks.byteOffset + start, blockSize);
    const read = range.type.get(view, range.offset);
    if (typeof read !== typeof cell) continue;
    ensure(sameCell(read, cell), () => `${range.path} shows ${show(cell)}, its traced bytes hold ${show(read)}`);
  }
}

interface Flips {
  readonly shown: Presentation;
  readonly ranges: readonly TraceRange[];
  readonly blocks: Uint8Array;
  readonly blockSize: number;
  readonly seed: number;
}

function checkFlips<State>(subject: Subject<State>, { shown, ranges, blocks, blockSize, seed }: Flips): void {
  const random = seededRandom(seed);
  for (let i = 0; i < flipsPerState && ranges.length > 0; i++) {
    const range = ranges[Math.floor(random() * ranges.length)]!;
    const at = Math.floor(random() * range.length);
    if (isStructural(subject, range, at)) continue;
    const place = { block: range.block, offset: range.offset + at };
    const old = blocks[place.block * blockSize + place.offset]!;
    const changed = patch(blocks, blockSize, place, Uint8Array.of(old ^ (1 << Math.floor(random() * 8))));
    const { lenient } = readBoth(subject, changed, { blockSize });
    if (lenient.state === undefined) continue;
    const after = present(subject.plugin.describe(lenient.state));
    if (hasOtherRows(shown, after)) continue;
    const moved = tablesDifference(shown, after, range.path);
    ensure(moved === undefined, () => `a byte changed in ${range.path} changes ${moved}`);
    if (!lenient.partial) checkValues(after, [range], changed, blockSize);
  }
}

/** Whether other fields depend on this byte: a length prefix, or a field that the author named. */
function isStructural<State>(subject: Subject<State>, { path, type }: TraceRange, at: number): boolean {
  if (type.variable !== undefined && at < type.size) return true;
  return subject.structural.includes(parsePath(path)?.field ?? path);
}

function hasOtherRows(a: Presentation, b: Presentation): boolean {
  return [...a.tables].some(([id, { rows }]) => rows.length !== b.tables.get(id)?.rows.length);
}

function cellOf(shown: Presentation, path: string) {
  const at = parsePath(path);
  if (at === undefined) return shown.summary.get(path);
  const table = shown.tables.get(at.table);
  const column = table?.columns.indexOf(at.field) ?? -1;
  return column < 0 ? undefined : table?.rows[at.row]?.[column];
}

function isSameRange(a: TraceRange, b: TraceRange | undefined): boolean {
  return b !== undefined && a.block === b.block && a.offset === b.offset && a.length === b.length && a.path === b.path;
}
