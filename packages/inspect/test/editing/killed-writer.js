import { openForEdit } from '@vde/image';
import { openFileDevice } from '@vde/image/node';
import { metricsLog } from '@vde/region-metrics-log';
import { worm } from '@vde/region-worm-immutable';

// Writes for as long as it lives: a sample and a block of data with each edit, and says so when the edit is safe.
const device = await openFileDevice(process.argv[2]);
const image = await openForEdit(device, { regions: [metricsLog, worm] });
for (;;) {
  let written;
  await image.edit(async (tx) => {
    const log = await tx.region(worm);
    const data = new Uint8Array(64).fill(log.writeCount & 0xff);
    tx.writeBlock(worm, log.append(data, { now: tx.now, blockSize: tx.image.blockSize }), data);
    tx.put(worm, log);
    const metrics = await tx.region(metricsLog);
    metrics.record({ metricId: 1, timestampUtcTicks: tx.now, value: log.writeCount });
    tx.put(metricsLog, metrics);
    written = log.writeCount;
  });
  process.stdout.write(`${written}\n`);
}
