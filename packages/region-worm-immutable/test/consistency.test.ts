import { PackedRecords } from '@vde/format';
import { seededRandom } from '@vde/testing';
import { expect, it } from 'vitest';
import { findInconsistencies } from '../src/consistency.ts';
import { WriteRecord } from '../src/index.ts';
import { synthetic } from './logs.ts';

const edges = [0n, 1n, -1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)];

/** The rules of section 4 on plain objects. */
function faultsOf(createdUtcTicks: bigint, records: readonly WriteRecord[], payloadSize: number): string[] {
  return records.flatMap(({ blockIndex, dataLength, timestampUtcTicks }, i) => {
    const before = records[i - 1]?.timestampUtcTicks ?? createdUtcTicks;
    return [
      ...(blockIndex === BigInt(i) ? [] : [`${i} blockIndex error`]),
      ...(dataLength >= 0 && dataLength <= payloadSize ? [] : [`${i} dataLength error`]),
      ...(timestampUtcTicks >= before ? [] : [`${i} timestampUtcTicks warning`]),
    ];
  });
}

it('finds the records that a slow look at each finds', () => {
  const random = seededRandom(5);
  const below = (n: number) => Math.floor(random() * n);
  const edge = () => edges[below(edges.length)]!;
  let faulty = 0;
  for (let run = 0; run < 5000; run++) {
    const payloadSize = 496;
    const createdUtcTicks = edge();
    let time = createdUtcTicks;
    const records = Array.from({ length: below(6) }, (_, i): WriteRecord => {
      const forward = edge();
      time = random() < 0.1 || forward < time ? (random() < 0.8 ? time : forward) : forward;
      const dataLength = random() < 0.9 ? below(497) : [-1, 497, 2 ** 31 - 1, -(2 ** 31)][below(4)]!;
      const blockIndex = random() < 0.9 ? BigInt(i) : edge();
      return { ...synthetic(0), blockIndex, dataLength, timestampUtcTicks: time };
    });
    const marks = {
      highWaterMark: BigInt(records.length),
      totalCapacityBlocks: 9n,
      retentionPeriodTicks: 0n,
      createdUtcTicks,
    };
    const found = findInconsistencies(marks, PackedRecords.from(WriteRecord, records), payloadSize);
    const faults = faultsOf(createdUtcTicks, records, payloadSize);
    expect(Array.from(found, ({ index, field, severity }) => `${index} ${field} ${severity}`)).toEqual(faults);
    if (faults.length > 0) faulty++;
  }
  expect(faulty).toBeGreaterThan(1000);
  expect(faulty).toBeLessThan(4500);
});
