import { readFileSync } from 'node:fs';
import { createHmacDrbg } from '@noble/curves/utils.js';
import { describe, expect, it } from 'vitest';
import { createNonces } from '../src/nonce.ts';
import { ascii, crossed, fromHex, implementations, n, native, portable, sOf, toHex, twin } from './implementations.ts';

interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly publicKeyPem: string;
    readonly publicKeyDer: string;
    readonly publicKeyJwk?: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

const vectorFile = '../../../fixtures/vectors/wycheproof-ecdsa-secp256r1-sha256-p1363.json';
const wycheproof: Wycheproof = JSON.parse(readFileSync(new URL(vectorFile, import.meta.url), 'utf8'));

/** region-compliance-vault, section 7: scalar 01..20, a passport, its deterministic signature. */
const scalar = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const point =
  '04515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354';
const passport = fromHex(
  '33221100554477668899aabbccddeeff0403020106050807090a0b0c0d0e0f10000001000040313cf729dd080000f8b4c848de080040313cf729dd080b000000746573742d6973737565720a000000746573742d6e6f746573',
);
const passportSignature =
  'd3a8972e6abc5bcd10b3c279e0da94d8b2d0797f4e8cb677177cda885ba80b51048e554210084ed3a44a2aacc676ad1fbcd777bb5e8cf1ecb6bef7a4515443c9';
const passportTwin =
  'd3a8972e6abc5bcd10b3c279e0da94d8b2d0797f4e8cb677177cda885ba80b51fb71aabceff7b12d5bb5d553398952e0000f82f2488aac983cfad31eab0ee188';

/** RFC 6979 A.2.5 with SHA-256: the scalar, and r || s before s is brought to the lower half. */
const rfc6979Scalar = fromHex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721');
const rfc6979: readonly (readonly [string, string])[] = [
  [
    'sample',
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  ],
  [
    'test',
    'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
  ],
];

describe.each(implementations)('%s p256 against Wycheproof', (_, { p256 }) => {
  const tests = wycheproof.testGroups.flatMap((group) => group.tests.map((test) => ({ ...test, group })));

  it('knows the result of every listed test', () => {
    expect(tests.length).toBe(wycheproof.numberOfTests);
    expect(new Set(tests.map((test) => test.result))).toEqual(new Set(['valid', 'invalid']));
    const validHighS = tests.filter(({ result, sig }) => result === 'valid' && sOf(fromHex(sig)) > n / 2n);
    expect(validHighS.length).toBe(70);
  });

  it.each(tests)('$tcId $comment: $result', ({ group, msg, sig, result }) => {
    const key = p256.importPublicKey(fromHex(group.publicKey.uncompressed));
    expect(p256.verify(key, fromHex(msg), fromHex(sig))).toBe(result === 'valid');
  });

  it('reads every group key alike from point, PEM, DER and JWK', () => {
    for (const { publicKey, publicKeyPem, publicKeyDer, publicKeyJwk } of wycheproof.testGroups) {
      const forms = [fromHex(publicKey.uncompressed), publicKeyPem, fromHex(publicKeyDer), publicKeyJwk];
      for (const form of forms.filter((form) => form !== undefined)) {
        const key = p256.importPublicKey(form);
        expect(toHex(p256.exportPublicKey(key, 'raw'))).toBe(publicKey.uncompressed);
      }
    }
  });
});

