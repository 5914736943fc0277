import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { crossed, errorOf, fromHex, type Implementation, implementations, n, toHex } from './implementations.ts';

const scalarHex = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20';
const x = '515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f';
const y = '4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354';
const pointHex = `04${x}${y}`;
const algorithm = '301306072a8648ce3d020106082a8648ce3d030107';
const jwk = {
  kty: 'EC',
  crv: 'P-256',
  x: Buffer.from(x, 'hex').toString('base64url'),
  y: Buffer.from(y, 'hex').toString('base64url'),
  d: Buffer.from(scalarHex, 'hex').toString('base64url'),
};
const { d: _, ...publicJwk } = jwk;

/** OpenSSL's own writing of the same key is the oracle for ours. */
const openssl: KeyObject = createPrivateKey({ key: jwk, format: 'jwk' });
const opensslPublic: KeyObject = createPublicKey(openssl);
const pkcs8Pem = openssl.export({ format: 'pem', type: 'pkcs8' }) as string;
const sec1Pem = openssl.export({ format: 'pem', type: 'sec1' }) as string;
const spkiPem = opensslPublic.export({ format: 'pem', type: 'spki' }) as string;
const pkcs8 = new Uint8Array(openssl.export({ format: 'der', type: 'pkcs8' }));
const spki = new Uint8Array(opensslPublic.export({ format: 'der', type: 'spki' }));

/** One DER element around hex parts. */
function der(tag: string, ...parts: readonly string[]): string {
  const body = parts.join('');
  const length = body.length / 2;
  return tag + (length < 128 ? '' : '81') + length.toString(16).padStart(2, '0') + body;
}
const spkiOf = (point: string) => fromHex(der('30', algorithm, der('03', '00', point)));
const sec1Of = (scalar: string, version = '01') => der('30', `0201${version}`, der('04', scalar));
const pkcs8Of = (sec1: string, version = '00', ...more: readonly string[]) =>
  fromHex(der('30', `0201${version}`, algorithm, der('04', sec1), ...more));

const pem = (label: string, hex: string) =>
  `-----BEGIN ${label}-----\n${Buffer.from(hex, 'hex').toString('base64')}\n-----END ${label}-----\n`;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ecParameters = pem('EC PARAMETERS', '06082a8648ce3d030107');

type Key = Parameters<Implementation['p256']['importPublicKey']>[0];

