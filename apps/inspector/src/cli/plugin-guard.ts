import { Script } from 'node:vm';
import {
  type AnyRegionPlugin,
  type Description,
  type Finding,
  isVdeError,
  type ResidueSearch,
  type Table,
  VdeError,
} from '@vde/format';

/** Longest time that one call of a plugin may take, in milliseconds. */
const limitMs = 2000;
/** Rows that one guarded call reads: a call costs about a tenth of a millisecond. */
const pageRows = 256;

type Call = () => unknown;
/** Where the script finds what it is to run: only functions of the same realm can be stopped. */
const callKey = Symbol.for('@vde/inspector/guarded-call');
const holder = globalThis as unknown as Record<symbol, Call | undefined>;
const script = /* @__PURE__ */ new Script(`globalThis[Symbol.for('@vde/inspector/guarded-call')]()`);
let isInside = false;

/** Runs synchronous code of a plugin under a time limit. Calls inside one stand under the limit of the outer one. */
function timed<T>(what: string, limit: number, run: () => T): T {
  if (isInside) return run();
  isInside = true;
  holder[callKey] = run;
  try {
    return script.runInThisContext({ timeout: limit }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new VdeError('pluginFailed', `${what} did not end within ${limit} ms and was stopped`, { cause: error });
  } finally {
    isInside = false;
    delete holder[callKey];
  }
}

/** Members that say nothing where they fail, with what stands for their answer: the next call that decodes tells the failure. */
const quiet: Readonly<Record<string, unknown>> = {
  match: 'maybe',
  trace: [],
  span: undefined,
  framing: 'trailer',
  variant: undefined,
  expect: undefined,
};

/**
 * A plugin whose calls end: each runs under a time limit. After one that did not end, or that failed where it must not, the plugin is not
 * called again. `onFailure` hears of every failure, also of those that nobody else tells. For plugins that the program was not built with. Code of an audit behind its first pause is under no limit.
 */
export function guardPlugin(
  plugin: AnyRegionPlugin,
  { limit = limitMs, onFailure }: { readonly limit?: number; onFailure?(failure: VdeError): void } = {},
): AnyRegionPlugin {
  let stopped: VdeError | undefined;
  const guard = <T>(member: string, run: () => T): T => {
    if (stopped !== undefined) throw stopped;
    try {
      return timed(`${plugin.title}: ${member}`, limit, run);
    } catch (error) {
      // There it is the answer to a mistake in what people gave.
      if (error instanceof RangeError && (member === 'empty' || member.startsWith('verb'))) throw error;
      const failure = isVdeError(error) ? error : failureOf(plugin, member, error);
      if (failure.code === 'pluginFailed') onFailure?.(failure);
      if (Object.hasOwn(quiet, member) || isEndless(failure)) stopped = failure;
      throw failure;
    }
  };
  const guarded: Record<string, unknown> = { ...plugin };
  for (const [member, value] of Object.entries(plugin) as [string, unknown][]) {
    if (typeof value !== 'function') continue;
    const call = (...args: unknown[]) => guard(member, () => listed(member, value.apply(plugin, args)));
    guarded[member] = Object.hasOwn(quiet, member) ? orElse(quiet[member], call) : call;
  }
  guarded['describe'] = (state: unknown) =>
    guardDescription(
      guard('describe', () => plugin.describe(state)),
      guard,
    );
  if (plugin.audit)
    guarded['audit'] = (...args: Parameters<NonNullable<AnyRegionPlugin['audit']>>) =>
      guardAudit(
        guard('audit', () => plugin.audit!(...args)),
        guard,
      );
  if (plugin.residues)
    guarded['residues'] = (state: unknown) =>
      guardSearch(
        guard('residues', () => plugin.residues!(state)),
        guard,
      );
  if (plugin.verbs) guarded['verbs'] = guardVerbs(plugin.verbs, guard);
  return Object.freeze(guarded) as unknown as AnyRegionPlugin;
}

function failureOf({ title }: AnyRegionPlugin, member: string, cause: unknown): VdeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new VdeError('pluginFailed', `${title}: ${member} failed: ${why}`, { cause });
}

const isEndless = ({ cause }: VdeError): boolean =>
  (cause as { code?: unknown } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** A trace is walked through under the limit of its call. */
const listed = (member: string, result: unknown): unknown =>
  member === 'trace' ? [...(result as Iterable<unknown>)] : result;

function orElse<Args extends readonly unknown[]>(fallback: unknown, call: (...args: Args) => unknown) {
  return (...args: Args): unknown => {
    try {
      return call(...args);
    } catch {
      return fallback;
    }
  };
}

type Verbs = NonNullable<AnyRegionPlugin['verbs']>;
type Guard = <T>(member: string, run: () => T) => T;

function guardDescription(description: Description, guard: Guard): Description {
  return { ...description, tables: description.tables.map((table) => guardTable(table, guard)) };
}

function guardSearch(search: ResidueSearch | undefined, guard: Guard): ResidueSearch | undefined {
  return search && { ...search, find: (bytes) => guard('residues', () => [...search.find(bytes)]) };
}

function guardVerbs({ prefix, commands }: Verbs, guard: Guard): Verbs {
  const guarded = Object.entries(commands).map(([name, verb]): [string, Verbs['commands'][string]] => [
    name,
    { ...verb, run: (...args) => guard(`verb ${name}`, () => verb.run(...args)) },
  ]);
  return { prefix, commands: Object.fromEntries(guarded) };
}

/** Cells are read a page at a time. */
function guardTable(table: Table, guard: Guard): Table {
  let page = -1;
  let cells: ReturnType<Table['cell']>[][] = [];
  const read = (row: number): void => {
    page = Math.floor(row / pageRows);
    const first = page * pageRows;
    const count = Math.min(pageRows, table.rowCount - first);
    cells = guard(`table ${table.id}`, () =>
      Array.from({ length: count }, (_, i) => table.columns.map(({ id }) => table.cell(first + i, id))),
    );
  };
  const column = table.column?.bind(table);
  const locate = table.locate?.bind(table);
  return {
    ...table,
    cell(row, columnId) {
      if (!Number.isInteger(row) || row < 0 || row >= table.rowCount)
        throw new RangeError(`row ${row} of ${table.rowCount}`);
      if (Math.floor(row / pageRows) !== page) read(row);
      const index = table.columns.findIndex(({ id }) => id === columnId);
      if (index < 0) throw new RangeError(`table ${table.id} has no column "${columnId}"`);
      return cells[row % pageRows]![index]!;
    },
    ...(column && { column: (...args) => guard(`table ${table.id}`, () => column(...args)) }),
    ...(locate && { locate: (...args) => guard(`table ${table.id}`, () => locate(...args)) }),
  };
}

async function* guardAudit(findings: AsyncIterable<Finding>, guard: Guard): AsyncGenerator<Finding> {
  const iterator = findings[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await guard('audit', () => iterator.next());
    if (done) return;
    yield value;
  }
}
