// The compression dictionary region: a full directory in blocks and back, and what is asked of it.
import { built, time } from '../measure.mjs';

const blockSize = 4096;
const count = 256;

/** Rows: microseconds for the whole directory, nanoseconds for one dictionary. */
export async function* rows({ quick }) {
  const { decodeRegion, encodeRegion } = await built('packages/format/dist/index.js');
  const { compressionDictionary, findDictionary, registerDictionary } = await built(
    'packages/region-compression-dictionary/dist/index.js',
  );
  const atLeast = quick ? 1 : 150;
  const shared = { better: 'less', rounds: 5 };
  const microseconds = (run) => () => time(run, atLeast) / 1000;

  const register = () => {
    let directory = { dictionaries: [] };
    // Against their order, as a directory grows in use.
    for (let i = 0; i < count; i++) directory = registerDictionary(directory, entryOf((i * 37) % count));
    return directory;
  };
  const directory = register();
  const encode = () => encodeRegion(compressionDictionary, directory, { blockSize, generation: 1 });
  const blocks = encode();
  const decode = () => decodeRegion(compressionDictionary, blocks, { blockSize });
  const { state, findings } = decode();
  if (state.dictionaries.length !== count || findings.length > 0) throw new Error('decoded something else');

  const whole = { ...shared, unit: 'µs', scale: 'xxh' };
  yield { ...whole, name: `dictionaries, encode ${count}`, ours: microseconds(encode), targets: [{ value: 4.8 }] };
  yield { ...whole, name: `dictionaries, decode ${count}`, ours: microseconds(decode), targets: [{ value: 15 }] };
  yield { ...shared, name: `dictionaries, register ${count}`, unit: 'µs', ours: microseconds(register) };
  const { state: fresh } = decode();
  let id = 0;
  const find = () => {
    id = (id + 37) % count;
    if (findDictionary(fresh, id).dictId !== id) throw new Error('found something else');
  };
  yield { ...shared, name: `dictionaries, find one of ${count}`, unit: 'ns', ours: () => time(find, atLeast) };
}

const entryOf = (dictId) => ({
  dictId,
  algorithmId: dictId % 5,
  blockOffset: BigInt(200 + dictId),
  blockCount: 1,
  dictionarySizeBytes: 480,
  trainedUtcTicks: 638712864000000000n,
  sampleCount: BigInt(dictId),
  contentHash: new Uint8Array(32).fill(dictId),
});