describe.each(implementations)('%s keys', (_name, { p256, isKeyFormatError }) => {
  const goodPublic: readonly (readonly [string, Key])[] = [
    ['PEM SPKI', spkiPem],
    ['PEM with CRLF and text around', `subject: x\r\n${spkiPem.replaceAll('\n', '\r\n')}\r\nbye`],
    ['PEM behind another block', ecParameters + spkiPem],
    ['DER SPKI', spki],
    ['DER SPKI in a Buffer', Buffer.from(spki)],
    ['DER SPKI with a compressed point', spkiOf(`02${x}`)],
    ['JWK', publicJwk],
    ['JWK with further members', { ...publicJwk, kid: 'a', use: 'sig' } as Key],
    ['uncompressed point', fromHex(pointHex)],
    ['compressed point', fromHex(`02${x}`)],
  ];
  it.each(goodPublic)('reads a public key from %s', (_form, key) => {
    expect(toHex(p256.exportPublicKey(p256.importPublicKey(key), 'raw'))).toBe(pointHex);
  });

  it('finds the odd y of a compressed point', () => {
    const raw = toHex(p256.exportPublicKey(p256.importPublicKey(fromHex(`03${x}`)), 'raw'));
    expect(raw.slice(0, 66)).toBe(`04${x}`);
    expect(raw).not.toBe(pointHex);
  });

  const goodPrivate: readonly (readonly [string, Key])[] = [
    ['PEM PKCS#8', pkcs8Pem],
    ['PEM SEC1', sec1Pem],
    ['PEM SEC1 behind EC PARAMETERS', ecParameters + sec1Pem],
    ['DER PKCS#8', pkcs8],
    ['DER PKCS#8 without public key', pkcs8Of(sec1Of(scalarHex))],
    ['DER PKCS#8 with attributes', pkcs8Of(sec1Of(scalarHex), '00', der('a0', '0500'))],
    ['DER PKCS#8 version 2, public key outside', pkcs8Of(sec1Of(scalarHex), '01', der('81', '00', pointHex))],
    ['JWK', jwk],
    ['raw scalar', fromHex(scalarHex)],
  ];
  it.each(goodPrivate)('reads a private key from %s', (_form, key) => {
    expect(toHex(p256.exportPrivateKey(p256.importPrivateKey(key), 'raw'))).toBe(scalarHex);
  });

  it('writes what OpenSSL writes', () => {
    const privateKey = p256.importPrivateKey(fromHex(scalarHex));
    const publicKey = p256.publicKeyOf(privateKey);
    expect(p256.exportPublicKey(publicKey, 'pem')).toBe(spkiPem);
    expect(p256.exportPrivateKey(privateKey, 'pem')).toBe(pkcs8Pem);
    expect(p256.exportPublicKey(publicKey, 'jwk')).toEqual(publicJwk);
    expect(p256.exportPrivateKey(privateKey, 'jwk')).toEqual(jwk);
  });

  const offCurve = `04${x}${y.slice(0, -2)}55`;
  const badPublic: readonly (readonly [string, unknown, RegExp])[] = [
    ['a point off the curve', fromHex(offCurve), /no point/],
    ['a point off the curve in SPKI', spkiOf(offCurve), /no point/],
    ['zero coordinates', fromHex(`04${'00'.repeat(64)}`), /no point/],
    ['coordinates beyond p', fromHex(`04${'ff'.repeat(64)}`), /no point/],
    ['x without a y', fromHex(`02${'00'.repeat(31)}01`), /no point/],
    ['the point at infinity', fromHex('00'), /1 bytes/],
    ['the point at infinity in SPKI', spkiOf('00'), /no point/],
    ['a hybrid point', fromHex(`06${x}${y}`), /65 bytes/],
    ['a hybrid point in SPKI', spkiOf(`06${x}${y}`), /no point/],
    ['nothing', new Uint8Array(0), /0 bytes/],
    ['SPKI cut short', spki.subarray(0, 90), /valid length/],
    ['SPKI with a tail', new Uint8Array([...spki, 0]), /behind the last element/],
    ['SPKI in indefinite length', fromHex(`3080${toHex(spki.subarray(2))}0000`), /valid length/],
    ['SPKI with a long-form length', fromHex(`308159${toHex(spki.subarray(2))}`), /valid length/],
    ['SPKI with odd bits', fromHex(`3059${algorithm}034201${pointHex}`), /whole bytes/],
    ['a P-384 PEM', p384.publicKey.export({ format: 'pem', type: 'spki' }), /P-384/],
    ['a P-384 JWK', p384.publicKey.export({ format: 'jwk' }), /P-384/],
    ['an RSA PEM', rsa.publicKey.export({ format: 'pem', type: 'spki' }), /2a864886f70d010101/],
    ['an RSA JWK', rsa.publicKey.export({ format: 'jwk' }), /"RSA"/],
    ['a private PEM', pkcs8Pem, /PEM "PRIVATE KEY"/],
    ['a private JWK', jwk, /private JWK/],
    ['a JWK with a short x', { ...publicJwk, x: publicJwk.x.slice(0, 40) }, /30 bytes as JWK "x"/],
    ['a JWK without y', { ...publicJwk, y: undefined }, /nothing as JWK "y"/],
    ['a JWK in standard base64', { ...publicJwk, x: `${publicJwk.x.slice(0, 42)}+` }, /base64url/],
    ['text', 'hello', /without a PEM block/],
    ['an unfinished PEM', '-----BEGIN PUBLIC KEY-----\nMFkw', /END line/],
    ['a PEM that is not base64', '-----BEGIN PUBLIC KEY-----\n%%\n-----END PUBLIC KEY-----', /not base64/],
    ['null', null, /null/],
    ['a number', 5, /number/],
    ['an array', [4, 5], /kty/],
  ];
  it.each(badPublic)('refuses %s as public key', (_form, key, message) => {
    const error = errorOf(() => p256.importPublicKey(key as Key));
    expect(isKeyFormatError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'badKey', message: expect.stringMatching(message) });
  });

  const otherPoint = toHex(p256.exportPublicKey(p256.generateKeyPair().publicKey, 'raw'));
  const encrypted = openssl.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'a' });
  const legacy = openssl.export({ format: 'pem', type: 'sec1', cipher: 'aes-256-cbc', passphrase: 'a' });
  const badPrivate: readonly (readonly [string, unknown, RegExp])[] = [
    ['scalar 0', new Uint8Array(32), /out of range/],
    ['scalar n', fromHex(n.toString(16)), /out of range/],
    ['31 bytes', new Uint8Array(31).fill(1), /31 bytes/],
    ['33 bytes', new Uint8Array(33).fill(1), /33 bytes/],
    ['a short scalar in PKCS#8', pkcs8Of(sec1Of('01'.repeat(31))), /31 bytes/],
    ['PKCS#8 cut short', pkcs8.subarray(0, 100), /valid length/],
    ['PKCS#8 version 2 of the future', pkcs8.with(5, 2), /version/],
    ['EC key version 2', pkcs8Of(sec1Of(scalarHex, '02')), /version/],
    ['a public key that belongs to another', fromHex(toHex(pkcs8).replace(pointHex, otherPoint)), /of another/],
    ['an outside public key of another', pkcs8Of(sec1Of(scalarHex), '01', der('81', '00', otherPoint)), /of another/],
    ['PKCS#8 with a tail', pkcs8Of(sec1Of(scalarHex), '00', '0500'), /behind the last/],
    ['a public key off the curve', fromHex(toHex(pkcs8).replace(pointHex, offCurve)), /no point/],
    [
      'a JWK whose x, y belong to another',
      { ...jwk, ...p256.exportPublicKey(p256.generateKeyPair().publicKey, 'jwk') },
      /of another/,
    ],
    ['SEC1 without a curve', pem('EC PRIVATE KEY', sec1Of(scalarHex)), /no curve/],
    ['SEC1 of secp256k1', pem('EC PRIVATE KEY', `302e0201010420${scalarHex}a00706052b8104000a`), /secp256k1/],
    ['a P-384 PEM', p384.privateKey.export({ format: 'pem', type: 'pkcs8' }), /P-384/],
    ['an encrypted PKCS#8', encrypted, /ENCRYPTED PRIVATE KEY/],
    ['an encrypted SEC1', legacy, /headers/],
    ['a public PEM', spkiPem, /PEM "PUBLIC KEY"/],
    ['a public JWK', publicJwk, /nothing as JWK "d"/],
    ['undefined', undefined, /undefined/],
  ];
  it.each(badPrivate)('refuses %s as private key', (_form, key, message) => {
    const error = errorOf(() => p256.importPrivateKey(key as Key));
    expect(isKeyFormatError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'badKey', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain(scalarHex);
  });

  it('copies bytes in and out', () => {
    const scalar = fromHex(scalarHex);
    const point = fromHex(pointHex);
    const privateKey = p256.importPrivateKey(scalar);
    const publicKey = p256.importPublicKey(point);
    scalar.fill(0);
    point.fill(0);
    p256.exportPrivateKey(privateKey, 'raw').fill(0);
    p256.exportPublicKey(publicKey, 'raw').fill(0);
    expect(toHex(p256.exportPrivateKey(privateKey, 'raw'))).toBe(scalarHex);
    expect(toHex(p256.exportPublicKey(publicKey, 'raw'))).toBe(pointHex);
  });

  it('keeps private bytes out of logs, copies and JSON', () => {
    const key = p256.importPrivateKey(fromHex(scalarHex));
    expect(JSON.stringify(key)).toBe('{"type":"p256-private"}');
    expect(inspect(key, { depth: 9 })).toBe("{ type: 'p256-private' }");
    expect(Object.getOwnPropertySymbols({ ...key })).toEqual([]);
    expect(Object.isFrozen(key)).toBe(true);
  });

  it('isKeyFormatError tells key errors from others', () => {
    expect(isKeyFormatError(new Error('badKey'))).toBe(false);
    expect(isKeyFormatError(Object.assign(new Error('x'), { code: 'badKey' }))).toBe(false);
    expect(isKeyFormatError({ name: 'KeyFormatError', code: 'badKey' })).toBe(false);
    expect(isKeyFormatError(undefined)).toBe(false);
  });
});

describe.each(crossed)('%s', (_name, { p256: from }, { p256: to }) => {
  it.each(['pem', 'jwk', 'raw'] as const)('carries keys over as %s', (format) => {
    for (let i = 0; i < 10; i++) {
      const { privateKey, publicKey } = from.generateKeyPair();
      const movedPrivate = to.importPrivateKey(from.exportPrivateKey(privateKey, format as 'pem'));
      const movedPublic = to.importPublicKey(from.exportPublicKey(publicKey, format as 'pem'));
      expect(to.exportPrivateKey(movedPrivate, format as 'pem')).toEqual(
        from.exportPrivateKey(privateKey, format as 'pem'),
      );
      expect(to.exportPublicKey(movedPublic, format as 'pem')).toEqual(
        from.exportPublicKey(publicKey, format as 'pem'),
      );
      expect(to.exportPublicKey(to.publicKeyOf(movedPrivate), 'raw')).toEqual(from.exportPublicKey(publicKey, 'raw'));
    }
  });
});
