// What changing an image costs beside what the disk takes: commits against bare writes and syncs, and the making of an image.
import { closeSync, copyFileSync, openSync, rmSync, statfsSync } from 'node:fs';
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
  };
  console.log(`Writing: on ${fileSystemOf(folder)}.`);
  const image = kit.path('written.dwvd');
  closeSync(openSync(image, 'wx'));
  try {
    await prepare(kit, image);
    // First, so that the code is compiled when syncs are measured.
    yield* withoutDisk(kit, image);
    yield* commits(kit, image);
    yield* manyRecords(kit, image, quick ? 100 : 10_000);
  } finally {
    rmSync(image);
  }
  yield* creation(kit);
}

const fileSystems = { 61267: 'ext4', 1481003842: 'xfs', 2435016766: 'btrfs', 16914836: 'tmpfs', 2035054128: 'overlay' };

function fileSystemOf(folder) {
  const { type } = statfsSync(folder);
  return fileSystems[type] ?? `a file system of type 0x${type.toString(16)}`;
}

/** An image of 1 GiB with a metrics log and a write-once region. */
async function prepare({ createImage, openFileDevice, openForEdit, metricsLog, worm }, path) {
  const device = await openFileDevice(path);
  await createImage(device, { profile: 'standard', totalBlocks, now });
  const editor = await openForEdit(device, { now: () => now });
  await editor.edit((tx) => {
    tx.add(metricsLog, { blockCount: 16 });
    tx.add(worm, { blockCount: 4096 });
  });
  await editor.close();
  await device.close();
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

/** Edits of a file against the calls that they make, made again on a copy of the file. */
async function* commits(kit, image) {
  for (const { name, edit } of [
    { name: 'edit of a small metrics log', edit: (editor) => record(editor, kit, 1) },
    { name: 'append to a WORM region', edit: (editor) => append(editor, kit) },
  ]) {
    const ours = await openCopy(kit, image, 'edited.dwvd');
    const theirs = await openCopy(kit, image, 'replayed.dwvd');
    const bare = await open(kit.path('replayed.dwvd'), 'r+');
    try {
      yield {
        name: `${name}, image of 1 GiB`,
        unit: 'ms',
        better: 'less',
        rounds: 21,
        async ours() {
          ours.calls.length = 0;
          const spent = await timeAsync(async () => {
            for (let i = 0; i < kit.edits; i++) await edit(ours.editor);
          });
          return spent / kit.edits;
        },
        peers: {
          'bare writes and syncs': async () => (await timeAsync(() => replay(bare, ours.calls))) / kit.edits,
        },
        targets: [{ peer: 'bare writes and syncs', atMost: 1.3 }],
      };
      console.log(`${name}: ${described(ours.calls, kit.edits)}.`);
    } finally {
      await bare.close();
      await ours.close();
      await theirs.close();
    }
  }
}

/** A copy of an image, open for editing on a device that notes what is called; `close` removes it. */
async function openCopy({ openFileDevice, openForEdit, path }, image, name) {
  const copy = path(name);
  copyFileSync(image, copy);
  const device = await openFileDevice(copy);
  const calls = [];
  const editor = await openForEdit(noting(device, calls), { now: () => now });
  const close = async () => {
    await device.close();
    rmSync(copy);
  };
  return { device, editor, calls, close };
}

/** A device that notes the places of its writes, and its syncs. */
function noting(device, calls) {
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
      return device.sync();
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

function described(calls, edits) {
  const writes = calls.filter((call) => call !== 'sync');
  const bytes = writes.reduce((sum, { length }) => sum + length, 0);
  const each = (count) => (count / edits).toFixed(count % edits === 0 ? 0 : 1);
  return `${each(calls.length - writes.length)} syncs and ${each(writes.length)} writes of ${each(bytes)} bytes in all`;
}

/** Blocks of the log that gets many records: more than they need. */
const reserve = 128;

/** Records in one commit against one record in one, each from the same empty log. */
async function* manyRecords(kit, image, count) {
  const many = await openCopy(kit, image, 'many.dwvd');
  const one = await openCopy(kit, image, 'one.dwvd');
  const empty = ({ editor }) =>
    editor.edit(async (tx) => {
      const log = await tx.region(kit.metricsLog);
      log.samples.truncate(0);
      tx.put(kit.metricsLog, log, { blockCount: reserve });
    });
  const timed = async (copy, records) => {
    const spent = await timeAsync(() => record(copy.editor, kit, records));
    await empty(copy);
    return spent;
  };
  try {
    for (const copy of [many, one]) await empty(copy);
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
async function* withoutDisk(kit, image) {
  const { createImage, memoryDevice, metricsLog, openFileDevice, openForEdit, openImage } = kit;
  const row = (name, ours) => ({ name, unit: 'ms', better: 'less', rounds: 31, ours });
  const device = await openFileDevice(image);
  try {
    yield row('open an image of 1 GiB', () => each(kit, () => openImage(device)));
    yield row('open an image of 1 GiB for editing', () => each(kit, () => openForEdit(device)));
  } finally {
    await device.close();
  }
  const inMemory = memoryDevice();
  await createImage(inMemory, { profile: 'standard', totalBlocks: 16_384, now });
  const editor = await openForEdit(inMemory, { now: () => now });
  await editor.edit((tx) => tx.add(metricsLog, { blockCount: 16 }));
  yield row('edit of a small metrics log in memory, 64 MiB', () => each(kit, () => record(editor, kit, 1)));
}

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
      const timed = {
        ...noting(device, []),
        async sync() {
          syncing += await timeAsync(() => device.sync());
        },
      };
      const spent = await timeAsync(() => createImage(timed, options));
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
