import type { CellValue, ChartSeries, Table, ValueCounts } from '@vde/format';

/** One line of a chart, cut into equal spans of x: the mean of the values in each, `undefined` where there are none. */
export interface SeriesLine {
  /** The value of the column `by` that its rows share; `null` where the chart has one line. */
  readonly key: CellValue;
  readonly rowCount: number;
  /** Of the finite values; `undefined` where there are none. */
  readonly min?: number;
  readonly max?: number;
  readonly means: readonly (number | undefined)[];
}

/** How many rows of a table have a value. */
export interface ValueCount {
  readonly value: CellValue;
  readonly count: number;
}

/** Rows are read in pieces: a column of a large table is never held whole. */
const pieceRows = 8192;

/** The lines of a chart, by falling number of rows; all share one span of x. Values that are no finite numbers count as rows only. */
export function linesOf(table: Table, chart: ChartSeries, spans: number): SeriesLine[] {
  const { first, last } = boundsOf(table, chart.x);
  const width = (last - first) / spans || 1;
  const lines = new Map<CellValue, LineSums>();
  for (const [row, x] of numbersOf(table, chart.x)) {
    const key = chart.by === undefined ? null : table.cell(row, chart.by);
    const line = lines.get(key) ?? new LineSums(spans);
    lines.set(key, line);
    line.add(Math.min(spans - 1, Math.floor((x - first) / width)), Number(table.cell(row, chart.y)));
  }
  return [...lines].map(([key, line]) => line.result(key)).sort((a, b) => b.rowCount - a.rowCount);
}

/** The values of a column with the number of rows that have each, the most frequent first. */
export function countsOf(table: Table, { by }: Pick<ValueCounts, 'by'>): ValueCount[] {
  const counts = new Map<CellValue, number>();
  for (let row = 0; row < table.rowCount; row++) {
    const value = table.cell(row, by);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return Array.from(counts, ([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}

class LineSums {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  #rowCount = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(spans: number) {
    this.#sums = new Float64Array(spans);
    this.#counts = new Uint32Array(spans);
  }

  add(span: number, value: number): void {
    this.#rowCount++;
    if (!Number.isFinite(value)) return;
    this.#sums[span]! += value;
    this.#counts[span]!++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  result(key: CellValue): SeriesLine {
    const means = Array.from(this.#counts, (count, span) => (count === 0 ? undefined : this.#sums[span]! / count));
    const range = this.#min <= this.#max ? { min: this.#min, max: this.#max } : {};
    return { key, rowCount: this.#rowCount, ...range, means };
  }
}

function boundsOf(table: Table, columnId: string): { first: number; last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [, x] of numbersOf(table, columnId)) {
    if (x < first) first = x;
    if (x > last) last = x;
  }
  return { first, last };
}

/** The numbers of a column as doubles: 64-bit times lose some microseconds, which no chart shows. */
function* numbersOf(table: Table, columnId: string): Generator<readonly [row: number, x: number]> {
  for (let first = 0; first < table.rowCount; first += pieceRows) {
    const count = Math.min(pieceRows, table.rowCount - first);
    const piece = table.column?.(columnId, first, count);
    for (let i = 0; i < count; i++) yield [first + i, Number(piece ? piece[i] : table.cell(first + i, columnId))];
  }
}
