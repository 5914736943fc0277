import { toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { ComplianceVault, type Passport, signPassport, touchVerified, verifySignature } from '../src/index.ts';
import { example, guid, lowS, privateKey, publicKey, scalar, synthetic, t0 } from './passports.ts';

const small = (k: number): Passport => synthetic(k, 2, 3);

describe('adding and removing', () => {
  it('gives the index and keeps the order', () => {
    const vault = new ComplianceVault();
    expect([small(2), small(0), small(1)].map((passport) => vault.add(passport))).toEqual([0, 1, 2]);
    expect([...vault].map(({ frameworkId }) => frameworkId)).toEqual([2, 0, 1]);
    expect([guid(3), guid(1), guid(2), guid(9)].map((id) => vault.findIndex(id))).toEqual([0, 1, 2, undefined]);
  });

  it('removes the first match and tells how many moved down', () => {
    const vault = new ComplianceVault([small(0), small(1), small(2), small(3)]);
    vault.add({ ...small(1), frameworkId: 77 }, { allowDuplicate: true });
    expect(vault.remove(guid(2))).toEqual({ index: 1, shifted: 3 });
    expect([...vault].map(({ frameworkId }) => frameworkId)).toEqual([0, 2, 3, 77]);
    expect(vault.find(guid(2))?.frameworkId).toBe(77);
    expect(vault.remove(guid(2))).toEqual({ index: 3, shifted: 0 });
    expect(vault.remove(guid(2))).toBeUndefined();
  });

  it('refuses a second passport of an id unless told otherwise, and changes nothing', () => {
    const vault = new ComplianceVault([example]);
    const again = { ...small(1), passportId: example.passportId.toUpperCase() };
    expect(() => vault.add(again)).toThrow(expect.objectContaining({ code: 'duplicateKey' }));
    expect(vault.passportCount).toBe(1);
    expect(vault.add(again, { allowDuplicate: true })).toBe(1);
    expect(vault.at(1).passportId).toBe(example.passportId);
  });

  it('takes texts as strings, and leaves out what is left out', () => {
    const { issuerId: _, notes: __, signature: ___, ...bare } = example;
    const vault = new ComplianceVault([bare, { ...bare, passportId: guid(7), issuerId: 'Prüfstelle', notes: '' }]);
    const [first, second] = [...vault];
    expect([first!.issuerId.length, first!.notes.length, toHex(first!.signature)]).toEqual([0, 0, '00'.repeat(64)]);
    expect(new TextDecoder().decode(second!.issuerId)).toBe('Prüfstelle');
  });

  it('copies bytes on the way in and on the way out (defect 11)', () => {
    const given = { ...example, notes: Uint8Array.of(1, 2, 3), signature: lowS.slice() };
    const vault = new ComplianceVault([given]);
    given.notes[0] = 9;
    given.signature[0] = 0;
    for (const out of [vault.at(0), vault.find(example.passportId)!, [...vault][0]!, vault.select({})[0]!]) {
      expect([out.notes[0], toHex(out.signature)]).toEqual([1, toHex(lowS)]);
      (out.notes as Uint8Array)[0] = 9;
    }
    expect(vault.at(0).notes[0]).toBe(1);
  });

  it('throws for indices and ids that cannot be', () => {
    const vault = new ComplianceVault([example]);
    expect(() => vault.at(1)).toThrow(RangeError);
    expect(() => vault.at(-1)).toThrow(RangeError);
    expect(() => vault.find('x')).toThrow(RangeError);
    expect(() => vault.select({ objectId: 'x' })).toThrow(RangeError);
  });

  it('a digest changes when a passport is removed, repeated or moved (defect 14)', () => {
    const vaults = [[0, 1], [0], [0, 1, 1], [1, 0]].map((order) => {
      const vault = new ComplianceVault();
      for (const k of order) vault.add(small(k), { allowDuplicate: true });
      return toHex(vault.digest());
    });
    expect(new Set(vaults).size).toBe(4);
    expect(toHex(new ComplianceVault([small(0), small(1)]).digest())).toBe(vaults[0]);
  });
});

describe('selecting', () => {
  const vault = new ComplianceVault([
    { ...small(0), objectId: guid(5), complianceStatus: 1, expiresUtcTicks: t0 + 100n },
    { ...small(1), objectId: guid(5), complianceStatus: 2, expiresUtcTicks: 0n },
    { ...small(2), objectId: guid(6), complianceStatus: 1, expiresUtcTicks: -1n },
    { ...small(1), passportId: guid(9), issuerId: 'other', expiresUtcTicks: t0 + 1n },
  ]);
  const rows = [
    ['everything', {}, [1, 2, 3, 9]],
    ['an object', { objectId: guid(5).toUpperCase() }, [1, 2]],
    ['a framework', { frameworkId: 1 }, [2, 9]],
    ['a status', { complianceStatus: 1 }, [1, 3, 9]],
    ['an issuer', { issuerId: 'other' }, [9]],
    ['expired at t0', { expiredAt: t0 }, [3]],
    ['expired at t0 + 100', { expiredAt: t0 + 100n }, [1, 3, 9]],
    ['valid at t0', { validAt: t0 }, [1]],
    ['valid at t0 + 1', { validAt: t0 + 1n }, [1, 2]],
    ['several conditions', { frameworkId: 1, objectId: guid(0) }, [9]],
    ['nothing', { frameworkId: 1, objectId: guid(6) }, []],
  ] as const;

  it.each(rows)('%s', (_name, filter, ids) => {
    expect(vault.select(filter).map(({ passportId }) => passportId)).toEqual(ids.map(guid));
  });
});

describe('signing in the vault', () => {
  it('a new time of verification needs the key, for the signature covers it', () => {
    const vault = new ComplianceVault([signPassport(example, privateKey)]);
    const touched = touchVerified(vault.at(0), t0 + 5n, scalar);
    expect(touched.lastVerifiedUtcTicks).toBe(t0 + 5n);
    expect(verifySignature(touched, publicKey)).toBe(true);
    expect(verifySignature({ ...vault.at(0), lastVerifiedUtcTicks: t0 + 5n }, publicKey)).toBe(false);
    expect(vault.replace(touched)).toBe(true);
    expect(vault.at(0).lastVerifiedUtcTicks).toBe(t0 + 5n);
    expect(vault.replace(small(3))).toBe(false);
  });
});
