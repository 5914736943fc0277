import { displayValue, escapeControls, type HexModel, type ShownField } from '@vde/inspect';
import type { Paint, Style } from '../style.ts';
import { hexOf, rowBytes, textOf } from './plain-hex.ts';
import { cutText, formatOffset, widthOf } from './text.ts';

type Trailer = HexModel['trailers'][number];

/** From this width on there is room for the ASCII column beside the names. */
const asciiWidth = 120;
/** Rows of equal bytes in which nothing begins are folded from this many on. */
const foldedRows = 3;

/** One row: its bytes, the fields that begin in it, and the trailer it is. */
interface Row {
  /** File offset, a multiple of 16. */
  readonly offset: number;
  readonly fields: readonly number[];
  readonly trailer?: Trailer;
}

/** Bytes with the names of the fields that own them, in alternating colours; trailers stand apart. */
export function* renderHex(model: HexModel, style: Style): Generator<string> {
  const painter = new BytePainter(model, style);
  const rows = rowsOf(model);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (isBlockStart(row, model) || i === 0) yield* blockTitle(row, model, style, i > 0);
    if (row.trailer) {
      yield '';
      yield* trailerLines(row, model, style, row.trailer);
      continue;
    }
    const folded = foldable(rows, i, model);
    yield* rowLines(row, model, style, painter);
    if (folded >= foldedRows) {
      yield style.dim(`${' '.repeat(8)}  * ${folded} rows more of the same`);
      i += folded;
    }
  }
}

function rowsOf({ range, fields, trailers }: HexModel): Row[] {
  const rows: Row[] = [];
  const end = range.offset + range.length;
  let next = 0;
  for (let offset = range.offset - (range.offset % rowBytes); offset < end; offset += rowBytes) {
    const here: number[] = [];
    // A field that began before the range is named in its first row.
    while (next < fields.length && fields[next]!.range.offset < offset + rowBytes) here.push(next++);
    const trailer = trailers.find((candidate) => candidate.range.offset === offset && candidate.status !== 'hole');
    rows.push({ offset, fields: here, ...(trailer && { trailer }) });
  }
  return rows;
}

function isBlockStart({ offset }: Row, { base, blockSize }: HexModel): boolean {
  return (offset - base) % blockSize === 0;
}

function* blockTitle({ offset }: Row, model: HexModel, style: Style, isNext: boolean): Generator<string> {
  const { base, blockSize, trailers } = model;
  if (isNext) yield '';
  if (offset < base) return;
  const block = Math.floor((offset - base) / blockSize);
  const trailer = trailers.find((candidate) => candidate.block === block);
  const tag = trailer && trailer.status !== 'hole' ? `  ${escapeControls(trailer.tag)}` : '';
  const within = offset - base - block * blockSize;
  const place = `0x${formatOffset(offset)}${within > 0 ? `, byte 0x${formatOffset(within, 1)} of the block` : ''}`;
  yield `${style.bold(`block ${block}`)}${tag}  ${style.dim(place)}`;
}

/** How many rows behind this one repeat its byte and begin no field. */
function foldable(rows: readonly Row[], index: number, { bytes, range }: HexModel): number {
  const bytesOf = ({ offset }: Row) =>
    bytes.subarray(Math.max(0, offset - range.offset), offset - range.offset + rowBytes);
  const first = bytesOf(rows[index]!);
  if (first.length < rowBytes || !first.every((byte) => byte === first[0])) return 0;
  let count = 0;
  for (let row = rows[index + 1]; row; row = rows[index + 1 + count]) {
    const same = bytesOf(row);
    if (row.fields.length > 0 || row.trailer || same.length < rowBytes || !same.every((byte) => byte === first[0]))
      break;
    count++;
  }
  return count;
}

/** The row, and below it the names that did not fit beside it. */
function* rowLines(row: Row, model: HexModel, style: Style, painter: BytePainter): Generator<string> {
  const ascii = style.width >= asciiWidth ? `  ${painter.text(row.offset)}` : '';
  const left = `${style.dim(formatOffset(row.offset))}  ${painter.hex(row.offset)}${ascii}`;
  const leftWidth = 8 + 2 + rowBytes * 3 + (ascii === '' ? 0 : 2 + rowBytes);
  const room = Math.max(12, style.width - leftWidth - 2);
  const lines = namesOf(row, model, style, painter, room);
  yield lines.length === 0 ? left.trimEnd() : `${left}  ${lines[0]}`;
  for (const line of lines.slice(1)) yield `${' '.repeat(leftWidth)}  ${line}`;
}

