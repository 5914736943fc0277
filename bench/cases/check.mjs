// What checking and comparing large images costs: speed against a scan that judges nothing, time and memory on thin ones.
import { rmSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { built } from '../measure.mjs';
import { builtUrl, peakMemory } from '../memory.mjs';
import { writeSparseImage } from '../sparse-image.mjs';

const blockSize = 4096;
const GiB = 1024 ** 3;
/** Blocks that regions take of an image whose data region is filled, at most 1.3 % and some. */
const metadataBlocks = (size) => Math.ceil(size / blockSize / 70) + 2048;

/** Rows: a full image, thin images, and a pair of images. */
export async function* rows({ folder, quick }) {
  yield* fullImage(folder, quick ? GiB / 16 : fullSize());
  for (const profile of ['standard', 'max-security']) yield* thinImage(folder, quick ? 4 * GiB : 1024 * GiB, profile);
  yield* pair(folder, quick ? GiB : 10 * GiB);
}

/** 4 GiB where they fit into the page cache, and 1 GiB elsewhere. */
const fullSize = () => (freemem() > 6 * GiB ? 4 * GiB : GiB);

async function* fullImage(folder, size) {
  const path = join(folder, 'full.dwvd');
  const count = size / blockSize - metadataBlocks(size);
  try {
    await writeSparseImage(path, size, { data: [{ start: 0, count }] });
    yield {
      name: `full check of a warm image of ${size / 1024 ** 2} MiB, filled`,
      unit: 'GB/s',
      better: 'more',
      rounds: 7,
      ours: await checkOf(path, size),
      peers: { 'scan alone': await scanOf(path, size) },
      targets: [{ peer: 'scan alone', atLeast: 0.9 }],
    };
  } finally {
    rmSync(path, { force: true });
  }
}

async function* thinImage(folder, size, profile) {
  const path = join(folder, 'thin.dwvd');
  try {
    await writeSparseImage(path, size, { profile, data: [{ start: 1000, count: 2000 }] });
    const name = `full check of a thin image of ${size / GiB} GiB, ${profile}`;
    const check = await checkOf(path, 1e9);
    yield {
      name,
      unit: 's',
      better: 'less',
      rounds: 3,
      ours: async () => 1 / (await check()),
      targets: [{ value: 10 }],
    };
    yield {
      name: `${name}, peak memory`,
      unit: 'MiB',
      better: 'less',
      rounds: 1,
      ours: () => peakMemory(script(path, `await (await open(paths[0])).check({ level: 'full' })`)),
      targets: [{ value: 300 }],
    };
  } finally {
    rmSync(path, { force: true });
  }
}

async function* pair(folder, size) {
  const paths = ['a.dwvd', 'b.dwvd'].map((name) => join(folder, name));
  const half = Math.floor(size / blockSize / 2);
  try {
    for (const [i, path] of paths.entries()) {
      const data = [
        { start: 0, count: 60_000 },
        { start: half + 500 * i, count: 60_000 },
      ];
      await writeSparseImage(path, size, { data });
    }
    const compare = `let count = 0;
      for await (const difference of (await open(paths[0])).diff(await open(paths[1]))) count++;
      if (count === 0) throw new Error('no difference');`;
    yield {
      name: `diff of two images of ${size / GiB} GiB, peak memory`,
      unit: 'MiB',
      better: 'less',
      rounds: 1,
      ours: () => peakMemory(script(paths, compare)),
      targets: [{ value: 300 }],
    };
  } finally {
    for (const path of paths) rmSync(path, { force: true });
  }
}

/** A program that opens images and runs the code with them. */
function script(paths, code) {
  return `
    import { openInspection } from ${builtUrl('packages/inspect/dist/index.js')};
    import { openFileSource } from ${builtUrl('packages/image/dist/node/index.js')};
    import { allRegions } from ${builtUrl('packages/regions/dist/index.js')};
    const paths = ${JSON.stringify([paths].flat())};
    const open = async (path) => openInspection(await openFileSource(path), { regions: allRegions });
    ${code}`;
}

/** GB/s of a full check that finds nothing. */
async function checkOf(path, size) {
  const { openInspection } = await built('packages/inspect/dist/index.js');
  const { openFileSource } = await built('packages/image/dist/node/index.js');
  const { allRegions } = await built('packages/regions/dist/index.js');
  return async () => {
    const start = process.hrtime.bigint();
    const inspection = await openInspection(await openFileSource(path), { regions: allRegions });
    const { errors, warnings } = await inspection.check({ level: 'full' });
    await inspection.close();
    if (errors + warnings > 0) throw new Error(`${errors} errors, ${warnings} warnings`);
    return size / Number(process.hrtime.bigint() - start);
  };
}

/** GB/s of a scan of all blocks. */
async function scanOf(path, size) {
  const { openImage } = await built('packages/image/dist/index.js');
  const { openFileSource } = await built('packages/image/dist/node/index.js');
  return async () => {
    const start = process.hrtime.bigint();
    const image = await openImage(await openFileSource(path));
    let passed = 0;
    await image.scan({ first: 0, count: image.presentBlocks }, ({ count }) => {
      passed += count;
    });
    if (passed !== image.presentBlocks) throw new Error(`${passed} blocks`);
    await image.close();
    return size / Number(process.hrtime.bigint() - start);
  };
}
