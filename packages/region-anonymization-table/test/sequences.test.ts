import { decodeRegion, isVdeError, PackedRecords, toHex } from '@vde/format';
import { randomBytes, seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { AnonymizationTable, anonymizationTable, Mapping, wipeNeedles } from '../src/index.ts';
import { blocksOf, erased, synthetic, t0, tableOf } from './mappings.ts';

const zero = '00'.repeat(32);
const isErased = ({ flags }: Mapping) => (flags & 2) !== 0;
const secrets = ({ piiHash, anonymizedToken }: Mapping) => [toHex(piiHash), toHex(anonymizedToken)];
const holdsSecrets = (mapping: Mapping) => secrets(mapping).some((secret) => secret !== zero);

/** The table as an array, searched from the front each time. */
class Shadow {
  all: Mapping[] = [];
  add(mapping: Mapping, refuseErasedSubject: boolean) {
    if (isErased(mapping) && holdsSecrets(mapping)) return 'erasedButNotScrubbed';
    if (this.all.some(({ mappingId }) => mappingId === mapping.mappingId)) return 'duplicateKey';
    const subjectPreviouslyErased = this.bySubject(mapping.subjectId).some(isErased);
    if (subjectPreviouslyErased && refuseErasedSubject) return 'subjectPreviouslyErased';
    return { index: this.all.push(mapping) - 1, subjectPreviouslyErased };
  }
  find(id: string) {
    return this.all.filter(({ mappingId }) => mappingId === id).at(-1);
  }
  bySubject(id: string) {
    return this.all.filter(({ subjectId }) => subjectId === id);
  }
  status(id: string) {
    const mine = this.bySubject(id);
    if (mine.length === 0) return 'unknown';
    if (mine.every(isErased)) return 'erased';
    return mine.some(isErased) ? 'partiallyErased' : 'active';
  }
  erase(id: string) {
    const mine = this.bySubject(id);
    const result = {
      erasedCount: mine.filter((one) => !isErased(one)).length,
      scrubbedCount: mine.filter((one) => isErased(one) && (holdsSecrets(one) || (one.flags & 1) !== 0)).length,
      needles: needlesOf(mine),
    };
    this.all = this.all.map((one) => (one.subjectId === id ? erased(one) : one));
    return result;
  }
  purge() {
    const gone = this.all.filter(isErased);
    this.all = this.all.filter((one) => !isErased(one));
    return { purgedCount: gone.length, needles: needlesOf(gone) };
  }
}

const needlesOf = (all: readonly Mapping[]) =>
  [...new Set(all.flatMap(secrets))].filter((secret) => secret !== zero).sort();
/** Mappings as text: comparing objects field by field takes many times as long. */
const hexOf = (all: Iterable<Mapping>) => toHex(PackedRecords.from(Mapping, all).bytes());
const listOf = (mapping: Mapping | undefined) => (mapping === undefined ? [] : [mapping]);
const plain = <T extends { readonly needles: readonly Uint8Array[] }>(result: T) => {
  const needles = result.needles.map(toHex).sort();
  wipeNeedles(result.needles);
  return { ...result, needles };
};
const codeOf = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    return isVdeError(error) ? error.code : error;
  }
};

