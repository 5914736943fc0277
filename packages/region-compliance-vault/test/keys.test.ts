import { isKeyFormatError } from '@vde/crypto';
import { toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { privateKeyOf, publicKeyOf, signPassport, verifySignature } from '../src/index.ts';
import { example, lowS, privateKey, publicKey, scalar } from './passports.ts';

describe('keys', () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'UVw9brnjlrkE0_7Kf1T9zQzB6Ze_N13KUVrQpsO0A18',
    y: 'RTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q',
  };
  const pem =
    '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUVw9brnjlrkE0/7Kf1T9zQzB6Ze/\nN13KUVrQpsO0A19FNr46UPMY+/mlR1kCoiFQK+8NV+CMU7LMClbxfZ+TVA==\n-----END PUBLIC KEY-----\n';
  const point = Buffer.from(
    '04515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354',
    'hex',
  );
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const forms = [
    ['imported', publicKey],
    ['PEM text', pem],
    ['the bytes of a PEM file', utf8(pem)],
    ['a JWK', jwk],
    ['JWK text', JSON.stringify(jwk)],
    ['the bytes of a JWK file', utf8(` ${JSON.stringify(jwk)}\n`)],
    ['a raw point', new Uint8Array(point)],
    ['DER', new Uint8Array(der)],
  ] as const;

  it.each(forms)('%s', (_name, key) => {
    expect(verifySignature({ ...example, signature: lowS }, key)).toBe(true);
    expect(verifySignature(example, key)).toBe(false);
  });

  const p384 =
    '-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f\n-----END PUBLIC KEY-----';
  it.each([
    ['a P-384 key (defect 9)', p384],
    ['no key at all', undefined],
    ['broken JSON', '{"kty":'],
    ['a text', utf8('hello')],
    ['nothing', new Uint8Array()],
  ])('%s is an error, whatever the passport', (_name, key) => {
    for (const passport of [example, { ...example, signature: lowS }]) {
      let thrown: unknown;
      try {
        verifySignature(passport, key as never);
      } catch (error) {
        thrown = error;
      }
      expect(isKeyFormatError(thrown)).toBe(true);
    }
  });

  it('private keys as well', () => {
    const files = [scalar, { ...jwk, d: 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA' }];
    for (const key of files) expect(toHex(signPassport(example, key).signature)).toBe(toHex(lowS));
    expect(() => signPassport(example, pem)).toThrow(expect.objectContaining({ code: 'badKey' }));
    expect(privateKeyOf(privateKey)).toBe(privateKey);
    expect(publicKeyOf(publicKey)).toBe(publicKey);
  });
});
