import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, fromHex, implementations, native, portable, toHex } from './implementations.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: 'max' });
const limits = { endOnFailure: true, interruptAfterTimeLimit: 20_000 } as const;

describe('both implementations', () => {
  it('hash alike', () => {
    const check = fc.property(bytes(6000), (data) => {
      expect(toHex(native.sha256(data))).toBe(toHex(portable.sha256(data)));
      expect(toHex(native.sha512(data))).toBe(toHex(portable.sha512(data)));
    });
    fc.assert(check, { ...limits, numRuns: 200 });
  });

  it('authenticate alike', () => {
    const check = fc.property(bytes(300), bytes(6000), (key, data) => {
      expect(toHex(native.hmacSha256(key, data))).toBe(toHex(portable.hmacSha256(key, data)));
      expect(toHex(native.hmacSha512(key, data))).toBe(toHex(portable.hmacSha512(key, data)));
    });
    fc.assert(check, { ...limits, numRuns: 200 });
  });

  it('sign alike', () => {
    const scalar = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((b) => b.with(0, b[0]! & 0x7f).with(31, b[31]! | 1));
    const check = fc.property(scalar, bytes(500), (d, message) => {
      const [mine, theirs] = [native, portable].map(({ p256 }) => p256.sign(p256.importPrivateKey(d), message));
      expect(toHex(mine!)).toBe(toHex(theirs!));
    });
    fc.assert(check, { ...limits, numRuns: 60 });
  });

  it('judge arbitrary signatures alike', () => {
    const { publicKey } = native.p256.generateKeyPair();
    const signature = fc.oneof(bytes(200), fc.uint8Array({ minLength: 64, maxLength: 64 }));
    const check = fc.property(signature, bytes(50), (candidate, message) => {
      for (const { p256 } of [native, portable]) expect(p256.verify(publicKey, message, candidate)).toBe(false);
    });
    fc.assert(check, { ...limits, numRuns: 100 });
  });

  it('judge arbitrary and damaged keys alike, and throw nothing but KeyFormatError', () => {
    const fails = { public: 0, private: 0 };
    const check = fc.property(damagedKey(), (key) => {
      const results = [native, portable].map(({ p256, isKeyFormatError }) =>
        [
          () => toHex(p256.exportPublicKey(p256.importPublicKey(key as string), 'raw')),
          () => toHex(p256.exportPrivateKey(p256.importPrivateKey(key as string), 'raw')),
        ].map((read, i) => {
          let raw = '';
          const error = errorOf(() => {
            raw = read();
          });
          if (error === undefined) return raw;
          expect(isKeyFormatError(error), String(error)).toBe(true);
          fails[i === 0 ? 'public' : 'private']++;
          return (error as Error).message;
        }),
      );
      expect(results[0]).toEqual(results[1]);
    });
    fc.assert(check, { ...limits, numRuns: 600 });
    expect(fails.public).toBeGreaterThan(100);
    expect(fails.private).toBeGreaterThan(100);
  });
});

/** Arbitrary values, and good keys with a changed, cut or lengthened middle. */
function damagedKey(): fc.Arbitrary<unknown> {
  const { p256 } = portable;
  const privateKey = p256.importPrivateKey(fromHex('01'.repeat(32)));
  const publicKey = p256.publicKeyOf(privateKey);
  const pems = [p256.exportPublicKey(publicKey, 'pem'), p256.exportPrivateKey(privateKey, 'pem')];
  const ders = pems.map((pem) => new Uint8Array(Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64')));
  const raws = [p256.exportPublicKey(publicKey, 'raw'), p256.exportPrivateKey(privateKey, 'raw')];
  const splice = (length: number) => fc.tuple(fc.nat(length), fc.nat(3));
  const damagedBytes = fc
    .constantFrom(...ders, ...raws)
    .chain((key) => fc.tuple(fc.constant(key), splice(key.length), fc.uint8Array({ maxLength: 3 })))
    .map(([key, [at, drop], add]) => new Uint8Array([...key.subarray(0, at), ...add, ...key.subarray(at + drop)]));
  const damagedPem = fc
    .constantFrom(...pems)
    .chain((key) => fc.tuple(fc.constant(key), splice(key.length), fc.string({ maxLength: 3 })))
    .map(([key, [at, drop], add]) => key.slice(0, at) + add + key.slice(at + drop));
  const field = fc.oneof(fc.base64String({ maxLength: 60 }), fc.anything());
  const damagedJwk = fc
    .record({ kty: field, crv: field, x: field, y: field, d: field }, { requiredKeys: [] })
    .map((changes) => ({ ...p256.exportPrivateKey(privateKey, 'jwk'), ...changes }));
  return fc.oneof(damagedBytes, damagedPem, damagedJwk, bytes(200), fc.string(), fc.anything());
}

describe.each(implementations)('%s', (_, crypto) => {
  it('hashes pieces as the whole', () => {
    const check = fc.property(fc.array(bytes(900), { maxLength: 8, size: 'max' }), (pieces) => {
      const hash = crypto.createSha256();
      for (const piece of pieces) hash.update(piece);
      expect(toHex(hash.digest())).toBe(toHex(crypto.sha256(Buffer.concat(pieces))));
    });
    fc.assert(check, { ...limits, numRuns: 200 });
  });

  it('equalBytes agrees with a comparison of text', () => {
    const small = fc.uint8Array({ maxLength: 3, max: 2 });
    const check = fc.property(small, small, (a, b) => crypto.equalBytes(a, b) === (toHex(a) === toHex(b)));
    fc.assert(check, { ...limits, numRuns: 500 });
  });

  it('compares against signatures of its own as valid only for their message', () => {
    const { privateKey, publicKey } = crypto.p256.generateKeyPair();
    const check = fc.property(bytes(200), bytes(200), (message, other) => {
      const signature = crypto.p256.sign(privateKey, message);
      const same = toHex(message) === toHex(other);
      expect(crypto.p256.verify(publicKey, other, signature)).toBe(same);
    });
    fc.assert(check, { ...limits, numRuns: 30 });
  });
});
