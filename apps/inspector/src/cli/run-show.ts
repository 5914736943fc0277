import { isVdeError } from '@vde/format';
import {
  type Address,
  boundRows,
  findInTables,
  type Inspection,
  parseAddress,
  type RowRange,
  type ShowModel,
  showJson,
  showLines,
} from '@vde/inspect';
import { type Call, tool } from './call.ts';
import { nearestOf } from './nearest.ts';
import { withInspection } from './open.ts';
import { parseRecords, usageError } from './options.ts';
import { print } from './print.ts';
import { renderShow } from './render/show.ts';

export function run(call: Call): Promise<number> {
  const address = addressOf(call);
  const records = call.text('records');
  const range = records === undefined ? undefined : parseRecords(records);
  return withInspection(call, call.args[0]!, async (inspection) => {
    const model = await suggesting(inspection, address, () => inspection.show(address));
    const matches = matchesOf(call, model, range);
    const choice = { ...(range ?? { first: 0 }), ...(matches && { matches }) };
    const look = { ...(range && { range }), ...(matches && { matches }) };
    await print(call, {
      human: () => renderShow(model, call.style, { ...look, isQuiet: call.isQuiet, isVerbose: call.isVerbose }),
      json: () => showJson(model, tool, choice),
      lines: () => showLines(model, tool, choice),
    });
    if (model.findings.some(({ severity }) => severity === 'error')) return 2;
    if (matches) return [...matches.values()].every(({ length }) => length === 0) ? 1 : 0;
    return range && model.tables.length > 0 && model.tables.every(({ rowCount }) => isEmpty(range, rowCount)) ? 1 : 0;
  });
}

/** The records that `--where` lets through. @throws VdeError `badFilter`, or `usage` where there are no records. */
function matchesOf(call: Call, { tables, title, address }: ShowModel, range: RowRange | undefined) {
  const where = call.text('where');
  if (where === undefined) return undefined;
  if (tables.length === 0) throw usageError(`--where: ${title} has no records`, `vde show ${call.args[0]} ${address}`);
  return suggestingName(() => findInTables(tables, where, range));
}

function isEmpty(range: Parameters<typeof boundRows>[0], rowCount: number): boolean {
  const { first, end } = boundRows(range, rowCount);
  return first >= end;
}

/** The address of a call; of an extract it may be left out. @throws VdeError `usage`, `badAddress`. */
export function addressOf(call: Call): Address {
  const text = call.args[1];
  const region = call.text('as');
  if (text !== undefined) return parseAddress(text);
  if (region !== undefined) return { base: { kind: 'region', type: region, n: 0 } };
  throw usageError(
    `vde ${call.command.name}: an address is needed`,
    `vde ${call.command.name} ${call.args[0]} sb, or dir, b:12, r:TYPE; vde ls lists the regions`,
  );
}

/** Runs `find`; where the address names a region that the image lacks, the failure names the nearest of those it has. */
export async function suggesting<T>(inspection: Inspection, { base }: Address, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    const isKnown =
      !isVdeError(error, 'addressNotFound') || (error.details as { nearest?: string }).nearest !== undefined;
    if (isKnown || base.kind !== 'region') throw error;
    const slots = await inspection.slots();
    const names = new Set(slots.flatMap(({ type, id }) => (id === null ? [type] : [type, id])));
    const nearest = nearestOf(base.type, names);
    const hint = nearest === undefined ? `one of ${[...names].join(', ')}` : `r:${nearest}`;
    Object.assign(error.details as object, { hint });
    throw error;
  }
}

/** Runs `read`; where a filter has a name that is none, the failure names the nearest of those that are. */
export function suggestingName<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isVdeError(error, 'badFilter')) {
      const { found, names = [] } = error.details;
      Object.assign(error.details, { hint: nearestOf(found, names) });
    }
    throw error;
  }
}
