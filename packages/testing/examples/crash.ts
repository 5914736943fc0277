// examples/crash.ts
import { isVdeError, PackedRecords } from '@vde/format';
import { type BlockDevice, createImage, memoryDevice, memorySource, openForEdit, openImage } from '@vde/image';
import { crashStates, faultyDevice, recordingDevice } from '@vde/testing';
// The plugin of the README of @vde/format; yours comes from '../src/index.ts'.
import { probeLog, Reading } from '../../format/examples/define-region.ts';

const device = memoryDevice();
await createImage(device, { profile: 'minimal', totalBlocks: 1200 });
await (await openForEdit(device)).edit((tx) => tx.add(probeLog, { blockCount: 2 }));
const before = device.bytes.slice();

// The edit under test, and every write and sync that it makes.
const readings = PackedRecords.from(Reading, [{ takenUtcTicks: 0n, kelvin: 293.5 }]);
const edit = async (on: BlockDevice) =>
  (await openForEdit(on)).edit((tx) => tx.put(probeLog, { probeId: 7, readings }));
const recording = recordingDevice(device);
await edit(recording);

// After a crash at any moment the region is as before, or as after.
export const seen = new Set<number>();
const options = { blockSize: 4096, sectorSize: 2048, randomSectors: 50 };
for (const { bytes } of crashStates(before, recording.calls, options)) {
  const image = await openImage(memorySource(bytes));
  seen.add((await image.region(probeLog)).state.probeId);
}
console.log(seen); // Set(2) { 0, 7 }

// A device that fails at each of its operations in turn: the error tells what is known.
export const failed = new Set<string>();
for (let failAt = 0, isDone = false; !isDone; failAt++) {
  const failing = faultyDevice(memoryDevice(before.slice()), { failAt, withReads: true });
  isDone = await edit(failing).then(
    () => true,
    (error: unknown) => !isVdeError(error) || !failed.add(error.code),
  );
}
console.log(failed); // Set(3) { 'readFailed', 'writeFailed', 'outcomeUnknown' }
