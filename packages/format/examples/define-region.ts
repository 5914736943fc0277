// examples/define-region.ts
import {
  decodeRegion,
  defineRegion,
  encodeRegion,
  f64,
  type Infer,
  PackedRecords,
  packedTable,
  pad,
  record,
  table,
  ticks,
  ticksFromDate,
  u16,
  u32,
} from '@vde/format';

// Names, order and types of the fields are the format: offsets follow from them.
const Header = record('ProbeHeader', { readingCount: u32, probeId: u16, reserved: pad(10) });
export const Reading = record('Reading', { takenUtcTicks: ticks, kelvin: f64 });
export type Reading = Infer<typeof Reading>;

export interface ProbeLog {
  readonly probeId: number;
  readonly readings: PackedRecords<Reading>;
  readonly reserved?: Uint8Array;
}

const rows = table({ id: 'readings', header: Header, item: Reading, count: 'readingCount' }).packed();

export const probeLog = defineRegion<ProbeLog>({
  id: 'probe-log',
  title: 'Probe log',
  blockTag: 'PROB',
  slotTypes: ['PROB'],
  codes: { belowZero: { severity: 'warning', explain: 'A reading lies below absolute zero: the probe is broken.' } },
  empty: () => ({ probeId: 0, readings: new PackedRecords(Reading) }),
  decode(reader): ProbeLog {
    const { header, items } = rows.read(reader);
    const { readingCount: _, ...rest } = header;
    return { ...rest, readings: items };
  },
  requiredBlocks: ({ readings }, geometry) => rows.requiredBlocks(readings, geometry),
  encode: ({ readings, ...header }, writer) => rows.write({ header, items: readings }, writer),
  trace: rows.trace,
  verify({ readings }, reader) {
    const kelvin = readings.reader('kelvin');
    for (let i = 0; i < readings.length; i++) {
      if (kelvin(i) >= 0) continue;
      const place = { ...rows.locate(i, reader.geometry), path: `readings[${i}].kelvin`, actual: kelvin(i) };
      reader.report('belowZero', `reading ${i} is ${kelvin(i)} K`, place);
    }
  },
  describe: ({ probeId, readings }) => ({
    summary: [{ id: 'probeId', kind: 'u16', value: probeId }],
    tables: [packedTable('readings', readings, rows.locate)],
  }),
});

const takenUtcTicks = ticksFromDate(new Date('2026-01-01T00:00:00Z'));
const readings = PackedRecords.from(Reading, [
  { takenUtcTicks, kelvin: 293.5 },
  { takenUtcTicks: takenUtcTicks + 600_000_000n, kelvin: -1 },
]);
const blocks = encodeRegion(probeLog, { probeId: 7, readings }, { blockSize: 512, generation: 1 });

// Strict reading throws on errors. A warning is no error.
const { state, findings } = decodeRegion(probeLog, blocks, { blockSize: 512 });
console.log(state.probeId, state.readings.at(0).kelvin); // 7 293.5
for (const { code, message } of findings) console.log(code, message); // belowZero Probe log: reading 1 is -1 K

// Lenient reading never throws because of data: damage is a finding, too.
blocks[30] = 0xff;
const damaged = decodeRegion(probeLog, blocks, { blockSize: 512, lenient: true });
export const codes = damaged.findings.map(({ code }) => code);
console.log(codes, damaged.partial); // [ 'badTrailer', 'belowZero' ] true