describe('2,400 random sequences of operations', () => {
  it.each([512, 1024, 4096])('are those of a plain list, read back from blocks of %i', (blockSize) => {
    const random = seededRandom(blockSize);
    const below = (n: number) => Math.floor(random() * n);
    const pool = Array.from({ length: 15 }, (_, i) => (i < 12 ? randomBytes(32, i) : new Uint8Array(32)));
    const secret = () => pool[below(pool.length)]!;
    const ids = Array.from({ length: 40 }, (_, n) => synthetic(n).mappingId);
    const mapping = (): Mapping => ({
      ...{
        mappingId: ids[below(40)]!,
        subjectId: ids[below(5)]!,
        piiType: below(9),
        createdUtcTicks: t0 + BigInt(below(99)),
      },
      ...{ piiHash: secret(), anonymizedToken: secret(), flags: [1, 1, 1, 0, 2, 3, 0x8001][below(7)]! },
    });
    for (let sequence = 0; sequence < 800; sequence++) {
      const shadow = new Shadow();
      // A third begins as a table that was read: with any ids and flags.
      if (sequence % 3 === 0) shadow.all = Array.from({ length: below(12) }, mapping);
      let table = tableOf(shadow.all);
      for (let step = below(24); step >= 0; step--) {
        const given = mapping();
        const subject = given.subjectId;
        const refuse = random() < 0.3;
        const pairs: (() => readonly [unknown, unknown])[] = [
          () => [codeOf(() => table.add(given, { refuseErasedSubject: refuse })), shadow.add(given, refuse)],
          () => [plain(table.eraseSubject(subject)), shadow.erase(subject)],
          () => [hexOf(listOf(table.find(given.mappingId))), hexOf(listOf(shadow.find(given.mappingId)))],
          () => [hexOf(table.bySubject(subject)), hexOf(shadow.bySubject(subject))],
          () => [table.subjectStatus(subject), shadow.status(subject)],
          () => [table.isSubjectErased(subject), shadow.status(subject) === 'erased'],
          () => [hexOf(table.active()), hexOf(shadow.all.filter(({ flags }) => (flags & 3) === 1))],
          () => [hexOf(table.erased()), hexOf(shadow.all.filter(isErased))],
          () => [hexOf(table.notErased()), hexOf(shadow.all.filter((one) => !isErased(one)))],
          () => [plain(table.purgeErased()), shadow.purge()],
        ];
        const choice = below(20);
        const [actual, expected] = pairs[choice < 10 ? 0 : choice - 10]!();
        expect(actual).toEqual(expected);
        if (random() < 0.1) table = decodeRegion(anonymizationTable, blocksOf(table, blockSize), { blockSize }).state;
        if (random() < 0.1) table = table.clone();
      }
      expect(hexOf(table.mappings)).toBe(hexOf(shadow.all));
      const blocks = blocksOf(table, blockSize);
      const { state, findings } = decodeRegion(anonymizationTable, blocks, { blockSize });
      expect(hexOf(state.mappings)).toBe(hexOf(shadow.all));
      expect(findings.length).toBe(expectedFindings(shadow.all));
      expect(Buffer.compare(blocksOf(state, blockSize), blocks)).toBe(0);
    }
  });
});

/** One for each repeated id, and for each hash or token that an erased mapping still holds. */
function expectedFindings(all: readonly Mapping[]): number {
  const repeated = all.length - new Set(all.map(({ mappingId }) => mappingId)).size;
  const leftovers = all.filter(isErased).flatMap(secrets);
  return repeated + leftovers.filter((secret) => secret !== zero).length;
}

it('a table of three hundred subjects is that of an array, through growth and erasure', () => {
  const random = seededRandom(7);
  const shadow = new Shadow();
  const table = new AnonymizationTable();
  const given = Array.from({ length: 3000 }, (_, i) => ({
    ...synthetic(i),
    subjectId: synthetic(Math.floor(random() * 300)).mappingId,
  }));
  for (const [i, mapping] of given.entries()) {
    expect(table.add(mapping)).toEqual(shadow.add(mapping, false));
    if (i % 50 === 0) expect(plain(table.eraseSubject(mapping.subjectId))).toEqual(shadow.erase(mapping.subjectId));
    if (i === 1500) expect(plain(table.purgeErased())).toEqual(shadow.purge());
  }
  expect(hexOf(table.mappings)).toBe(hexOf(shadow.all));
  for (const { mappingId, subjectId } of given) {
    expect(table.findIndex(mappingId)).toBe(indexOf(shadow, mappingId));
    expect(table.subjectStatus(subjectId)).toBe(shadow.status(subjectId));
  }
});

function indexOf({ all }: Shadow, id: string): number | undefined {
  const index = all.findIndex(({ mappingId }) => mappingId === id);
  return index < 0 ? undefined : index;
}
