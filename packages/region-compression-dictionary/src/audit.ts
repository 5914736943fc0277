import { type AuditContext, blockCodes, collectFindings, type Finding, type Report, toHex } from '@vde/format';
import { compressionDictionaryCodes } from './codes.ts';
import { type CompressionDictionary, entriesOf, writtenEntriesOf } from './directory.ts';
import { findExtentFault, verifyEntry } from './load.ts';
import { type DictionaryExtent, overlap } from './operations.ts';
import { DictionaryEntry, rows } from './records.ts';
import { occupiedSlots } from './written-order.ts';

/** Larger dictionaries are not loaded for a check, bytes: they are held whole in memory. */
const maxAuditBytes = 64 * 1024 * 1024;

/**
 * Compares every dictionary that has a slot with the image: its blocks exist, are its own, and hold the bytes that were registered.
 * @internal
 */
export async function* auditDictionaries(
  directory: CompressionDictionary,
  context: AuditContext,
): AsyncGenerator<Finding, void, undefined> {
  const { findings, report } = collectFindings({ ...blockCodes, ...compressionDictionaryCodes });
  const entries = entriesOf(directory);
  const slots = occupiedSlots(entries).map((index) => ({ entry: entries.at(index), index }));
  const ownBlocks = rows.requiredBlocks(writtenEntriesOf(directory), context.geometry);
  reportOverlaps(slots, ownBlocks, context, report);
  yield* findings.splice(0);
  for (const { entry, index } of slots) {
    context.signal?.throwIfAborted();
    await auditEntry(entry, index, context, report);
    yield* findings.splice(0);
  }
}

async function auditEntry(entry: DictionaryEntry, index: number, context: AuditContext, report: Report): Promise<void> {
  const { dictionarySizeBytes: size } = entry;
  if (size > maxAuditBytes && findExtentFault(entry, context, size) === undefined) {
    const message = `dictionary ${entry.dictId} of ${size} bytes was not compared with its hash`;
    report('unverifiedDictionary', message, placeOf(index, 'dictionarySizeBytes', context));
    return;
  }
  const verdict = await verifyEntry(entry, context, {
    maxBytes: maxAuditBytes,
    ...(context.signal && { signal: context.signal }),
  });
  if (verdict.isGenuine) return;
  const isExtent = verdict.code === 'badExtent';
  const place = placeOf(index, isExtent ? undefined : 'contentHash', context);
  const expected = isExtent ? {} : { expected: toHex(entry.contentHash) };
  report(verdict.code, verdict.message, { ...place, ...expected });
}

/** Extents that share blocks with an earlier one, or with the blocks of the directory itself. */
function reportOverlaps(
  slots: readonly { readonly entry: DictionaryEntry; readonly index: number }[],
  ownBlocks: number,
  context: AuditContext,
  report: Report,
): void {
  const own: DictionaryExtent = { blockOffset: BigInt(context.startBlock), blockCount: ownBlocks };
  slots.forEach(({ entry, index }, i) => {
    const other = slots.slice(0, i).find((earlier) => overlap(earlier.entry, entry));
    const whose = overlap(own, entry) ? 'the directory of dictionaries' : other && `dictionary ${other.entry.dictId}`;
    if (whose === undefined) return;
    const blocks = `${entry.blockOffset} to ${entry.blockOffset + BigInt(entry.blockCount) - 1n}`;
    const message = `dictionary ${entry.dictId} has the blocks ${blocks}, some of which are those of ${whose}`;
    report('overlappingExtents', message, placeOf(index, 'blockOffset', context));
  });
}

/** The place of a dictionary in the region, or of one of its fields. */
function placeOf(index: number, name: keyof DictionaryEntry | undefined, { geometry }: AuditContext) {
  const path = `dictionaries[${index}]`;
  const place = rows.locate(index, geometry);
  if (name === undefined) return { ...place, path };
  const { offset, type } = DictionaryEntry.field(name);
  return { ...place, offset: place.offset + offset, length: type.size, path: `${path}.${name}` };
}
