// examples/append.ts
import { decodeRegion, encodeRegion, geometryOf, isVdeError, ticksFromDate } from '@vde/format';
import { capacityOf, dataBlockOf, requireExtension, WormLog, worm } from '@vde/region-worm-immutable';

// A region for a slot of 64 blocks, to be kept for a year after its last write.
const blockSize = 4096;
const geometry = geometryOf(blockSize);
const year = 365n * 24n * 3600n * 10_000_000n;
const now = ticksFromDate(new Date('2025-01-01'));
const log = new WormLog({
  totalCapacityBlocks: capacityOf(64, geometry),
  createdUtcTicks: now,
  retentionPeriodTicks: year,
});

// The log takes length and hash; the data go into the block that it names, before the log is committed.
const index = log.append(new TextEncoder().encode('hello worm'), { now, blockSize });
const block = dataBlockOf(log, index, 64, geometry);
console.log(index, block, log.freeBlocks, log.canRelease(now)); // 0 2 61n false

// What is written stays.
export const refused: string[] = [];
try {
  log.write(0, new Uint8Array(), { now, blockSize });
} catch (error) {
  if (isVdeError(error)) refused.push(error.code); // wormViolation
}
try {
  log.extendRetention(year - 1n);
} catch (error) {
  if (isVdeError(error)) refused.push(error.code); // retentionShortened
}
console.log(refused);

// Bare blocks of the region. In an image: const { state } = await image.region(worm)
const blocks = encodeRegion(worm, log, { blockSize, generation: 1 });
const { state: read } = decodeRegion(worm, blocks, { blockSize });
requireExtension(log, read); // throws unless all old records are there, unchanged
export const writes = read.writeCount;
console.log(writes); // 1
