// examples/edit.ts
import { isVdeError } from '@vde/format';
import { createImage, memoryDevice, openForEdit, overlayDevice } from '@vde/image';
import { metricsLog } from '@vde/region-metrics-log';

// For a file: await openFileDevice(path), from '@vde/image/node'. It is locked until device.close().
const device = memoryDevice();
await createImage(device, { profile: 'minimal', totalBlocks: 2048 });
const editor = await openForEdit(device);

// An edit is a commit: a crash leaves the image without the region, or with it.
await editor.edit((tx) => tx.add(metricsLog, { blockCount: 8, options: { capacity: 10_000 } }));

// Whatever one edit changes becomes current together.
await editor.edit(async (tx) => {
  const log = await tx.region(metricsLog);
  for (let i = 0; i < 100; i++) log.record({ metricId: 1, timestampUtcTicks: tx.now + BigInt(i), value: i });
  tx.put(metricsLog, log);
});
const { state } = await editor.image.region(metricsLog);
console.log(state.samples.length); // 100

// What cannot be done is refused before the first byte.
export const refused = await editor
  .edit((tx) => tx.move(metricsLog, { blockCount: 5000 }))
  .catch((error: unknown) => isVdeError(error) && error.code);
console.log(refused); // noSpace
await editor.close();

// What would an edit write? On an overlay nothing of it reaches the image.
const trial = overlayDevice(device);
await (await openForEdit(trial)).edit((tx) => tx.remove(metricsLog));
export const syncs = trial.calls.filter(({ kind }) => kind === 'sync').length;
console.log(syncs); // 4
