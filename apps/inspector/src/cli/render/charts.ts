import type { ChartSeries, Description, Gauge, Table, ValueCounts } from '@vde/format';
import { countsOf, displayValue, linesOf, type SeriesLine, type ShowModel } from '@vde/inspect';
import type { Style } from '../style.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { countOf, cutText } from './text.ts';

/** Lines of one chart, or values of one count, that people see. */
const shownLines = 12;
const sparkWidth = 32;
const barWidth = 24;

/** How full a region is, how many rows have each value, and how numbers went over time: what people look for first. */
export function* chartLines(model: ShowModel, style: Style): Generator<string> {
  const description = model.region?.description;
  if (description === undefined) return;
  yield* gaugeLines(description, style);
  for (const counts of description.counts ?? []) {
    const table = tableOf(description, counts.table);
    if (table && table.rowCount > 0) yield* countLines(table, counts, style);
  }
  for (const chart of description.charts ?? []) {
    const table = tableOf(description, chart.table);
    if (table && table.rowCount > 0) yield* seriesLines(table, chart, style);
  }
}

const tableOf = ({ tables }: Description, id: string): Table | undefined => tables.find((table) => table.id === id);

function* gaugeLines({ gauges = [] }: Description, style: Style): Generator<string> {
  if (gauges.length === 0) return;
  yield '';
  const rows = gauges.map((gauge): Cell[] => [
    gauge.title,
    { text: bar(shareOf(gauge), style), paint: shareOf(gauge) < 0.9 ? style.green : style.yellow },
    `${gauge.value} of ${countOf(gauge.max, gauge.unit.replace(/s$/, ''), gauge.unit)}`,
  ]);
  yield* headless([{ title: '' }, { title: '', least: barWidth }, { title: '' }], rows, style);
}

function shareOf({ value, max }: Gauge): number {
  return Number(max) > 0 ? Math.min(1, Math.max(0, Number(value) / Number(max))) : 0;
}

function bar(share: number, { marks }: Style): string {
  const full = share > 0 ? Math.max(1, Math.round(share * barWidth)) : 0;
  return marks.full.repeat(full) + marks.empty.repeat(barWidth - full);
}

function* countLines(table: Table, { title, by }: ValueCounts, style: Style): Generator<string> {
  const column = table.columns.find(({ id }) => id === by);
  if (column === undefined) return;
  const counts = countsOf(table, { by });
  const most = counts[0]!.count;
  yield '';
  yield `  ${style.bold(title)}`;
  const rows = counts.slice(0, shownLines).map(({ value, count }): Cell[] => {
    const width = Math.max(1, Math.round((count / most) * barWidth));
    return [
      displayValue({ ...column, value }, { brief: true, ellipsis: style.marks.ellipsis }),
      { text: String(count) },
      { text: style.marks.full.repeat(width), paint: style.cyan },
    ];
  });
  yield* headless([{ title: '' }, { title: '', align: 'right' }, { title: '' }], rows, style);
  yield* leftOut(counts.length, 'values', style);
}

function* seriesLines(table: Table, chart: ChartSeries, style: Style): Generator<string> {
  const lines = linesOf(table, chart, sparkWidth);
  const column = table.columns.find(({ id }) => id === chart.by);
  const { ellipsis, none } = style.marks;
  yield '';
  yield `  ${style.bold(chart.title)}`;
  const rows = lines
    .slice(0, shownLines)
    .map((line): Cell[] => [
      ...(column ? [displayValue({ ...column, value: line.key }, { brief: true, ellipsis })] : []),
      { text: sparkline(line, style), paint: style.cyan },
      line.min === undefined ? none : brief(line.min),
      line.max === undefined ? none : brief(line.max),
      { text: String(line.rowCount), paint: style.dim },
    ]);
  const head: Column[] = [
    ...(column ? [{ title: cutText(column.id, 20, ellipsis), align: 'right' as const }] : []),
    { title: chart.y, least: sparkWidth },
    { title: 'min', align: 'right' },
    { title: 'max', align: 'right' },
    { title: 'rows', align: 'right' },
  ];
  yield* renderTable(head, rows, style);
  yield* leftOut(lines.length, 'series', style);
}

/** One character a span, as high as its mean stands between the least and the greatest value of the line. */
function sparkline({ means, min = 0, max = 0 }: SeriesLine, { marks: { levels } }: Style): string {
  return means
    .map((mean) => {
      if (mean === undefined) return ' ';
      const share = max > min ? (mean - min) / (max - min) : 0.5;
      return levels[Math.min(levels.length - 1, Math.floor(share * levels.length))]!;
    })
    .join('');
}

/** Rows that need no titles. */
const headless = (columns: readonly Column[], rows: readonly Cell[][], style: Style): string[] =>
  renderTable(columns, rows, style).slice(1);

const brief = (value: number): string => String(Number(value.toPrecision(5)));

function* leftOut(count: number, what: string, style: Style): Generator<string> {
  if (count > shownLines) yield style.dim(`  ${shownLines} of ${count} ${what}`);
}
