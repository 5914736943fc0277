import { decodeRegion } from '@vde/format';
import { seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import { ComplianceVault, complianceVault, type NewPassport } from '../src/index.ts';
import { blocksOf, guid, plain, synthetic } from './passports.ts';

/** The vault as an array, searched from the front each time. */
class Shadow {
  all: NewPassport[] = [];
  add(passport: NewPassport, allowDuplicate: boolean) {
    if (!allowDuplicate && this.all.some(({ passportId }) => passportId === passport.passportId)) return 'duplicateKey';
    return this.all.push(passport) - 1;
  }
  indexOf(id: string) {
    const index = this.all.findIndex(({ passportId }) => passportId === id);
    return index < 0 ? undefined : index;
  }
  remove(id: string) {
    const index = this.indexOf(id);
    if (index === undefined) return undefined;
    this.all = this.all.filter((_, i) => i !== index);
    return { index, shifted: this.all.length - index };
  }
  replace(passport: NewPassport) {
    const index = this.indexOf(passport.passportId);
    if (index !== undefined) this.all[index] = passport;
    return index !== undefined;
  }
}

const codeOf = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('2,400 random sequences of operations', () => {
  it.each([512, 1024, 4096])('are those of a plain list, read back from blocks of %i', (blockSize) => {
    const random = seededRandom(blockSize);
    const below = (n: number) => Math.floor(random() * n);
    const passport = () => ({
      ...synthetic(below(8), below(129), below(200)),
      objectId: guid(below(3)),
      complianceStatus: below(6),
      expiresUtcTicks: BigInt(below(4)) * 10n,
    });
    for (let sequence = 0; sequence < 800; sequence++) {
      let vault = new ComplianceVault();
      const shadow = new Shadow();
      for (let step = below(24); step >= 0; step--) {
        const id = guid(1 + below(8));
        const given = passport();
        const allowDuplicate = random() < 0.3;
        const pairs: (() => readonly [unknown, unknown])[] = [
          () => [codeOf(() => vault.add(given, { allowDuplicate })), shadow.add(given, allowDuplicate)],
          () => [vault.remove(id), shadow.remove(id)],
          () => [vault.findIndex(id), shadow.indexOf(id)],
          () => [vault.replace(given), shadow.replace(given)],
          () => [plain(vault.select({ objectId: guid(1) })), shadow.all.filter(({ objectId }) => objectId === guid(1))],
          () => [
            plain(vault.select({ frameworkId: 3, complianceStatus: 2 })),
            shadow.all.filter((p) => p.frameworkId === 3 && p.complianceStatus === 2),
          ],
          () => [vault.select({ expiredAt: 15n }).length, shadow.all.filter((p) => p.expiresUtcTicks === 10n).length],
        ];
        const [actual, expected] = pairs[Math.min(below(pairs.length + 4), 10) % pairs.length]!();
        expect(actual).toEqual(expected);
        if (random() < 0.1) vault = decodeRegion(complianceVault, blocksOf(vault, blockSize), { blockSize }).state;
      }
      const blocks = blocksOf(vault, blockSize);
      const { state } = decodeRegion(complianceVault, blocks, { blockSize });
      expect(plain(state)).toEqual(shadow.all);
      expect(Buffer.compare(blocksOf(state, blockSize), blocks)).toBe(0);
    }
  });
});
