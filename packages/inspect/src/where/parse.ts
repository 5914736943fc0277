import type { TableColumn } from '@vde/format';
import { type ComparedKind, comparedKind, type Key, type OperatorGroup } from './kinds.ts';
import { allOf, anyOf, cellMatches, type Matcher, noneOf } from './match.ts';
import { contains, containsBytes, equals, hasBits, type KeyTest, orders, startsWith } from './tests.ts';
import { badFilter, type Token, tokensOf } from './tokens.ts';

/** Brackets and `not` within each other. */
const maxDepth = 64;

const equalities = ['=', '!=', 'in'];
const groupOperators: Readonly<Record<OperatorGroup, readonly string[]>> = {
  order: ['<', '<=', '>', '>='],
  search: ['contains', 'starts-with'],
  bits: ['has'],
};

/** Reads a filter against the columns of a table: what comes out can only be asked what these columns can answer. */
export class FilterParser {
  readonly #filter: string;
  readonly #columns: readonly TableColumn[];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  /** @throws VdeError `badFilter`. */
  constructor(filter: string, columns: readonly TableColumn[]) {
    this.#filter = filter;
    this.#columns = columns;
    this.#tokens = tokensOf(filter);
  }

  /** @throws VdeError `badFilter`. */
  parse(): Matcher {
    const matcher = this.#expression();
    if (this.#token.kind !== 'end') this.#fail('and, or or the end');
    return matcher;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #expression(): Matcher {
    return this.#list('or', anyOf, () => this.#list('and', allOf, () => this.#part()));
  }

  #list(word: string, join: (parts: readonly Matcher[]) => Matcher, read: () => Matcher): Matcher {
    const parts = [read()];
    while (this.#take(word)) parts.push(read());
    return parts.length === 1 ? parts[0]! : join(parts);
  }

  #part(): Matcher {
    if (++this.#depth > maxDepth) this.#fail(`at most ${maxDepth} brackets and nots within each other`);
    const matcher = this.#take('not') ? noneOf(this.#part()) : this.#take('(') ? this.#bracket() : this.#comparison();
    this.#depth--;
    return matcher;
  }

  #bracket(): Matcher {
    const matcher = this.#expression();
    this.#expect(')', 'and, or or )');
    return matcher;
  }

  #comparison(): Matcher {
    const column = this.#column();
    const kind = comparedKind(column);
    const operators = [...equalities, ...kind.groups.flatMap((group) => groupOperators[group])];
    const operator = operators.find((candidate) => this.#take(candidate));
    if (operator === undefined)
      return this.#fail(`${operators.join(' ')} behind ${column.id}, which is of kind ${column.kind}`, operators);
    const matches = (test: KeyTest) => cellMatches(column.id, kind.cell, test);
    if (operator === '!=') return noneOf(matches(equals([this.#literal(column, kind)])));
    if (operator === '=') return matches(equals([this.#literal(column, kind)]));
    if (operator === 'in') return matches(equals(this.#literals(column, kind)));
    return matches(this.#test(operator, column, kind));
  }

  /** A test that compares with something, which null is not. */
  #test(operator: string, column: TableColumn, kind: ComparedKind): KeyTest {
    const order = orders[operator];
    if (order) return order(this.#value(column, kind.expected, kind.literal));
    if (operator === 'has') return hasBits(this.#value(column, kind.expected, kind.literal) as bigint);
    const part = String(this.#value(column, `a part of ${kind.expected}`, kind.part ?? kind.literal));
    if (operator === 'starts-with') return startsWith(part);
    return column.kind === 'bytes' ? containsBytes(part) : contains(part);
  }

  #column(): TableColumn {
    const { kind, text } = this.#token;
    const column = kind === 'word' ? this.#columns.find(({ id }) => id === text) : undefined;
    const names = this.#columns.map(({ id }) => id);
    if (column === undefined) return this.#fail(`a column: ${names.join(', ')}`, names);
    this.#next++;
    return column;
  }

  #literals(column: TableColumn, kind: ComparedKind): Key[] {
    this.#expect('(', '( and the values');
    const literals = [this.#literal(column, kind)];
    while (this.#take(',')) literals.push(this.#literal(column, kind));
    this.#expect(')', ', or )');
    return literals;
  }

  #literal(column: TableColumn, { expected, literal }: ComparedKind): Key {
    return this.#take('null') ? null : this.#value(column, expected, literal);
  }

  #value({ id, names }: TableColumn, expected: string, read: (token: Token) => Key): NonNullable<Key> {
    const token = this.#token;
    const value = token.kind === 'word' || token.kind === 'text' ? read(token) : undefined;
    if (value === undefined || value === null)
      return this.#fail(`${expected}, to compare ${id} with`, names && Object.values(names));
    this.#next++;
    return value;
  }

  #expect(symbol: string, expected: string): void {
    if (!this.#take(symbol)) this.#fail(expected);
  }

  /** Takes a word, in either letter case, or a symbol. */
  #take(what: string): boolean {
    const { kind, text } = this.#token;
    const isIt = (kind === 'word' || kind === 'symbol') && text.toLowerCase() === what;
    if (isIt) this.#next++;
    return isIt;
  }

  #fail(expected: string, names?: readonly string[]): never {
    throw badFilter(this.#filter, this.#token, expected, names);
  }
}
