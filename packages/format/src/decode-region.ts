import { blockCodes } from './codes.ts';
import { isVdeError, VdeError } from './errors.ts';
import type { Finding, FindingPlace } from './finding.ts';
import type { AnyRegionPlugin, BlockWindow, RegionPlugin, TraceRange } from './region.ts';
import { type CoreReader, openRegion, type ReadOptions } from './region-reader.ts';

/** Whether anything was ever written into a region (page 01, 3.4). */
export type RegionForm = 'uninitialised' | 'formattedEmpty' | 'written';

/** A decoded region. */
export interface DecodedRegion<State> {
  /** `undefined` only in lenient reading, when nothing could be decoded. */
  readonly state: State;
  /** Generation in the trailer of block 0. */
  readonly generation: number;
  readonly form: RegionForm;
  /** Errors were found: records may be missing or wrong, and putting the state back needs `acceptLoss`. */
  readonly partial: boolean;
  /** Findings with blocks relative to the region. */
  readonly findings: readonly Finding[];
}

/**
 * Decodes bare region blocks, trailers included. Strict (default) throws on the first error; lenient collects findings and
 * never throws because of data, and `state` is undefined where nothing can be decoded.
 * @throws VdeError with a code of the plugin or of `blockCodes`. @throws RangeError for a wrong block size or cut blocks.
 */
export function decodeRegion<State>(
  plugin: RegionPlugin<State>,
  blocks: Uint8Array,
  options: ReadOptions & { readonly lenient: true },
): DecodedRegion<State | undefined>;
export function decodeRegion<State>(
  plugin: RegionPlugin<State>,
  blocks: Uint8Array,
  options: ReadOptions,
): DecodedRegion<State>;
export function decodeRegion<State>(
  plugin: RegionPlugin<State>,
  blocks: Uint8Array,
  options: ReadOptions,
): DecodedRegion<State | undefined> {
  const reader = openRegion(plugin, blocks, options);
  const form = formOf(reader);
  const state = guarded(plugin, reader, options.lenient === true, () => decodeForm(plugin, reader, form));
  const partial = reader.findings.some((finding) => finding.severity === 'error');
  return {
    state,
    generation: form === 'uninitialised' ? 0 : reader.generation,
    form,
    partial,
    findings: reader.findings,
  };
}

function formOf(reader: CoreReader): RegionForm {
  const first = reader.state(0);
  return first === 'hole' ? 'uninitialised' : first;
}

function decodeForm<State>(plugin: RegionPlugin<State>, reader: CoreReader, form: RegionForm): State {
  if (form === 'written') {
    const state = plugin.decode(reader);
    plugin.verify?.(state, reader);
    return state;
  }
  if (form === 'formattedEmpty') reader.payload(0);
  else reportLostHeader(reader);
  return plugin.empty({}, reader);
}

/** A hole in front of blocks that verify as this region's is a lost header, not a region that was never written. */
function reportLostHeader(reader: CoreReader): void {
  for (let block = 1; block < reader.loadedCount; block++) {
    if (!reader.isOfThisWrite(block)) continue;
    reader.report('truncated', `block 0 is all zero, but block ${block} holds data of this region`, { block: 0 });
    return;
  }
}

/** Runs plugin code: what it throws because of data becomes a finding when reading leniently. */
function guarded<T>(plugin: AnyRegionPlugin, reader: CoreReader, lenient: boolean, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    const known = isVdeError(error)
      ? error
      : new VdeError('pluginFailed', `${plugin.title}: ${error}`, { cause: error });
    if (!lenient) throw known;
    const details = (known.details ?? {}) as FindingPlace;
    const severity = { ...blockCodes, ...plugin.codes }[known.code]?.severity ?? 'error';
    (reader.findings as Finding[]).push({ ...details, code: known.code, severity, message: known.message });
    return undefined;
  }
}

/** The field ranges of bare region blocks, for hex views. Never throws because of data. */
export function* traceRegion(
  plugin: AnyRegionPlugin,
  blocks: Uint8Array,
  options: ReadOptions & { readonly window?: BlockWindow },
): Generator<TraceRange, void, undefined> {
  const reader = openRegion(plugin, blocks, { ...options, lenient: true });
  if (reader.state(0) !== 'written') return;
  yield* plugin.trace(reader, options.window ?? { first: 0, count: reader.loadedCount });
}
