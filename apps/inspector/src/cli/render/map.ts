import { isDamagedState, type MapModel, type MapRun, type MapState, mapStates, type SlotModel } from '@vde/inspect';
import type { Paint, Style } from '../style.ts';
import { renderTable } from './table.ts';
import { countOf, cutText, formatSize, padText, wrapText } from './text.ts';

/** How the lines of runs are laid out. All widths are known before the first run, so that lines are printed as they come. */
export interface RunTable {
  readonly digits: number;
  readonly blockSize: number;
  /** Region ids, or names where no plugin knows the region, by slot. */
  readonly names: ReadonlyMap<number, string>;
}

const stateWidth = Math.max(...mapStates.map(({ length }) => length));
const sizeWidth = 8;
const slotWidth = 4;

export function runTableOf({ facts, blocks }: MapModel, slots: readonly SlotModel[]): RunTable {
  const names = new Map(slots.map(({ index, id, name }) => [index, id ?? name]));
  return { digits: Math.max('blocks'.length, String(blocks).length), blockSize: facts.blockSize, names };
}

/** What is mapped, and the titles of the table of runs. */
export function mapHead({ facts }: MapModel, table: RunTable, style: Style): string[] {
  const volume = [formatSize(facts.size), `${countOf(facts.blocks, 'block')} of ${formatSize(facts.blockSize)}`];
  const titles = tableLine(['start', 'blocks', 'size', 'state', 'slot', 'type', 'region'], table, style);
  return [`${style.bold(facts.source)}  ${volume.join(` ${style.marks.dot} `)}`, '', style.dim(titles)];
}

/** One run as a line of the table. */
export function runLine({ start, count, type, state, slot }: MapRun, table: RunTable, style: Style): string {
  const size = formatSize(BigInt(count) * BigInt(table.blockSize));
  const [owner, region] = slot === null ? [style.marks.none, ''] : [String(slot), table.names.get(slot) ?? ''];
  return tableLine([String(start), String(count), size, state, owner, type, region], table, style, {
    state: statePaint(state, style),
    owner: ownerPaint(type, style),
  });
}

const asIs: Paint = (text) => text;

function tableLine(
  [start = '', count = '', size = '', state = '', slot = '', type = '', region = '']: readonly string[],
  { digits }: RunTable,
  { width, marks }: Style,
  paints: { readonly state: Paint; readonly owner: Paint } = { state: asIs, owner: asIs },
): string {
  const numbers = [padText(start, digits, 'right'), padText(count, digits, 'right'), padText(size, sizeWidth, 'right')];
  const room = width - 2 * (digits + 2) - (sizeWidth + 2) - (stateWidth + 2) - (slotWidth + 2) - 6 - 2;
  const cells = [
    ...numbers,
    paints.state(padText(state, stateWidth)),
    padText(slot, slotWidth, 'right'),
    paints.owner(padText(type, 4)),
    cutText(region, Math.max(0, room), marks.ellipsis),
  ];
  return `  ${cells.join('  ').trimEnd()}`;
}

function statePaint(state: MapState, { red, yellow, green, dim }: Style): Paint {
  if (isDamagedState(state)) return red;
  if (state === 'beyondVolume') return yellow;
  if (state === 'ok') return green;
  return state === 'raw' ? asIs : dim;
}

const containerTypes = ['SUPB', 'RMAP', 'EXMD', 'IANT'];
const fileSystemTypes = ['BMAP', 'INOD', 'MWAL', 'DWAL'];

const owners = ['container', 'file system', 'regions', 'data', 'no slot'] as const;

function ownerOf(type: string): (typeof owners)[number] {
  if (containerTypes.includes(type)) return 'container';
  if (fileSystemTypes.includes(type)) return 'file system';
  return type === '' ? 'no slot' : type === 'DATA' ? 'data' : 'regions';
}

function ownerPaint(type: string, { cyan, yellow, magenta, green, dim }: Style): Paint {
  return { container: cyan, 'file system': yellow, regions: magenta, data: green, 'no slot': dim }[ownerOf(type)];
}

/** One character for a state. */
function glyphOf(state: MapState, { marks }: Style): string {
  const isAscii = marks.full === '#';
  if (isDamagedState(state)) return marks.bad;
  const glyphs = {
    beyondVolume: marks.unknown,
    ok: marks.full,
    raw: isAscii ? '%' : '▓',
    empty: isAscii ? '=' : '▒',
    hole: marks.empty,
    free: marks.dot,
  };
  return glyphs[state as keyof typeof glyphs];
}

const stripRows = 8;

interface StripCell {
  /** Index in `mapStates`: the lower, the more it matters. */
  rank: number;
  type: string;
}

