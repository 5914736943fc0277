import { p256 } from '@vde/crypto';
import { describe, expect, it, vi } from 'vitest';
import {
  complianceStatuses,
  type NewPassport,
  type PassportVerdict,
  signPassport,
  verifyPassport,
  verifyPassports,
} from '../src/index.ts';
import { example, guid, highS, lowS, privateKey, publicKey, synthetic, t0 } from './passports.ts';

const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const genuine = { ...example, signature: lowS };
const withStatus = (complianceStatus: number) => signPassport({ ...example, complianceStatus }, privateKey);
const later = example.expiresUtcTicks;

describe('the verdict on one passport', () => {
  const rows: readonly (readonly [string, NewPassport, bigint, string, string])[] = [
    ['valid', genuine, t0, 'valid', 'valid'],
    ['valid, high-S', { ...example, signature: highS }, t0, 'valid', 'valid'],
    ['non-compliant, and truly so', withStatus(complianceStatuses.nonCompliant), t0, 'valid', 'valid'],
    ['exempt', withStatus(complianceStatuses.exempt), t0, 'valid', 'valid'],
    ['a status that nobody has named yet', withStatus(900), t0, 'valid', 'valid'],
    ['status unknown', withStatus(complianceStatuses.unknown), t0, 'notAssessed', 'valid'],
    ['status pending', withStatus(complianceStatuses.pendingReview), t0, 'notAssessed', 'valid'],
    ['expired, and pending', withStatus(complianceStatuses.pendingReview), later, 'expired', 'valid'],
    ['expired', genuine, later, 'expired', 'valid'],
    ['a tick before', genuine, later - 1n, 'valid', 'valid'],
    ['not yet valid', genuine, t0 - 1n, 'notYetValid', 'valid'],
    ['never valid', signPassport({ ...example, expiresUtcTicks: -1n }, privateKey), t0 - 1n, 'notYetValid', 'valid'],
    ['changed', { ...genuine, frameworkId: 1 }, t0, 'invalid', 'invalid'],
    ['changed and expired', { ...genuine, frameworkId: 1 }, later, 'invalid', 'invalid'],
    ['unsigned', example, t0, 'absent', 'absent'],
    ['no signature', { ...example, signature: undefined }, t0, 'absent', 'absent'],
    ['63 bytes', { ...example, signature: lowS.slice(1) }, t0, 'malformed', 'malformed'],
    [
      'r is 0',
      { ...example, signature: Uint8Array.of(...new Uint8Array(32), ...lowS.slice(32)) },
      t0,
      'malformed',
      'malformed',
    ],
    ['s is n', { ...example, signature: Uint8Array.of(...lowS.slice(0, 32), ...order) }, t0, 'malformed', 'malformed'],
  ];

  it.each(rows)('%s', async (_name, passport, now, verdict, signature) => {
    const found = verifyPassport(passport, { now, publicKey });
    expect(found).toMatchObject({ verdict, signature, status: passport.complianceStatus });
    expect([found.expired, found.notYetValid]).toEqual([
      now >= passport.expiresUtcTicks && passport.expiresUtcTicks !== 0n,
      now < t0,
    ]);
    expect(await verifyPassports([passport], { now, publicKey })).toEqual([found]);
  });

  it.each([
    [genuine, 'noKey'],
    [{ ...genuine, frameworkId: 1 }, 'noKey'],
    [example, 'absent'],
    [{ ...example, signature: new Uint8Array(64).fill(0xff) }, 'malformed'],
  ])('without a key nothing is invalid (%#)', async (passport, verdict) => {
    expect(verifyPassport(passport, { now: t0 }).verdict).toBe(verdict);
    expect(await verifyPassports([passport], { now: t0 })).toMatchObject([{ verdict }]);
  });
});

describe('a batch', () => {
  const other = p256.generateKeyPair();
  const passports = Array.from({ length: 600 }, (_, k) => {
    const passport = { ...synthetic(k, 4, 4), issuerId: k % 3 === 0 ? 'A' : 'B' };
    if (k % 50 === 7) return passport;
    return signPassport(passport, k % 3 === 0 ? privateKey : other.privateKey);
  });
  const keyOf = ({ issuerId }: NewPassport) =>
    (typeof issuerId === 'string' ? issuerId : new TextDecoder().decode(issuerId)) === 'A'
      ? publicKey
      : other.publicKey;
  const now = t0 + 1000n;

  it('gives the verdicts one by one would give, in order', async () => {
    const verdicts = await verifyPassports(passports, { now, publicKey: keyOf });
    expect(verdicts).toEqual(
      passports.map((passport) => verifyPassport(passport, { now, publicKey: keyOf(passport) })),
    );
    expect(verdicts.filter(({ verdict }) => verdict === 'valid').length).toBe(588);
  });

  it('of one key for all', async () => {
    const verdicts = await verifyPassports(passports, { now, publicKey: p256.exportPublicKey(publicKey, 'pem') });
    const count = (signature: string) => verdicts.filter((verdict) => verdict.signature === signature).length;
    expect([count('valid'), count('invalid'), count('absent')]).toEqual([196, 392, 12]);
  });

  it('has the well-formed signatures verified at once, and no others', async () => {
    const verifyBatch = vi.spyOn(p256, 'verifyBatch');
    const malformed = { ...genuine, passportId: guid(9999), signature: new Uint8Array(64).fill(0xff) };
    const { signal } = new AbortController();
    const mixed = [malformed, ...passports.slice(0, 10), malformed];
    const verdicts = await verifyPassports(mixed, { now, publicKey: keyOf, signal });
    expect(verdicts.map(({ signature }) => signature)).toEqual([
      'malformed',
      ...Array.from({ length: 10 }, (_, k) => (k === 7 ? 'absent' : 'valid')),
      'malformed',
    ]);
    expect(verifyBatch).toHaveBeenCalledTimes(1);
    expect(verifyBatch).toHaveBeenCalledWith(expect.anything(), { signal });
    verifyBatch.mockRestore();
    const none = vi.fn(() => undefined);
    expect(await verifyPassports(passports, { now, publicKey: none })).toSatisfy((all: PassportVerdict[]) =>
      all.every(({ signature }) => signature === 'noKey' || signature === 'absent'),
    );
    expect(none).toHaveBeenCalledTimes(600);
  });

  it('stops between batches when it is aborted', async () => {
    const reason = new Error('enough');
    await expect(verifyPassports(passports, { now, publicKey: keyOf, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    let asked = 0;
    const askedKeyOf = (passport: NewPassport) => {
      if (++asked === 10) setTimeout(() => controller.abort(reason), 0);
      return keyOf(passport);
    };
    await expect(verifyPassports(passports, { now, publicKey: askedKeyOf, signal: controller.signal })).rejects.toBe(
      reason,
    );
    expect(asked).toBeLessThan(300);
  });

  it('refuses a bad key before anything, and passes on what the search for a key throws', async () => {
    await expect(verifyPassports(passports, { now, publicKey: 'no key' })).rejects.toMatchObject({ code: 'badKey' });
    const noKeys = () => {
      throw new Error('no key store');
    };
    await expect(verifyPassports(passports, { now, publicKey: noKeys })).rejects.toThrow('no key store');
    expect(await verifyPassports([], { now })).toEqual([]);
  });
});
