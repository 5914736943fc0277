// A check of a whole file: sealed random blocks, warm in the page cache, against `xxhsum -H1`.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { built, fillRandom, isInstalled, timeProcess } from '../measure.mjs';
import { builtUrl, peakMemory } from '../memory.mjs';

const blockSize = 4096;
const slabSize = 4 * 1024 * 1024;
const perSlab = slabSize / blockSize;

/** Rows: speed, and memory at its peak. */
export async function* rows({ folder, quick }) {
  const size = quick ? 16 * 1024 ** 2 : 1024 ** 3;
  const path = join(folder, 'sealed-blocks.dwvd');
  try {
    await writeBlocks(path, size);
    const scan = await scanOf(path, size);
    yield {
      name: `scan of a warm file of ${size / 1024 ** 2} MiB`,
      unit: 'GB/s',
      better: 'more',
      rounds: 7,
      ours: scan,
      peers: {
        'xxhsum -H1': () => (isInstalled('xxhsum') ? size / 1e6 / timeProcess('xxhsum', ['-H1', path]) : undefined),
      },
      targets: [{ peer: 'xxhsum -H1', atLeast: 1.3 }],
    };
    yield {
      name: 'scan, peak memory above Node',
      unit: 'MiB',
      better: 'less',
      rounds: 3,
      ours: () => peakMemory(scanScript(path, size)) - peakMemory(''),
      targets: [{ value: 32 }],
    };
  } finally {
    rmSync(path, { force: true });
  }
}

/** Blocks of random bytes under a valid trailer; no two slabs are the same. */
async function writeBlocks(path, size) {
  const { createSlab } = await built('packages/format/dist/index.js');
  const slab = createSlab(slabSize);
  const file = openSync(path, 'wx');
  try {
    fillRandom(slab.bytes);
    for (let done = 0; done < size; done += slabSize) {
      for (let i = 0; i < perSlab; i++) slab.bytes[i * blockSize + ((done / slabSize) % 4080)] ^= 0x5a;
      slab.seal(blockSize, perSlab, 0x44415441, 1);
      writeSync(file, slab.bytes);
    }
  } finally {
    closeSync(file);
  }
}

async function scanOf(path, size) {
  const { scanBlocks } = await built('packages/image/dist/index.js');
  const { openFileSource } = await built('packages/image/dist/node/index.js');
  const { blockStatus } = await built('packages/format/dist/index.js');
  return async () => {
    const source = await openFileSource(path);
    let bad = 0;
    const start = process.hrtime.bigint();
    await scanBlocks(source, {
      blockSize,
      first: 0,
      count: size / blockSize,
      onBlocks({ statuses }) {
        for (let i = 0; i < statuses.length; i++) if (statuses[i] !== blockStatus.ok) bad++;
      },
    });
    const spent = Number(process.hrtime.bigint() - start);
    await source.close();
    if (bad > 0) throw new Error(`${bad} blocks are not ok`);
    return size / spent;
  };
}

/** A program that scans the file and nothing else. */
function scanScript(path, size) {
  return `
    import { scanBlocks } from ${builtUrl('packages/image/dist/index.js')};
    import { openFileSource } from ${builtUrl('packages/image/dist/node/index.js')};
    const source = await openFileSource(${JSON.stringify(path)});
    await scanBlocks(source, { blockSize: ${blockSize}, first: 0, count: ${size / blockSize}, onBlocks() {} });
    await source.close();
  `;
}
