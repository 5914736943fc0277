import { p256 } from '@vde/crypto';
import { toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import {
  complianceStatuses,
  type NewPassport,
  type SignatureVerifier,
  signPassport,
  verifyPassport,
  verifyPassports,
} from '../src/index.ts';
import { example, highS, lowS, privateKey, publicKey, synthetic, t0 } from './passports.ts';

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

  it('takes a verifier that works elsewhere: WebCrypto, many at a time', async () => {
    let [running, most] = [0, 0];
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
    const imported = new Map<string, Promise<CryptoKey>>();
    const subtle: SignatureVerifier = async ({ publicKey: key, payload, signature }) => {
      const raw = p256.exportPublicKey(key, 'raw');
      const id = toHex(raw);
      if (!imported.has(id)) imported.set(id, crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']));
      most = Math.max(most, ++running);
      const isValid = await crypto.subtle.verify(algorithm, await imported.get(id)!, signature, payload);
      running--;
      return isValid;
    };
    const verdicts = await verifyPassports(passports, { now, publicKey: keyOf, verify: subtle });
    expect(verdicts).toEqual(await verifyPassports(passports, { now, publicKey: keyOf }));
    expect(most).toBeGreaterThan(100);
  });

  it('stops between batches when it is aborted', async () => {
    const reason = new Error('enough');
    await expect(verifyPassports(passports, { now, publicKey: keyOf, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    let asked = 0;
    const verify = () => {
      if (++asked === 10) setTimeout(() => controller.abort(reason), 0);
      return true;
    };
    await expect(verifyPassports(passports, { now, publicKey, verify, signal: controller.signal })).rejects.toBe(
      reason,
    );
    expect(asked).toBeLessThan(300);
  });

  it('refuses a bad key before anything, and passes on what a verifier throws', async () => {
    await expect(verifyPassports(passports, { now, publicKey: 'no key' })).rejects.toMatchObject({ code: 'badKey' });
    const verify = () => Promise.reject(new Error('pool closed'));
    await expect(verifyPassports(passports, { now, publicKey, verify })).rejects.toThrow('pool closed');
    expect(await verifyPassports([], { now })).toEqual([]);
  });
});
