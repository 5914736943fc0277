// Exports of a metrics log as people run them: the program from its start to its end, the file on disk included.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, timeProcess } from '../measure.mjs';

const tool = fileURLToPath(new URL('../../apps/inspector/bin/vde.js', import.meta.url));
const bundle = new URL('../../apps/inspector/dist/cli.js', import.meta.url);
const blockSize = 4096;

/** Rows: each form, and a filter that lets nothing through, in millions of samples a second. */
export async function* rows({ folder, quick }) {
  if (!existsSync(bundle)) return console.log('vde export: the inspector is not built, left out');
  const count = quick ? 10_000 : 1_000_000;
  const path = join(folder, 'samples.bin');
  writeFileSync(path, await samples(count));
  const shared = { unit: 'M rows/s', better: 'more', rounds: quick ? 1 : 5, scale: 'sha' };
  const row = (what, options, value) => ({
    ...shared,
    name: `vde export ${what}, ${count.toLocaleString('en-US')} samples`,
    ours: () => count / 1000 / timeProcess(process.execPath, [tool, 'export', path, ...asExtract, ...options(folder)]),
    ...(value !== undefined && { targets: [{ value }] }),
  });
  yield row('csv', (to) => ['-o', join(to, 'samples.csv')], 1);
  yield row('parquet', (to) => ['--to', 'parquet', '-o', join(to, 'samples.parquet')], 0.5);
  yield row('jsonl', (to) => ['--to', 'jsonl', '-o', join(to, 'samples.jsonl')]);
  yield row('csv --where', (to) => ['--where', 'value > 2 or metricId = 99', '-o', join(to, 'none.csv')]);
}

const asExtract = ['--as', 'metrics-log', '--block-size', String(blockSize)];

/** A sealed metrics log: forty metrics a second apart, values with all their digits. */
async function samples(count) {
  const { encodeRegion } = await built('packages/format/dist/index.js');
  const { MetricsLog, metricsLog } = await built('packages/region-metrics-log/dist/index.js');
  const log = new MetricsLog({ maxCapacitySamples: 100_000_000 });
  for (let i = 0; i < count; i++) {
    const timestampUtcTicks = 638712864000000000n + BigInt(i) * 10_000_000n;
    log.record({ metricId: i % 40, timestampUtcTicks, value: Math.sin(i), aggregationType: i % 7 });
  }
  if (log.samples.length !== count) throw new Error(`the log has ${log.samples.length} samples`);
  return encodeRegion(metricsLog, log, { blockSize, generation: 1 });
}
