// The streaming append region: its header, entries in front of their blocks, and a walk over all of them.
import { built, time } from '../measure.mjs';

const blockSize = 4096;
const payloadSize = blockSize - 16;

/** Rows: nanoseconds a header, and an entry. */
export async function* rows({ quick }) {
  const { decodeRegion, encodeRegion } = await built('packages/format/dist/index.js');
  const { createRing, encodeEntry, planAppend, readEntries, slotBlockOf, streamingAppend } = await built(
    'packages/region-streaming-append/dist/index.js',
  );
  const atLeast = quick ? 1 : 150;
  const shared = { better: 'less', rounds: 5 };
  const count = quick ? 100 : 5000;
  const blockCount = count + 2;
  const data = new Uint8Array(256).map((_, i) => i * 31);

  let ring = createRing({ maxCapacityBlocks: count });
  const append = (bytes, options) => {
    const plan = planAppend(ring, bytes.length, { blockSize, ...options });
    ring = plan.ring;
    return { plan, block: encodeEntry(bytes, plan.position, { blockSize, ...options }) };
  };
  const slot = new Uint8Array(blockCount * blockSize);
  for (let i = 0; i < count; i++) {
    const { plan, block } = append(data, { framed: true });
    slot.set(block, slotBlockOf(plan.ring, plan.position, blockCount) * blockSize);
  }
  const full = ring;
  const header = encodeRegion(streamingAppend, full, { blockSize, generation: 1 });
  const nanoseconds = (run) => () => time(run, atLeast);
  yield {
    ...shared,
    name: 'ring, encode header',
    unit: 'ns',
    ours: nanoseconds(() => encodeRegion(streamingAppend, full, { blockSize, generation: 1 })),
  };
  yield {
    ...shared,
    name: 'ring, decode header',
    unit: 'ns',
    ours: nanoseconds(() => decodeRegion(streamingAppend, header, { blockSize, blockCount })),
  };
  yield {
    ...shared,
    name: 'ring, append 256 bytes framed',
    unit: 'ns',
    ours: nanoseconds(() => append(data, { framed: true })),
  };
  const whole = new Uint8Array(payloadSize).fill(7);
  yield {
    ...shared,
    name: `ring, append ${payloadSize} bytes opaque`,
    unit: 'ns',
    ours: nanoseconds(() => append(whole, {})),
  };

  const source = {
    geometry: { blockSize, payloadSize },
    startBlock: 0,
    blockCount,
    readBlocks: async (first, blocks) => slot.subarray(first * blockSize, (first + blocks) * blockSize),
  };
  const walk = async (options) => {
    const start = process.hrtime.bigint();
    let read = 0;
    for await (const { bytes } of readEntries(full, source, options)) read += bytes.length > 0 ? 1 : 0;
    if (read !== count) throw new Error(`read ${read} of ${count} entries`);
    return Number(process.hrtime.bigint() - start) / count;
  };
  const size = count.toLocaleString('en-US');
  for (const framed of [true, false])
    yield {
      ...shared,
      name: `ring, iterate ${size} ${framed ? 'framed' : 'opaque'}`,
      unit: 'ns/entry',
      ours: () => walk({ framed }),
    };
}
