import type { TableColumn } from '@vde/format';
import type { ColumnValues } from '../where/page.ts';
import type { ExportPage, TextExport } from './export.ts';
import { type CellText, cellText } from './values.ts';

/** Kinds whose cells hold what somebody wrote into the image. */
const foreignKinds: readonly TableColumn['kind'][] = ['text', 'tag'];
/** What spreadsheets take for a formula when a cell begins with it, and the apostrophe that keeps them from it. */
const formulaStart = /^['=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const needsQuotes = /[",\r\n]/;

/**
 * A table as CSV of RFC 4180 in UTF-8, lines ended by line feeds alone; the first line holds the column ids. Null is nothing,
 * an empty text a pair of quotes. A text that a spreadsheet would take for a formula, or that begins with an apostrophe, begins
 * with one apostrophe more. Cells as {@link cellText} writes them.
 */
export function csvExport(columns: readonly TableColumn[]): TextExport {
  const writers = columns.map(columnWriter);
  return {
    head: `${columns.map(({ id }) => quoted(id)).join(',')}\n`,
    page: ({ count, values }: ExportPage) => {
      const cells = writers.map((write, c) => write(values[c]!));
      let text = '';
      for (let row = 0; row < count; row++) {
        let line = cells[0]![row]!;
        for (let c = 1; c < cells.length; c++) line += `,${cells[c]![row]}`;
        text += `${line}\n`;
      }
      return text;
    },
  };
}

/** Writes the cells of a column, each where it belongs: loops over one column at a time are what a compiler makes quick. */
function columnWriter(column: TableColumn): (values: ColumnValues) => string[] {
  if (column.kind === 'f64') return doubleTexts;
  const text = cellText(column);
  const write = foreignKinds.includes(column.kind) ? foreignText(text) : column.names ? quotedText(text) : text;
  return (values) => {
    const cells = new Array<string>(values.length);
    for (let row = 0; row < cells.length; row++) {
      const value = values[row]!;
      cells[row] = value === null ? '' : write(value);
    }
    return cells;
  };
}

/** Doubles through JSON, which writes them with the same digits in half the time; it lacks NaN, the infinities and -0. */
function doubleTexts(values: ColumnValues): string[] {
  if (values.length === 0) return [];
  const texts = JSON.stringify(Array.from(values)).slice(1, -1).split(',');
  for (let row = 0; row < texts.length; row++) {
    if (texts[row] === 'null') texts[row] = values[row] === null ? '' : String(values[row]);
    else if (texts[row] === '0' && Object.is(values[row], -0)) texts[row] = '-0';
  }
  return texts;
}

function quotedText(text: CellText): CellText {
  return (value) => quoted(text(value));
}

function foreignText(text: CellText): CellText {
  return (value) => {
    const cell = text(value);
    return cell === '' ? '""' : quoted(formulaStart.test(cell) ? `'${cell}` : cell);
  };
}

function quoted(cell: string): string {
  return needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
