// The anonymization table: mappings added, written, read and erased. All ids are random, ten mappings a subject.
import { built, fillRandom, time } from '../measure.mjs';

const blockSize = 4096;
const t0 = 638712864000000000n;
const perSubject = 10;

/** Rows: adding, encoding and decoding in nanoseconds a mapping, erasing in microseconds a subject. */
export async function* rows({ quick }) {
  const format = await built('packages/format/dist/index.js');
  const { AnonymizationTable, anonymizationTable } = await built('packages/region-anonymization-table/dist/index.js');
  const count = quick ? 1000 : 100_000;
  const atLeast = quick ? 1 : 200;
  const { mappings, subjects } = input(format, count);
  const table = new AnonymizationTable(mappings);
  const encode = () => format.encodeRegion(anonymizationTable, table, { blockSize, generation: 1 });
  const blocks = encode();
  const decode = () => {
    const { state, findings } = format.decodeRegion(anonymizationTable, blocks, { blockSize });
    if (state.mappingCount !== count || findings.length > 0) throw new Error('decoded something else');
  };
  const size = count.toLocaleString('en-US');
  const row = (name, goal, ours) => ({
    ...{ name: `anonymization table, ${name} ${size}`, unit: 'ns/mapping', better: 'less', rounds: 5 },
    ...{ ours, targets: [{ value: goal }], scale: 'xxh' },
  });
  yield row('add', 250, () => time(() => new AnonymizationTable(mappings), atLeast) / count);
  yield row('write', 32, () => time(encode, atLeast) / count);
  yield row('read', 60, () => time(decode, atLeast) / count);
  yield { ...row('erase a subject of', 3, () => eraseAll(table.clone(), subjects)), unit: 'us/subject' };
}

/** Every subject once: the index is made before, and nothing is erased twice. */
function eraseAll(table, subjects) {
  table.subjectStatus(subjects[0]);
  const start = process.hrtime.bigint();
  for (const subject of subjects) {
    const { erasedCount, needles } = table.eraseSubject(subject);
    if (erasedCount !== perSubject || needles.length !== 2 * perSubject) throw new Error('erased something else');
  }
  return Number(process.hrtime.bigint() - start) / subjects.length / 1000;
}

function input({ guidFromBytes }, count) {
  const random = fillRandom(new Uint8Array(count * 80));
  const subjects = Array.from({ length: count / perSubject }, (_, i) => guidFromBytes(random, i * 16 + 8));
  const mappings = Array.from({ length: count }, (_, i) => ({
    mappingId: guidFromBytes(random, i * 16),
    subjectId: subjects[i % subjects.length],
    piiType: i % 8,
    piiHash: random.slice(i * 80, i * 80 + 32),
    anonymizedToken: random.slice(i * 80 + 32, i * 80 + 64),
    createdUtcTicks: t0 + BigInt(i),
    flags: 1,
  }));
  return { mappings, subjects };
}
