import { decodeRegion, geometryOf, isVdeError } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  ComplianceVault,
  complianceVault,
  createPassport,
  type NewPassport,
  signaturePayload,
  verifyPassport,
} from '../src/index.ts';
import { blocksOf, example, guid, lowS, publicKey, synthetic, t0 } from './passports.ts';

const nil = guid(0);

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('errors carry what a program needs', () => {
  it.each([
    ['issuerId', 129, 128],
    ['notes', 257, 256],
  ])('%s that is too long: field, length and limit', (name, actual, limit) => {
    const error = errorOf(() => createPassport({ ...example, [name]: new Uint8Array(actual) }));
    expect(isVdeError(error, 'overLimit') && error.details).toEqual({
      path: `Passport.${name}`,
      expected: limit,
      actual,
    });
  });

  it('a second passport of an id: the id and the index of the first', () => {
    const vault = new ComplianceVault([synthetic(0, 1, 1), example]);
    const error = errorOf(() => vault.add(example));
    expect(isVdeError(error, 'duplicateKey') && error.details).toEqual({ passportId: example.passportId, index: 1 });
  });

  const uses: readonly (readonly [string, (passport: NewPassport) => unknown])[] = [
    ['a new passport', createPassport],
    ['a signature', signaturePayload],
    ['a verdict', (passport) => verifyPassport({ ...passport, signature: lowS }, { now: t0, publicKey })],
  ];
  it.each(uses)('%s refuses a text field of another type, by its name', (_name, use) => {
    for (const name of ['issuerId', 'notes']) {
      const error = errorOf(() => use({ ...example, [name]: 7 }));
      expect(error).toBeInstanceOf(TypeError);
      expect(`${error}`).toContain(`Passport.${name}: expected text or bytes`);
    }
  });

  it('so does a selection', () => {
    const select = () => new ComplianceVault([example]).select({ issuerId: 7 as never });
    expect(errorOf(select)).toBeInstanceOf(TypeError);
    expect(select).toThrow('Passport.issuerId');
  });
});

describe('what is absent', () => {
  it('an id that is not there finds nothing', () => {
    expect(new ComplianceVault([example]).find(guid(9))).toBeUndefined();
  });

  it('a signature of no bytes is none', () => {
    const bare = { ...example, signature: new Uint8Array() };
    expect(verifyPassport(bare, { now: t0, publicKey }).signature).toBe('absent');
  });

  it.each([
    ['a text', { issuerId: Uint8Array.of(0) }],
    ['a number', { frameworkId: 1 }],
    ['an object', { objectId: guid(1) }],
  ])('a passport with a nil id and %s is not empty', (_name, fields) => {
    const zero = { ...synthetic(0, 0, 0), frameworkId: 0, complianceStatus: 0, issuedUtcTicks: 0n };
    const odd = { ...zero, passportId: nil, objectId: nil, lastVerifiedUtcTicks: 0n, ...fields };
    const { findings } = decodeRegion(complianceVault, blocksOf(ComplianceVault.ofStored([odd]), 512), {
      blockSize: 512,
    });
    expect(findings).toEqual([]);
  });
});

it('reserved bytes are handed out as copies', () => {
  const vault = ComplianceVault.ofStored([], Uint8Array.of(1, ...new Uint8Array(11)));
  vault.reserved!.fill(9);
  expect(vault.reserved![0]).toBe(1);
});

describe('the description', () => {
  const vault = new ComplianceVault([
    { ...example, signature: lowS },
    { ...synthetic(0, 1, 1), objectId: guid(5) },
    { ...synthetic(1, 1, 1), objectId: guid(5) },
  ]);
  const { summary, tables, counts } = complianceVault.describe(vault);

  it('counts passports, signatures and objects', () => {
    expect(summary).toEqual([
      { id: 'passportCount', kind: 'i32', value: 3 },
      { id: 'signedCount', kind: 'u32', value: 1 },
      { id: 'objectCount', kind: 'u32', value: 2 },
    ]);
  });

  it('counts passports by status and by framework', () => {
    const columns = tables[0]!.columns.map(({ id }) => id);
    expect(counts).toEqual([
      { id: 'statuses', title: 'Passports by status', table: 'passports', by: 'complianceStatus' },
      { id: 'frameworks', title: 'Passports by framework', table: 'passports', by: 'frameworkId' },
    ]);
    expect(columns).toEqual(expect.arrayContaining(['complianceStatus', 'frameworkId']));
  });

  it('tells where a row stands, and refuses one that is not there', () => {
    const { locate } = tables[0]!;
    expect(locate!(1, geometryOf(512))).toMatchObject({ block: 0, offset: 16 + 153, length: 134 });
    expect(() => locate!(3, geometryOf(512))).toThrow(RangeError);
  });
});
