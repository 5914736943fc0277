import { VdeError } from '@vde/format';

declare module '@vde/format' {
  interface VdeErrorDetails {
    /** `names` are those that were possible where another one was found. */
    badFilter: { text: string; position: number; found: string; expected: string; names?: readonly string[] };
  }
}

/** A filter is typed by hand or by a small script; longer texts are not read. */
export const maxFilterLength = 1 << 14;

/** A piece of a filter: a bare word or number, a quoted text without its quotes, an operator or bracket, or the end. */
export interface Token {
  readonly kind: 'word' | 'text' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
}

/** What stands next to what: numbers, names, GUIDs, times and hex bytes are all words until a column says which is meant. */
const pattern = /\s*(?:([\w.:+-]+)|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|(<=|>=|!=|[=<>(),]))/y;

/** The tokens of a filter, the end last. @throws VdeError `badFilter`. */
export function tokensOf(filter: string): Token[] {
  if (filter.length > maxFilterLength)
    throw badFilter(filter, { kind: 'end', text: '', position: 0 }, `at most ${maxFilterLength} characters`);
  const tokens: Token[] = [];
  const end = filter.trimEnd().length;
  for (pattern.lastIndex = 0; pattern.lastIndex < end; ) {
    const from = pattern.lastIndex;
    const match = pattern.exec(filter);
    if (match === null) throw strayCharacter(filter, from);
    tokens.push(tokenOf(match));
  }
  return [...tokens, { kind: 'end', text: '', position: end }];
}

function tokenOf(match: RegExpExecArray): Token {
  const [whole, word, single, double, symbol] = match;
  const position = match.index + whole.length - whole.trimStart().length;
  if (word !== undefined) return { kind: 'word', text: word, position };
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, position };
  const text = single === undefined ? double!.replaceAll('""', '"') : single.replaceAll("''", "'");
  return { kind: 'text', text, position };
}

function strayCharacter(filter: string, from: number): VdeError<'badFilter'> {
  const position = from + filter.slice(from).length - filter.slice(from).trimStart().length;
  const text = filter.slice(position, position + 1);
  const expected = /['"]/.test(text) ? 'the closing quote, too' : 'a column, an operator or a value';
  return badFilter(filter, { kind: 'symbol', text, position }, expected);
}

/** Characters of a long filter that are shown on each side of the fault. */
const shownAround = 60;

/** The failure of a filter: what stands where something else was expected, and below it the place, marked. */
export function badFilter(
  filter: string,
  { kind, text, position }: Token,
  expected: string,
  names?: readonly string[],
): VdeError<'badFilter'> {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  const found = kind === 'end' ? 'the end' : JSON.stringify(shown);
  const from = Math.max(0, position - shownAround);
  const line = filter.slice(from, position + shownAround).replace(/\s/g, ' ');
  const message = `filter: found ${found} at position ${position}, expected ${expected}\n  ${line}\n  ${' '.repeat(position - from)}^`;
  return new VdeError('badFilter', message, {
    details: { text: filter, position, found: shown, expected, ...(names && { names }) },
  });
}
