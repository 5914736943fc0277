import { decodeRegion, encodeRegion, PackedRecords } from '@vde/format';
import { arbitraryPacked, testRegion } from '@vde/testing';
import { expect, it } from 'vitest';
import { Calibration, sensorCalibration } from '../src/index.ts';

testRegion(sensorCalibration, {
  states: arbitraryPacked(Calibration, { maxLength: 120 }).map((calibrations) => ({ calibrations })),
});

it('names a calibration that makes every reading the same', () => {
  const calibrations = PackedRecords.from(Calibration, [{ sensorId: 1, validFromUtcTicks: 0n, gain: 0, offset: 2 }]);
  const blocks = encodeRegion(sensorCalibration, { calibrations }, { blockSize: 4096, generation: 1 });
  const { findings } = decodeRegion(sensorCalibration, blocks, { blockSize: 4096 });
  expect(findings).toMatchObject([{ code: 'uselessGain', path: 'calibrations[0].gain', offset: 26, length: 8 }]);
});
