// The write-once region: logging a write, and its log in blocks and back.
import { built, time } from '../measure.mjs';

const blockSize = 4096;
const now = 638712864000000000n;

/** Rows: nanoseconds an append, and a record of the log. */
export async function* rows({ quick }) {
  const { decodeRegion, encodeRegion } = await built('packages/format/dist/index.js');
  const { WormLog, worm } = await built('packages/region-worm-immutable/dist/index.js');
  const atLeast = quick ? 1 : 200;
  const shared = { better: 'less', rounds: 5 };
  const count = quick ? 1000 : 100_000;
  const options = { now, blockSize };
  const newLog = () => new WormLog({ totalCapacityBlocks: 2n ** 40n, createdUtcTicks: now });

  const data = new Uint8Array(256).map((_, i) => i * 31);
  let log = newLog();
  yield {
    ...shared,
    name: 'WORM, append 256 bytes',
    unit: 'ns',
    ours() {
      // As long as a full region of 400 MiB, so that no log grows without bound.
      if (log.writeCount >= 100_000) log = newLog();
      return time(() => log.append(data, options), atLeast);
    },
    scale: 'sha',
    targets: [{ value: 900 }],
  };

  const full = newLog();
  full.appendMany(Array(count).fill(data), options);
  const encode = () => encodeRegion(worm, full, { blockSize, generation: 1 });
  const blocks = encode();
  const decode = () => {
    const { state, findings } = decodeRegion(worm, blocks, { blockSize });
    if (state.writeCount !== count || findings.length > 0) throw new Error('WORM: decoded something else');
  };
  const each = { ...shared, unit: 'ns/write', scale: 'xxh' };
  const size = count.toLocaleString('en-US');
  yield {
    ...each,
    name: `WORM, encode ${size}`,
    ours: () => time(encode, atLeast) / count,
    targets: [{ value: 14 }],
  };
  yield {
    ...each,
    name: `WORM, decode ${size}`,
    ours: () => time(decode, atLeast) / count,
    targets: [{ value: 20 }],
  };
}
