import { setImmediate } from 'node:timers/promises';
import { type Table, type TableColumn, VdeError } from '@vde/format';
import {
  type Address,
  csvExport,
  type ExportPage,
  exportPages,
  formatAddress,
  jsonlExport,
  parseFilter,
  type RowFilter,
  type ShowModel,
  type TextExport,
} from '@vde/inspect';
import type { Call } from './call.ts';
import { nearestOf } from './nearest.ts';
import { withInspection } from './open.ts';
import { usageError } from './options.ts';
import { Progress } from './progress.ts';
import { addressOf, suggesting, suggestingName } from './run-show.ts';

/** What is written: rows and columns of a table of what was decoded. */
interface Job {
  readonly model: ShowModel;
  readonly table: Table;
  readonly columns: readonly TableColumn[];
  readonly filter: RowFilter | undefined;
}

/** Writes pages of rows as they come. */
interface Sink {
  page(page: ExportPage): Promise<void>;
  end?(): Promise<void>;
}

export function run(call: Call): Promise<number> {
  requireForm(call);
  const address = wholeTable(call, addressOf(call));
  return withInspection(call, call.args[0]!, async (inspection) => {
    const model = await suggesting(inspection, address, () => inspection.show(address));
    const table = tableOf(call, model);
    const columns = columnsOf(call, table);
    const where = call.text('where');
    const filter = where === undefined ? undefined : suggestingName(() => parseFilter(where, table.columns));
    await writeRows(call, { model, table, columns, filter });
    return tellDamage(call, model);
  });
}

/** @throws VdeError `usage`. */
function requireForm(call: Call): void {
  if (call.format !== 'human')
    throw usageError(`--format ${call.format}: the form of an export is chosen with --to`, '--to jsonl');
  if (call.text('to') === 'parquet' && call.io.stdout.isTTY && call.text('output') === undefined)
    throw usageError('a Parquet file is not for a terminal', '-o FILE, or a pipe');
}

/** @throws VdeError `usage` for an address of less than a structure. */
function wholeTable(call: Call, address: Address): Address {
  const { base, ...rest } = address;
  if (Object.keys(rest).length === 0) return address;
  const table = rest.record?.table;
  throw usageError(
    `${formatAddress(address)}: an export is of a whole table`,
    `vde export ${call.args[0]} ${formatAddress({ base })}${table === undefined ? '' : ` --table ${table}`}`,
  );
}

/** @throws VdeError `usage` where there is no such table, or the code of what kept the region from being decoded. */
function tableOf(call: Call, { tables, findings, title, address }: ShowModel): Table {
  const id = call.text('table');
  const ids = tables.map((table) => table.id);
  const error = findings.find(({ severity }) => severity === 'error');
  if (tables.length === 0 && error) throw new VdeError(error.code, `${address}: nothing can be read: ${error.message}`);
  if (tables.length === 0) throw usageError(`${address}: ${title} has no table`, `vde show ${call.args[0]} ${address}`);
  if (id === undefined && tables.length > 1)
    throw usageError(`${address}: ${title} has several tables: ${ids.join(', ')}`, `--table ${ids[0]}`);
  const table = id === undefined ? tables[0] : tables.find((candidate) => candidate.id === id);
  if (table !== undefined) return table;
  throw usageError(`--table "${id}": ${title} has ${ids.join(', ')}`, `--table ${nearestOf(id!, ids) ?? ids[0]}`);
}

/** The columns that were asked for, in this order. @throws VdeError `usage`. */
function columnsOf(call: Call, { id, columns }: Table): readonly TableColumn[] {
  const names = call.list('columns');
  if (names.length === 0) return columns;
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw usageError(`--columns: ${twice} is named twice`);
  return names.map((name) => {
    const column = columns.find((candidate) => candidate.id === name);
    if (column !== undefined) return column;
    const all = columns.map((candidate) => candidate.id);
    throw usageError(`--columns "${name}": ${id} has ${all.join(', ')}`, nearestOf(name, all));
  });
}

async function writeRows(call: Call, job: Job): Promise<void> {
  const { model, table } = job;
  const { length: total } = model.range;
  const sink = await sinkOf(call, job);
  const progress = new Progress(call, 'exporting');
  try {
    for (const page of exportPages(table, job)) {
      await sink.page(page);
      if (call.out.closed) return;
      progress.update({ done: Math.round((total * page.done) / table.rowCount), total });
      // Rows that match nothing write nothing: an interrupt must get its turn.
      await setImmediate();
    }
    await sink.end?.();
    await call.out.flush();
  } finally {
    progress.end();
  }
}

async function sinkOf(call: Call, { table, columns }: Job): Promise<Sink> {
  if (call.text('to') === 'parquet') {
    const { ParquetExport } = await import('./export-parquet.ts');
    return new ParquetExport(call.out, table, columns);
  }
  const form: TextExport = call.text('to') === 'jsonl' ? jsonlExport(columns) : csvExport(columns);
  await call.out.write(form.head);
  return { page: (page) => call.out.write(form.page(page)) };
}

/** Says that something is missing or wrong in what was written, and gives the exit code. */
async function tellDamage(call: Call, { findings, address }: ShowModel): Promise<number> {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return 0;
  if (call.out.closed) return 2;
  const others = errors.length > 1 ? ` and ${errors.length - 1} more` : '';
  const { yellow, dim } = call.errorStyle;
  const hint = call.isQuiet ? '' : `${dim('try:')} vde check ${call.args[0]}\n`;
  const what = `${address} is damaged: ${first.code} at ${first.address}${others}; what can be read was exported`;
  await call.io.stderr.write(`${yellow('vde:')} ${what}\n${hint}`).catch(() => {});
  return 2;
}
