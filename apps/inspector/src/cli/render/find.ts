import { escapeControls, type FindHit, type FindModel } from '@vde/inspect';
import type { Style } from '../style.ts';
import { hexOf, textOf } from './plain-hex.ts';
import { countOf, cutText, formatOffset, formatSize, padText, wrapText } from './text.ts';

interface FindLook {
  readonly isQuiet: boolean;
  readonly source: string;
}

/** What is searched, and for what. */
export function findHead({ facts, pattern, range }: FindModel, { bold, dim, marks }: Style, look: FindLook): string[] {
  const what = `${escapeControls(pattern.meaning)} ${marks.dot} ${formatSize(range.length)}`;
  return [`${bold(facts?.source ?? look.source)}  ${dim(what)}`];
}

const addressWidth = 16;

/** One hit: where it is and what owns the bytes, then the bytes among their neighbours. */
export function* hitLines(hit: FindHit, model: FindModel, style: Style): Generator<string> {
  const { address, path, as, isSplit } = hit;
  const { cyan, dim, width, marks } = style;
  const notes = [
    ...(model.pattern.needles.length > 1 ? [as] : []),
    ...(isSplit ? ['goes on in the next block'] : []),
  ].join(', ');
  const head = padText(address, addressWidth);
  const owner = [ownerOf(hit), ...(path === undefined ? [] : [path])].join('  ');
  const room = width - head.length - 2 - (notes === '' ? 0 : notes.length + 2);
  yield '';
  const shown = cutText(escapeControls(owner), Math.max(8, room), marks.ellipsis);
  yield `${cyan(head)}  ${shown}${notes === '' ? '' : `  ${dim(notes)}`}`;
  yield `  ${dim(formatOffset(hit.range.offset))}  ${contextOf(hit, model, style)}`;
}

function ownerOf({ block, region, title }: FindHit): string {
  if (region === undefined) return title ?? (block === undefined ? 'in front of block 0' : 'no region');
  return `${region.id ?? title ?? region.type}, slot ${region.slot}`;
}

/** The bytes of the hit between brackets: as text where a text is searched for, else in hex and as text. */
function contextOf(hit: FindHit, { pattern }: FindModel, style: Style): string {
  const room = style.width - 12;
  const isText = pattern.kind === 'text' || pattern.kind === 'utf16';
  const perByte = isText ? 1 : 4;
  const brackets = isText ? 2 : 6;
  const count = Math.floor((room - brackets - style.marks.ellipsis.length * 2) / perByte);
  const own = Math.min(hit.bytes.length, Math.max(1, count - 4));
  const side = Math.floor((count - own) / 2);
  const parts = {
    before: hit.before.slice(Math.max(0, hit.before.length - side)),
    bytes: hit.bytes.slice(0, own),
    after: own < hit.bytes.length ? new Uint8Array(0) : hit.after.slice(0, side),
  };
  const rest = own < hit.bytes.length ? style.marks.ellipsis : '';
  return isText
    ? bracketed(parts, textOf, '', rest, style)
    : `${bracketed(parts, hexText, ' ', rest, style)}  ${bracketed(parts, textOf, '', rest, style)}`;
}

type Parts = Readonly<Record<'before' | 'bytes' | 'after', Uint8Array>>;

const hexText = (bytes: Uint8Array): string => Array.from(bytes, hexOf).join(' ');

function bracketed(
  { before, bytes, after }: Parts,
  write: (bytes: Uint8Array) => string,
  space: string,
  rest: string,
  { dim, yellow, bold }: Style,
): string {
  const around = (text: string) => (text === '' ? '' : dim(text));
  const front = write(before);
  // A line ends in no spaces.
  const behind = write(after).trimEnd();
  return `${around(front)}${front === '' ? '' : space}${bold(yellow(`[${write(bytes)}${rest}]`))}${behind === '' ? '' : space}${around(behind)}`;
}

/** How much was found, and where the search ended. */
export function findSummary({ range, counts }: FindModel, style: Style, { isQuiet }: FindLook): string[] {
  const { hits, bytes, lostBytes, complete } = counts;
  const { marks, dim, yellow } = style;
  const found = hits === 0 ? 'nothing found' : countOf(hits, 'hit');
  const lost = `${formatSize(lostBytes)} could not be read and ${lostBytes === 1 ? 'was' : 'were'} not searched`;
  const cut = `the search ended after ${countOf(hits, 'hit')}; --max ${hits * 10} searches on, -f ndjson has all`;
  return [
    '',
    `${found} ${dim(`${marks.dot} ${formatSize(complete ? range.length : bytes)} searched`)}`,
    ...(lostBytes > 0 ? [yellow(`${marks.warning} ${lost}`)] : []),
    ...(complete || isQuiet ? [] : wrapText(cut, style.width).map(dim)),
  ];
}
