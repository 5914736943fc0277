// What changing an image costs beside what the disk takes: commits against bare writes and syncs, and the making of an image.
import { closeSync, openSync, rmSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from '../measure.mjs';

const blockSize = 4096;
const now = 638712864000000000n;
const totalBlocks = 2 ** 30 / blockSize;

/** Rows: an edit, many records in one, opening, creating. */
export async function* rows({ folder, quick }) {
  const kit = {
    ...(await built('packages/image/dist/index.js')),
    ...(await built('packages/image/dist/node/index.js')),
    ...(await built('packages/region-metrics-log/dist/index.js')),
    ...(await built('packages/region-worm-immutable/dist/index.js')),
    path: (name) => join(folder, name),
    edits: quick ? 1 : 10,
    warmUps: quick ? 0 : 1000,
  };
  console.log(`Writing: on ${fileSystemOf(folder)}.`);
  // First: it compiles the code of all rows.
  yield* withoutDisk(kit);
  yield* commits(kit);
  yield* manyRecords(kit, quick ? 100 : 10_000);
  yield* creation(kit);
}

const fileSystems = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlay'],
]);

function fileSystemOf(folder) {
  const { type } = statfsSync(folder);
  return fileSystems.get(type) ?? `a file system of type 0x${type.toString(16)}`;
}

/** Adds a metrics log and a write-once region. */
const addRegions =
  ({ metricsLog, worm }) =>
  (tx) => {
    tx.add(metricsLog, { blockCount: 16 });
    tx.add(worm, { blockCount: 4096 });
  };

/** A new image of 1 GiB with both regions, open for editing on a device that notes what is called. */
async function openNew(kit, name) {
  const { createImage, openFileDevice, openForEdit, path } = kit;
  const file = path(name);
  closeSync(openSync(file, 'wx'));
  const device = await openFileDevice(file);
  await createImage(device, { profile: 'standard', totalBlocks, now });
  const calls = [];
  const editor = await openForEdit(noting(device, calls), { now: () => now });
  await editor.edit(addRegions(kit));
  const close = async () => {
    await device.close();
    rmSync(file);
  };
  return { device, editor, calls, close };
}

/** Appends `count` samples to the metrics log. */
const record = (editor, { metricsLog }, count) =>
  editor.edit(async (tx) => {
    const log = await tx.region(metricsLog);
    for (let i = 0; i < count; i++) log.record({ metricId: i % 8, timestampUtcTicks: now + BigInt(i), value: i });
    tx.put(metricsLog, log);
  });

const data = new Uint8Array(256).map((_, i) => i * 31);

const append = (editor, { worm }) =>
  editor.edit(async (tx) => {
    const log = await tx.region(worm);
    tx.writeBlock(worm, log.append(data, { now, blockSize }), data);
    tx.put(worm, log);
  });

/** Edits of a file against the calls that they make, made again on a file like it. */
async function* commits(kit) {
  for (const { name, edit } of [
    { name: 'edit of a small metrics log', edit: (editor) => record(editor, kit, 1) },
    { name: 'append to a WORM region', edit: (editor) => append(editor, kit) },
  ]) {
    const { editor, calls, close } = await openNew(kit, 'edited.dwvd');
    const other = await openNew(kit, 'replayed.dwvd');
    const bare = await open(kit.path('replayed.dwvd'), 'r+');
    const edits = () => {
      calls.length = 0;
      return each(kit, () => edit(editor));
    };
    try {
      yield {
        name: `${name}, image of 1 GiB`,
        unit: 'ms',
        better: 'less',
        rounds: 31,
        ours: edits,
        peers: { 'bare writes and syncs': async () => (await timeAsync(() => replay(bare, calls))) / kit.edits },
        targets: [{ peer: 'bare writes and syncs', atMost: 1.3 }],
      };
    } finally {
      await bare.close();
      await other.close();
      await close();
    }
  }
}

/** A device that notes the places of its writes, and its syncs. */
function noting(device, calls, sync = () => device.sync()) {
  return {
    name: device.name,
    get size() {
      return device.size;
    },
    read: (offset, into, options) => device.read(offset, into, options),
    write(offset, bytes) {
      calls.push({ offset, length: bytes.length });
      return device.write(offset, bytes);
    },
    sync() {
      calls.push('sync');
      return sync();
    },
    truncate: (size) => device.truncate(size),
  };
}

