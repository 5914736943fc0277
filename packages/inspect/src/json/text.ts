import type { JsonValue } from '../values.ts';

/** A list whose items are made while it is written: a table of millions of rows never stands in memory as JSON. */
export interface LazyList {
  [Symbol.iterator](): Iterator<JsonValue>;
}

/** JSON with lazy lists in it. `undefined` leaves a key out. */
export type JsonTree = JsonValue | LazyList | readonly JsonTree[] | { readonly [key: string]: JsonTree | undefined };

/** A list that is made anew each time it is walked through. */
export function lazyList(items: () => Iterator<JsonValue>): LazyList {
  return { [Symbol.iterator]: items };
}

/** The text of a JSON document in pieces, indented by two; items of lazy lists take a line each. */
export function* jsonChunks(tree: JsonTree, indent = ''): Generator<string> {
  if (typeof tree !== 'object' || tree === null) yield JSON.stringify(tree);
  else if (Array.isArray(tree)) yield* list('[]', tree, (item) => jsonChunks(item, `${indent}  `), indent);
  else if (Symbol.iterator in tree) yield* list('[]', tree as LazyList, (item) => [JSON.stringify(item)], indent);
  else {
    const entries = Object.entries(tree as Record<string, JsonTree | undefined>).filter(
      ([, value]) => value !== undefined,
    );
    yield* list('{}', entries, ([key, value]) => member(key, jsonChunks(value!, `${indent}  `)), indent);
  }
}

function* member(key: string, value: Iterable<string>): Generator<string> {
  yield `${JSON.stringify(key)}: `;
  yield* value;
}

function* list<T>(
  brackets: string,
  items: Iterable<T>,
  write: (item: T) => Iterable<string>,
  indent: string,
): Generator<string> {
  let isEmpty = true;
  for (const item of items) {
    yield `${isEmpty ? brackets[0] : ','}\n${indent}  `;
    isEmpty = false;
    yield* write(item);
  }
  yield isEmpty ? brackets : `\n${indent}${brackets[1]}`;
}

/** One line of JSON. */
export function jsonLine(tree: JsonTree): string {
  return `${JSON.stringify(tree, (_, value) => (isLazy(value) ? [...value] : value))}\n`;
}

function isLazy(value: unknown): value is LazyList {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Symbol.iterator in value;
}
