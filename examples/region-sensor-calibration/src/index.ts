import {
  defineRegion,
  f64,
  type Infer,
  PackedRecords,
  packedTable,
  pad,
  record,
  table,
  ticks,
  u16,
  u32,
} from '@vde/format';

const Header = record('CalibrationHeader', { calibrationCount: u32, reserved: pad(12) });

/** One calibration: a reading is corrected to `gain * reading + offset` from its time on. */
export const Calibration = record('Calibration', { sensorId: u16, validFromUtcTicks: ticks, gain: f64, offset: f64 });
export type Calibration = Infer<typeof Calibration>;

/** The state of the region: calibrations in the order in which they were made. */
export interface Calibrations {
  readonly calibrations: PackedRecords<Calibration>;
}

const rows = table({ id: 'calibrations', header: Header, item: Calibration, count: 'calibrationCount' }).packed();

/** A region of a third party under a type of its own, `CALB`. */
export const sensorCalibration = defineRegion<Calibrations>({
  id: 'sensor-calibration',
  title: 'Sensor calibration',
  blockTag: 'CALB',
  slotTypes: ['CALB'],
  codes: {
    uselessGain: {
      severity: 'warning',
      explain: 'A calibration has a gain of 0 or one that is no number: every reading of the sensor becomes the same.',
    },
  },
  empty: () => ({ calibrations: new PackedRecords(Calibration) }),
  decode: (reader) => ({ calibrations: rows.read(reader).items }),
  requiredBlocks: ({ calibrations }, geometry) => rows.requiredBlocks(calibrations, geometry),
  encode: ({ calibrations }, writer) => rows.write({ header: {}, items: calibrations }, writer),
  trace: rows.trace,
  verify({ calibrations }, reader) {
    const gain = calibrations.reader('gain');
    const field = Calibration.field('gain');
    for (let i = 0; i < calibrations.length; i++) {
      if (gain(i) !== 0 && !Number.isNaN(gain(i))) continue;
      const { block, offset } = rows.locate(i, reader.geometry);
      reader.report('uselessGain', `calibration ${i} has the gain ${gain(i)}`, {
        block,
        offset: offset + field.offset,
        length: field.type.size,
        path: `calibrations[${i}].gain`,
      });
    }
  },
  describe: ({ calibrations }) => ({
    summary: [{ id: 'calibrationCount', kind: 'u32', value: calibrations.length }],
    tables: [packedTable('calibrations', calibrations, rows.locate)],
    counts: [{ id: 'sensors', title: 'Calibrations by sensor', table: 'calibrations', by: 'sensorId' }],
  }),
});