async function replay(handle, calls) {
  for (const call of calls) {
    if (call === 'sync') await handle.sync();
    else await handle.write(bytesOf(call.length), 0, call.length, call.offset);
  }
}

let filler = new Uint8Array(0);

function bytesOf(length) {
  if (filler.length < length) filler = new Uint8Array(length).fill(0x5a);
  return filler;
}

/** Blocks of the log that gets many records: more than they need. */
const reserve = 128;

/** Records in one commit against one record in one, each from the same empty log. */
async function* manyRecords(kit, count) {
  const many = await openNew(kit, 'many.dwvd');
  const one = await openNew(kit, 'one.dwvd');
  const empty = ({ editor }) =>
    editor.edit(async (tx) => {
      const log = await tx.region(kit.metricsLog);
      log.samples.truncate(0);
      tx.put(kit.metricsLog, log, { blockCount: reserve });
    });
  const timed = async (image, records) => {
    const spent = await timeAsync(() => record(image.editor, kit, records));
    await empty(image);
    return spent;
  };
  try {
    for (const image of [many, one]) await empty(image);
    yield {
      name: `one edit of ${count.toLocaleString('en-US')} records`,
      unit: 'ms',
      better: 'less',
      rounds: 31,
      ours: () => timed(many, count),
      peers: { 'one edit of 1 record': () => timed(one, 1) },
      targets: [{ peer: 'one edit of 1 record', atMost: 2 }],
    };
  } finally {
    await many.close();
    await one.close();
  }
}

/** What our code takes: opening a file that the system has in memory, and an edit of an image in memory. */
async function* withoutDisk(kit) {
  const { createImage, memoryDevice, openForEdit, openImage } = kit;
  const row = (name, ours) => ({ name, unit: 'ms', better: 'less', rounds: 31, ours });
  const { device, close } = await openNew(kit, 'opened.dwvd');
  try {
    yield row('open an image of 1 GiB', () => each(kit, () => openImage(device)));
    yield row('open an image of 1 GiB for editing', () => each(kit, () => openForEdit(device)));
  } finally {
    await close();
  }
  const inMemory = memoryDevice();
  await createImage(inMemory, { profile: 'standard', totalBlocks: 16_384, now });
  const editor = await openForEdit(inMemory, { now: () => now });
  await editor.edit(addRegions(kit));
  for (let i = 0; i < kit.warmUps; i++) await append(editor, kit);
  yield row('edit of a small metrics log, image of 64 MiB in memory', () => each(kit, () => record(editor, kit, 1)));
}

/** Milliseconds of one of several runs. */
async function each({ edits }, run) {
  const spent = await timeAsync(async () => {
    for (let i = 0; i < edits; i++) await run();
  });
  return spent / edits;
}

/** An image of 1 GiB: what its making takes beside its syncs, and as a new file. */
async function* creation({ createImage, openFileDevice, writeNewFile, path }) {
  const made = path('made.dwvd');
  const options = { profile: 'standard', totalBlocks, now };
  let syncing = 0;
  yield {
    name: 'create an image of 1 GiB, beside its syncs',
    unit: 'ms',
    better: 'less',
    rounds: 21,
    async ours() {
      closeSync(openSync(made, 'wx'));
      const device = await openFileDevice(made);
      syncing = 0;
      const sync = async () => {
        syncing += await timeAsync(() => device.sync());
      };
      const spent = await timeAsync(() => createImage(noting(device, [], sync), options));
      await device.close();
      rmSync(made);
      return spent - syncing;
    },
    peers: { 'its syncs': () => syncing },
    targets: [{ value: 10 }],
  };
  yield {
    name: 'create an image of 1 GiB as a new file',
    unit: 'ms',
    better: 'less',
    rounds: 21,
    async ours() {
      const spent = await timeAsync(() => writeNewFile(made, (device) => createImage(device, options)));
      rmSync(made);
      return spent;
    },
  };
}

/** Milliseconds. */
async function timeAsync(run) {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}