function namesOf({ fields }: Row, model: HexModel, style: Style, painter: BytePainter, room: number): string[] {
  const { ellipsis } = style.marks;
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const index of fields) {
    const field = model.fields[index]!;
    const value = displayValue(field, { brief: true, ellipsis });
    const name = cutText(`${nameOf(field, model.fields[index - 1])} ${value}`.trimEnd(), room, ellipsis);
    const needed = widthOf(name) + (width === 0 ? 0 : 2);
    if (width > 0 && width + needed > room) {
      lines.push(line);
      line = '';
      width = 0;
    }
    line += (width === 0 ? '' : '  ') + painter.paintOf(index)(name);
    width += width === 0 ? widthOf(name) : needed;
  }
  return width === 0 ? lines : [...lines, line];
}

/** `samples[0].metricId`, then `.value`: what the field shares with the one before is left out. */
function nameOf({ path }: ShownField, before: ShownField | undefined): string {
  const end = path.lastIndexOf('.') + 1;
  const isSibling = end > 0 && before?.path.startsWith(path.slice(0, end)) && !before.path.slice(end).includes('.');
  return escapeControls(isSibling ? path.slice(end - 1) : path);
}

function* trailerLines(row: Row, model: HexModel, style: Style, trailer: Trailer): Generator<string> {
  const { tag, generation, checksum, status } = trailer;
  const { marks, green, red, cyan, magenta, dim } = style;
  const [state, paint] = status === 'ok' ? [`${marks.ok} ok`, green] : [`${marks.bad} ${status}`, red];
  const { bytes, range } = model;
  const at = (i: number) => hexOf(bytes[row.offset - range.offset + i]);
  const part = (first: number, count: number, how: Paint) =>
    how(Array.from({ length: count }, (_, i) => at(first + i)).join(' '));
  yield `${dim(formatOffset(row.offset))}  ${part(0, 4, cyan)} ${part(4, 4, magenta)}  ${part(8, 8, paint)}`;
  const sum = checksum.toString(16).padStart(16, '0');
  yield `${' '.repeat(10)}${cyan(escapeControls(tag))}  ${magenta(`generation ${generation}`)}  ${paint(`checksum ${sum} ${state}`)}`;
}

/** Paints each byte with the colour of the field that owns it. */
class BytePainter {
  readonly #model: HexModel;
  readonly #style: Style;
  readonly #owners: Int32Array;

  constructor(model: HexModel, style: Style) {
    this.#model = model;
    this.#style = style;
    const { range, fields } = model;
    this.#owners = new Int32Array(range.length).fill(-1);
    for (const [index, field] of fields.entries()) {
      const start = field.range.offset - range.offset;
      this.#owners.fill(index, Math.max(0, start), Math.max(0, start + field.range.length));
    }
  }

  paintOf(field: number): Paint {
    return field < 0 ? this.#style.dim : field % 2 === 0 ? this.#style.cyan : this.#style.yellow;
  }

  hex(offset: number): string {
    const groups = [
      this.#run(offset, 0, 8, (at) => hexOf(this.#model.bytes[at]), ' '),
      this.#run(offset, 8, 16, (at) => hexOf(this.#model.bytes[at]), ' '),
    ];
    return groups.join('  ');
  }

  text(offset: number): string {
    return this.#run(
      offset,
      0,
      rowBytes,
      (at) => (at < 0 || at >= this.#model.bytes.length ? ' ' : textOf(this.#model.bytes.subarray(at, at + 1))),
      '',
    );
  }

  /** Neighbours of one owner are painted as one. */
  #run(offset: number, from: number, to: number, show: (at: number) => string, separator: string): string {
    const start = offset - this.#model.range.offset;
    let text = '';
    for (let i = from; i < to; ) {
      const owner = this.#owners[start + i];
      let end = i + 1;
      while (end < to && this.#owners[start + end] === owner) end++;
      const parts = Array.from({ length: end - i }, (_, k) => show(start + i + k));
      const joined = parts.join(separator);
      text += (i > from ? separator : '') + (owner === undefined ? joined : this.paintOf(owner)(joined));
      i = end;
    }
    return text;
  }
}
