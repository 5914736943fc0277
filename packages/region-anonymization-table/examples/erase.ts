// examples/erase.ts
import { decodeRegion, encodeRegion, ticksFromDate } from '@vde/format';
import {
  AnonymizationTable,
  anonymizationTable,
  createResidueSearch,
  hashPii,
  type Mapping,
  mappingFlags,
  randomToken,
  wipeNeedles,
} from '@vde/region-anonymization-table';

// The key is kept outside the image. Without it no hash can be tried against guesses.
const key = crypto.getRandomValues(new Uint8Array(32));
const [alice, bob] = [crypto.randomUUID(), crypto.randomUUID()];
const piiType = 1; // email
const mappingOf = (subjectId: string, pii: string): Mapping => ({
  mappingId: crypto.randomUUID(),
  subjectId,
  piiType,
  piiHash: hashPii({ key, piiType, pii: pii.trim().toLowerCase(), subjectId }),
  anonymizedToken: randomToken(),
  createdUtcTicks: ticksFromDate(new Date()),
  flags: mappingFlags.active,
});

const table = new AnonymizationTable();
for (const pii of ['alice@example.org', 'a.smith@example.org']) table.add(mappingOf(alice, pii));
const { index } = table.add(mappingOf(bob, 'bob@example.org'));
const old = encodeRegion(anonymizationTable, table, { blockSize: 4096, generation: 1 });

// Hashes and tokens are zeroed where they stand; the needles say what to look for elsewhere.
const { erasedCount, needles } = table.eraseSubject(alice);
console.log(erasedCount, table.subjectStatus(alice), table.subjectStatus(bob)); // 2 erased active
const blocks = encodeRegion(anonymizationTable, table, { blockSize: 4096, generation: 2 });
const residues = [old, blocks].map((bytes) => createResidueSearch(needles)(bytes).length);
console.log(residues); // [ 4, 0 ]: zero the old blocks, too
wipeNeedles(needles);

// Who was erased does not come back unnoticed.
const back = table.add(mappingOf(alice, 'alice@example.org'));
console.log(back.subjectPreviouslyErased, table.subjectStatus(alice)); // true partiallyErased

const { state } = decodeRegion(anonymizationTable, blocks, { blockSize: 4096 });
export const result = { index, erasedCount, residues, active: [...state.active()].length };
console.log(result.active); // 1
