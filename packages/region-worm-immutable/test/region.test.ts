import { isZero, PackedRecords } from '@vde/format';
import { randomBytes, testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion, goldenRegions } from '../../testing/test/golden-files.ts';
import { WriteRecord, worm } from '../src/index.ts';
import { WormLog } from '../src/worm-log.ts';

const ticks = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Records that stand at their index. Times that run backwards and negative retentions are warnings. */
const writes = fc
  .array(fc.record({ timestampUtcTicks: ticks, dataLength: fc.nat({ max: 496 }), seed: fc.nat() }), {
    maxLength: 60,
    size: 'max',
  })
  .map((all) =>
    PackedRecords.from(
      WriteRecord,
      all.map(({ seed, ...rest }, i) => ({ blockIndex: BigInt(i), ...rest, contentHash: randomBytes(32, seed) })),
    ),
  );

const logs: fc.Arbitrary<WormLog> = fc
  .record({
    writes,
    room: fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 2n ** 62n })),
    retentionPeriodTicks: fc.oneof(ticks, fc.constantFrom(0n, 1n, -1n)),
    createdUtcTicks: ticks,
    reserved: fc.option(fc.nat(), { nil: undefined }),
  })
  .map(({ writes: all, room, reserved: seed, ...header }) => {
    const highWaterMark = BigInt(all.length);
    const totalCapacityBlocks = highWaterMark + room || 1n;
    const reserved = seed === undefined ? new Uint8Array(4) : randomBytes(4, seed);
    const stored = { ...header, highWaterMark, totalCapacityBlocks, ...(!isZero(reserved) && { reserved }) };
    return WormLog.ofStored(stored, all);
  });

testRegion(worm, {
  states: logs,
  fixtures: () => goldenRegions('worm-immutable'),
  notOurs: () => [
    goldenRegion('compliance-vault', 'many.512'),
    goldenRegion('streaming-append', 'one.512'),
    goldenRegion('metrics-log', 'one.512'),
  ],
});