/** The image as a few rows of cells. A cell shows the state that matters most in its blocks, in the colour of their owner. */
export class MapStrip {
  readonly #style: Style;
  readonly #digits: number;
  readonly #perRow: number;
  readonly #perCell: number;
  readonly #cells: StripCell[];

  constructor(blocks: number, style: Style) {
    this.#style = style;
    this.#digits = String(blocks).length;
    this.#perRow = Math.max(8, style.width - this.#digits - 4);
    this.#perCell = Math.max(1, Math.ceil(blocks / (this.#perRow * stripRows)));
    const count = Math.ceil(blocks / this.#perCell);
    this.#cells = Array.from({ length: count }, () => ({ rank: mapStates.length, type: '' }));
  }

  add({ start, count, type, state }: MapRun): void {
    const rank = mapStates.indexOf(state);
    const last = Math.floor((start + count - 1) / this.#perCell);
    for (let i = Math.floor(start / this.#perCell); i <= last; i++) {
      const cell = this.#cells[i]!;
      if (rank < cell.rank) Object.assign(cell, { rank, type });
    }
  }

  *lines({ isQuiet, blockSize }: { readonly isQuiet: boolean; readonly blockSize: number }): Generator<string> {
    const { dim } = this.#style;
    yield '';
    for (let first = 0; first < this.#cells.length; first += this.#perRow) {
      const label = padText(String(first * this.#perCell), this.#digits, 'right');
      const row = this.#cells.slice(first, first + this.#perRow);
      yield `  ${dim(label)}  ${row.map((cell) => this.#paint(cell)).join('')}`;
    }
    if (isQuiet) return;
    const size = formatSize(BigInt(this.#perCell) * BigInt(blockSize));
    const cell = `a cell is ${countOf(this.#perCell, 'block')} (${size})${this.#perCell > 1 ? ' and shows what matters most in it' : ''}`;
    yield* wrapText(cell, this.#style.width, '  ').map(dim);
    yield* this.#owners();
  }

  /** What the colours mean, where there are any. */
  *#owners(): Generator<string> {
    const style = this.#style;
    if (style.cyan('x') === 'x') return;
    const seen = new Set(this.#cells.map(({ type }) => ownerOf(type)));
    const named = new Map(this.#cells.map(({ type }) => [ownerOf(type), ownerPaint(type, style)]));
    const words = owners.filter((owner) => seen.has(owner)).map((owner) => named.get(owner)!(owner));
    yield `  ${words.join(style.dim(` ${style.marks.dot} `))}`;
  }

  #paint({ rank, type }: StripCell): string {
    const state = mapStates[rank];
    if (state === undefined) return ' ';
    const isDull = state === 'free' || state === 'hole';
    const paint =
      isDamagedState(state) || state === 'beyondVolume'
        ? statePaint(state, this.#style)
        : ownerPaint(type, this.#style);
    const glyph = glyphOf(state, this.#style);
    return isDull && ownerOf(type) === 'data' ? this.#style.dim(glyph) : paint(glyph);
  }
}

const meanings: Readonly<Record<MapState, string>> = {
  blockUnreadable: 'the medium did not give them',
  badTrailer: 'do not match their checksum',
  wrongTag: 'carry another tag than their place asks for',
  lostToTruncation: 'in use, but behind the end of the file',
  beyondVolume: 'behind the last block of the volume',
  ok: 'match their checksum',
  raw: 'no trailer, where none is owed',
  empty: 'formatted, nothing written yet',
  hole: 'never written',
  free: 'by the allocation bitmap; not read',
};

/** How many blocks there are of each state: the legend of the strip. */
export function mapTotals({ facts, blocks, totals }: MapModel, style: Style): string[] {
  const rows = mapStates
    .filter((state) => totals.blocks[state])
    .map((state) => {
      const count = totals.blocks[state]!;
      const paint = statePaint(state, style);
      return [
        { text: glyphOf(state, style), paint },
        { text: state, paint },
        String(count),
        formatSize(BigInt(count) * BigInt(facts.blockSize)),
        shareOf(count, blocks),
        { text: meanings[state], paint: style.dim },
      ];
    });
  const columns = [
    { title: '', least: 1 },
    { title: 'state', least: stateWidth },
    { title: 'blocks', align: 'right' },
    { title: 'size', align: 'right' },
    { title: 'share', align: 'right' },
    { title: '' },
  ] as const;
  const copy = facts.copyUsed;
  return [
    '',
    ...renderTable(columns, rows, style),
    ...(copy === 'primary' ? [] : ['', style.yellow(`${style.marks.warning} made from superblock copy: ${copy}`)]),
  ];
}

/** Small shares are not told as none. */
function shareOf(count: number, total: number): string {
  const share = (100 * count) / total;
  return share > 0 && share < 0.1 ? '<0.1 %' : `${share.toFixed(1)} %`;
}