describe.each(implementations)('%s p256', (_, { p256 }) => {
  const privateKey = p256.importPrivateKey(scalar);
  const publicKey = p256.publicKeyOf(privateKey);

  it('makes the signature of the compliance page, byte for byte', () => {
    expect(toHex(p256.exportPublicKey(publicKey, 'raw'))).toBe(point);
    expect(toHex(p256.sign(privateKey, passport))).toBe(passportSignature);
  });

  it('accepts both halves of s', () => {
    expect(p256.verify(publicKey, passport, fromHex(passportSignature))).toBe(true);
    expect(p256.verify(publicKey, passport, fromHex(passportTwin))).toBe(true);
    expect(toHex(twin(fromHex(passportSignature)))).toBe(passportTwin);
  });

  it('answers false to damaged, malformed and missing signatures', () => {
    const good = fromHex(passportSignature);
    const swapped = fromHex(passportSignature.slice(64) + passportSignature.slice(0, 64));
    const der = fromHex(`3044022100${passportSignature.slice(0, 64)}021f`);
    const wrong = [new Uint8Array(64), new Uint8Array(64).fill(255), swapped, der, good.subarray(1), new Uint8Array(0)];
    for (const signature of [...wrong, new Uint8Array(65), new Uint8Array([...good, 0])]) {
      expect(p256.verify(publicKey, passport, signature)).toBe(false);
    }
    for (let i = 0; i < 64; i++) expect(p256.verify(publicKey, passport, good.with(i, good[i]! ^ 1))).toBe(false);
    expect(p256.verify(publicKey, passport.with(0, 0), good)).toBe(false);
    expect(p256.verify(p256.generateKeyPair().publicKey, passport, good)).toBe(false);
  });

  it.each(rfc6979)('signs %j as RFC 6979 A.2.5, with s in the lower half', (message, expected) => {
    const listed = fromHex(expected);
    const lowS = sOf(listed) > n / 2n ? twin(listed) : listed;
    const signature = p256.sign(p256.importPrivateKey(rfc6979Scalar), ascii(message));
    expect(toHex(signature)).toBe(toHex(lowS));
  });

  it('signs with the smallest and the largest scalar', () => {
    for (const d of [1n, n - 1n]) {
      const key = p256.importPrivateKey(fromHex(d.toString(16).padStart(64, '0')));
      expect(p256.verify(p256.publicKeyOf(key), passport, p256.sign(key, passport))).toBe(true);
    }
  });

  it('refuses callers who pass something else', () => {
    const signature = fromHex(passportSignature);
    const forged = { type: 'p256-public' } as unknown as typeof publicKey;
    expect(() => p256.verify(forged, passport, signature)).toThrow(TypeError);
    expect(() => p256.verify(privateKey as unknown as typeof publicKey, passport, signature)).toThrow(TypeError);
    expect(() => p256.verify(undefined as unknown as typeof publicKey, passport, signature)).toThrow(TypeError);
    expect(() => p256.sign(publicKey as unknown as typeof privateKey, passport)).toThrow(TypeError);
    expect(() => p256.sign(privateKey, 'text' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => p256.verify(publicKey, passport, 'text' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => p256.exportPublicKey(publicKey, 'der' as unknown as 'pem')).toThrow(TypeError);
  });
});

describe.each(crossed)('%s', (_, signer, verifier) => {
  it('signatures verify, in both halves of s, and are always in the lower one', () => {
    for (let i = 0; i < 40; i++) {
      const { privateKey, publicKey } = signer.p256.generateKeyPair();
      const message = signer.randomBytes(i * 7);
      const signature = signer.p256.sign(privateKey, message);
      expect(signature.length).toBe(64);
      expect(sOf(signature) <= n / 2n).toBe(true);
      const foreign = verifier.p256.importPublicKey(signer.p256.exportPublicKey(publicKey, 'raw'));
      expect(verifier.p256.verify(foreign, message, signature)).toBe(true);
      expect(verifier.p256.verify(foreign, message, twin(signature))).toBe(true);
      expect(verifier.p256.verify(foreign, message, signature.with(5, signature[5]! ^ 4))).toBe(false);
    }
  });

  it('key objects work in the other implementation', () => {
    const { privateKey, publicKey } = signer.p256.generateKeyPair();
    const signature = verifier.p256.sign(privateKey, passport);
    expect(verifier.p256.verify(publicKey, passport, signature)).toBe(true);
    expect(toHex(signer.p256.sign(privateKey, passport))).toBe(toHex(signature));
  });
});

describe('deterministic nonces', () => {
  it('follow RFC 6979 beyond rejected candidates, as @noble/curves does', () => {
    const seed = new Uint8Array([...scalar, ...portable.sha256(passport)]);
    const drbg = createHmacDrbg<Uint8Array>(32, 32, portable.hmacSha256);
    const nextNonce = createNonces(native.hmacSha256, scalar, portable.sha256(passport));
    for (let skip = 0; skip < 5; skip++) {
      let left = skip;
      const expected = drbg(seed, (candidate) => (left-- > 0 ? undefined : Uint8Array.from(candidate)));
      expect(toHex(nextNonce())).toBe(toHex(expected));
    }
  });

  it('pass over candidates outside 1..n-1', () => {
    let calls = 0;
    const edges = [new Uint8Array(32), new Uint8Array(32).fill(255), fromHex(n.toString(16))];
    const one = new Uint8Array(32).with(31, 1);
    // Calls 0-3 seed; afterwards each candidate takes one call, and each retry two more before it.
    const candidates = new Map([4, 7, 10].map((call, i) => [call, edges[i]!]));
    const nextNonce = createNonces(() => candidates.get(calls++) ?? one, scalar, one);
    expect(nextNonce()).toEqual(one);
    expect(calls).toBe(14);
  });
});
