import {
  defineRegion,
  incompatibleFeatures,
  isoFromTicks,
  packedTable,
  type RegionPlace,
  type RegionReader,
  slotFlags,
  summaryOf,
  VdeError,
} from '@vde/format';
import { auditWorm } from './audit.ts';
import { wormLogCodes } from './codes.ts';
import { findInconsistencies, type Inconsistency } from './consistency.ts';
import { capacityOf } from './data-blocks.ts';
import { requireExtension } from './extension.ts';
import { WormHeader, WriteRecord } from './records.ts';
import { logBlocks, rows } from './rows.ts';
import { wormCommands } from './verbs.ts';
import { wormTag } from './verify-block.ts';
import { WormLog, type WormSettings } from './worm-log.ts';

/** The write-once region, tag `WORM` (page region-worm-immutable). Options of `empty` are those of {@link WormSettings}. */
export const worm = /* @__PURE__ */ defineRegion<WormLog>({
  id: 'worm-immutable',
  title: 'WORM region',
  blockTag: wormTag,
  slotTypes: [wormTag],
  slotFlags: slotFlags.worm,
  incompatibleFeatures: incompatibleFeatures.wormRegionActive,
  anchored: {
    dataBlocks: (log) => Number(log.totalCapacityBlocks),
    headerBlocks: (log, geometry) => logBlocks(Number(log.totalCapacityBlocks), geometry),
    isLive: (log, index) => log.isImmutable(index),
  },
  requireNext: requireExtension,
  requireRemovable(log, now) {
    if (log.canRelease(now)) return;
    const until = log.retainedUntil;
    const message = `the region must be kept ${until === 'forever' ? 'forever' : `until ${isoFromTicks(until) ?? until}`}`;
    throw new VdeError('wormViolation', message, { details: { rule: 'retention' } });
  },
  codes: wormLogCodes,
  empty: (options, place) => new WormLog({ ...defaultsFor(place), ...options }),
  emptyOptions: {
    totalCapacityBlocks: { summary: 'data blocks that can be written', kind: 'number' },
    retentionPeriodTicks: { summary: 'how long it must be kept, in ticks of 100 ns; 0 is forever', kind: 'bigint' },
  },
  span(first, geometry) {
    const { offset, type } = WormHeader.field('writeLogCount');
    return logBlocks(type.get(first, offset), geometry);
  },
  decode(reader): WormLog {
    const { header, items } = rows.read(reader);
    return WormLog.ofStored(header, items);
  },
  requiredBlocks: (log, geometry) => rows.requiredBlocks(log.stored, geometry),
  encode: (log, writer) => rows.write({ header: log.header, items: log.stored }, writer),
  expect: () => ({ tag: wormTag }),
  trace: rows.trace,
  verify: checkLog,
  audit: auditWorm,
  describe(log) {
    const until = log.retainedUntil;
    return {
      summary: [
        ...summaryOf(WormHeader, { ...log.header, writeLogCount: log.writeCount }),
        { id: 'freeBlocks', kind: 'i64', value: log.freeBlocks },
        { id: 'retainedUntil', kind: 'ticks', value: until === 'forever' ? null : until },
      ],
      tables: [packedTable('writes', log.stored, rows.locate)],
      gauges: [
        { id: 'written', title: 'Written', value: log.highWaterMark, max: log.totalCapacityBlocks, unit: 'blocks' },
      ],
      charts: [{ id: 'lengths', title: 'Data by time', table: 'writes', x: 'timestampUtcTicks', y: 'dataLength' }],
    };
  },
  verbs: { prefix: 'worm', commands: wormCommands },
});

/** The largest region that can be edited in place; one that can only be read where that is none. */
function defaultsFor({ blockCount, geometry, now = 0n }: RegionPlace): WormSettings {
  const capacity = capacityOf(blockCount, geometry) || capacityOf(blockCount, geometry, 1) || 1;
  return { totalCapacityBlocks: capacity, createdUtcTicks: now };
}

/** The rules of section 4. */
function checkLog(log: WormLog, reader: RegionReader): void {
  const { totalCapacityBlocks } = log;
  if (totalCapacityBlocks < 1n) {
    const place = {
      ...placeOf({ field: 'totalCapacityBlocks' }, reader),
      expected: 'at least 1',
      actual: totalCapacityBlocks,
    };
    reader.report('badField', `totalCapacityBlocks is ${totalCapacityBlocks}, expected at least 1`, place);
  }
  for (const found of findInconsistencies(log.header, log.stored, reader.geometry.payloadSize)) {
    const { message, severity, expected, actual } = found;
    reader.report('wormInconsistent', message, { ...placeOf(found, reader), severity, expected, actual });
  }
}

function placeOf({ field, index }: Pick<Inconsistency, 'field' | 'index'>, { geometry }: RegionReader) {
  if (index === undefined) {
    const { offset, type } = WormHeader.field(field);
    return { block: 0, offset, length: type.size, path: field };
  }
  const { block, offset: start } = rows.locate(index, geometry);
  const { offset, type } = WriteRecord.field(field);
  return { block, offset: start + offset, length: type.size, path: `writes[${index}].${field}` };
}
