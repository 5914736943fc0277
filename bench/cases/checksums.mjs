// XXH64 of blocks: the batch entry points against native xxhsum and the usual WebAssembly package.
import xxhash from 'xxhash-wasm';
import { built, fillRandom, rate, xxhsum } from '../measure.mjs';

const blockSize = 4096;
const payloadSize = blockSize - 16;
const slabSize = 4 * 1024 * 1024;
const count = slabSize / blockSize;
/** All contenders are rated by the bytes that they hash. */
const hashed = count * payloadSize;
const tag = 0x44415441;

/** Rows: verify, seal, verify elsewhere in memory, verify without WebAssembly. */
export async function* rows({ quick }) {
  const { createSlab, hashImplementation, verifyBlocks } = await built('packages/format/dist/index.js');
  if (hashImplementation() !== 'wasm') throw new Error('WebAssembly is not available here');
  const atLeast = quick ? 5 : 200;
  const rounds = 7;
  const slab = createSlab(slabSize);
  const statuses = new Uint8Array(count);
  fillRandom(slab.bytes);
  slab.seal(blockSize, count, tag, 1);
  const elsewhere = slab.bytes.slice();
  const xxhashWasm = await perBlock(slab.bytes);

  yield {
    name: 'verify 4 KiB blocks in place',
    unit: 'GB/s',
    better: 'more',
    rounds,
    ours: () => rate(hashed, () => slab.verify(blockSize, count, statuses), atLeast),
    // It hashes for seconds: too long for a quick look.
    peers: { ...(quick ? {} : { 'xxhsum -b': xxhsum }), 'xxhash-wasm': () => rate(hashed, xxhashWasm, atLeast) },
    targets: [
      { peer: 'xxhsum -b', atLeast: 0.95 },
      { peer: 'xxhash-wasm', atLeast: 1.5 },
    ],
  };
  allOk(statuses);
  yield {
    name: 'seal 4 KiB blocks in place',
    unit: 'GB/s',
    better: 'more',
    rounds,
    ours: () => rate(hashed, () => slab.seal(blockSize, count, tag, 1), atLeast),
  };
  yield {
    name: 'verify 4 KiB blocks, copied',
    unit: 'GB/s',
    better: 'more',
    rounds,
    ours: () => rate(hashed, () => verifyBlocks(elsewhere, blockSize, statuses), atLeast),
    peers: { 'xxhash-wasm': () => rate(hashed, xxhashWasm, atLeast) },
  };
  allOk(statuses);

  const plain = await withoutWebAssembly();
  yield {
    name: 'verify 4 KiB blocks, plain JavaScript',
    unit: 'GB/s',
    better: 'more',
    rounds: 3,
    ours: () => rate(hashed, () => plain(elsewhere, blockSize, statuses), atLeast),
  };
  allOk(statuses);
}

/** What a caller of xxhash-wasm does: one call a block, compared with the trailer. */
async function perBlock(bytes) {
  const { h64Raw } = await xxhash();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const payloads = Array.from({ length: count }, (_, i) => bytes.subarray(i * blockSize, i * blockSize + payloadSize));
  return () => {
    for (let i = 0; i < count; i++) {
      const isEqual = h64Raw(payloads[i], 0n) === view.getBigUint64((i + 1) * blockSize - 8, true);
      if (!isEqual) throw new Error(`xxhash-wasm: block ${i} differs`);
    }
  };
}

/** `verifyBlocks` of a second copy of the package that found no WebAssembly on its first use. */
async function withoutWebAssembly() {
  const { verifyBlocks, hashImplementation } = await built('packages/format/dist/index.js?plain');
  const { WebAssembly: kept } = globalThis;
  delete globalThis.WebAssembly;
  try {
    if (hashImplementation() !== 'javascript') throw new Error('the plain version is not in use');
  } finally {
    globalThis.WebAssembly = kept;
  }
  return verifyBlocks;
}

function allOk(statuses) {
  const bad = statuses.findIndex((status) => status !== statuses[0]);
  if (bad >= 0) throw new Error(`block ${bad} has status ${statuses[bad]}`);
}
