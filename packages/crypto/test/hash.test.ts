import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ascii, fromHex, implementations, toHex } from './implementations.ts';

const sha256Vectors: readonly (readonly [string, Uint8Array, string])[] = [
  ['nothing', ascii(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', ascii('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    '448 bits',
    ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a million a', ascii('a'.repeat(1e6)), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  [
    'format fingerprint 2.0 r1 (page 02, 3.9)',
    fromHex('0200010000020000000001000400000040000000'),
    '5ed170ca1f471ee519b70093dd599ca343e3b0ba6b360a4f8b6f8c6673681d00',
  ],
];

const sha512Vectors: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'nothing',
    ascii(''),
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
  [
    'abc',
    ascii('abc'),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    '896 bits',
    ascii(
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    ),
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  ],
];

/** RFC 4231, cases 1-4, 6, 7, and the empty key. */
const hmacVectors: readonly (readonly [string, Uint8Array, Uint8Array, string, string])[] = [
  [
    'case 1',
    new Uint8Array(20).fill(0x0b),
    ascii('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
  ],
  [
    'case 2',
    ascii('Jefe'),
    ascii('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
  [
    'case 3',
    new Uint8Array(20).fill(0xaa),
    new Uint8Array(50).fill(0xdd),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    'fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb',
  ],
  [
    'case 4',
    Uint8Array.from({ length: 25 }, (_, i) => i + 1),
    new Uint8Array(50).fill(0xcd),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    'b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd',
  ],
  [
    'case 6: key longer than a hash block',
    new Uint8Array(131).fill(0xaa),
    ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  ],
  [
    'case 7: key and data longer than a hash block',
    new Uint8Array(131).fill(0xaa),
    ascii(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
  ],
  [
    'empty key, empty message',
    ascii(''),
    ascii(''),
    'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad',
    'b936cee86c9f87aa5d3c6f2e84cb5a4239a5fe50480a6ec66b70ab5b1f4ac6730c6c515421b327ec1d69402e53dfb49ad7381eb067b338fd7b0cb22247225d47',
  ],
];

describe.each(implementations)('%s hashes', (_, crypto) => {
  it.each(sha256Vectors)('sha256 of %s', (_name, bytes, expected) => {
    expect(toHex(crypto.sha256(bytes))).toBe(expected);
    expect(toHex(crypto.createSha256().update(bytes).digest())).toBe(expected);
  });

  it.each(sha512Vectors)('sha512 of %s', (_name, bytes, expected) => {
    expect(toHex(crypto.sha512(bytes))).toBe(expected);
  });

  it.each(hmacVectors)('hmac %s', (_name, key, bytes, expected256, expected512) => {
    expect(toHex(crypto.hmacSha256(key, bytes))).toBe(expected256);
    expect(toHex(crypto.hmacSha512(key, bytes))).toBe(expected512);
  });

  it('signs and checks a namespace as page 02, 3.13 says', () => {
    const privateKey = Uint8Array.from({ length: 32 }, (_, i) => i);
    const data = new Uint8Array(112);
    data.set(ascii('dw'));
    data.set(fromHex('33221100554477668899aabbccddeeff'), 32);
    data.set(ascii('datawarehouse.local'), 48);
    const publicKey = crypto.sha512(privateKey).subarray(0, 32);
    expect(toHex(publicKey)).toBe('3d94eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6f');
    expect(toHex(crypto.hmacSha512(privateKey, data))).toBe(
      'fb5ac11ed42a235e958efe5db2ad3c339edc2641235d6e9667eaac70f2919551a95605cae0cf757ca4078e5a3066028582bfefd494ee4241a2043c3734e5a085',
    );
    expect(toHex(crypto.hmacSha512(publicKey, data))).toBe(
      'ac0c2edc044c8451663189f70003bae69359649fd8eeec21849586ac81848b850d6fc395c5b0da41c2d8e31fde3de5ad1db6d7c5040a82b175c9af0f0bf361f8',
    );
  });

  it('reproduces the golden namespace registration', () => {
    const file = new URL('../../../fixtures/golden/format/identity.json', import.meta.url);
    const { namespace } = JSON.parse(readFileSync(file, 'utf8'));
    const registration = fromHex(namespace.registration);
    const signature = crypto.hmacSha512(fromHex(namespace.privateKey), registration.subarray(0, 112));
    expect(toHex(crypto.sha512(fromHex(namespace.privateKey)).subarray(0, 32))).toBe(namespace.publicKey);
    expect(crypto.equalBytes(signature, registration.subarray(112))).toBe(true);
  });

  it('gives plain arrays that own all of their buffer', () => {
    const one = Uint8Array.of(1);
    const { sha256, sha512, hmacSha256, hmacSha512, createSha256, randomBytes } = crypto;
    const results = [sha256(one), sha512(one), hmacSha256(one, one), hmacSha512(one, one), randomBytes(5)];
    for (const bytes of [...results, createSha256().digest()]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  it('hashes pieces of every length around the block size as the whole', () => {
    const whole = Uint8Array.from({ length: 330 }, (_x, i) => i);
    const expected = toHex(crypto.sha256(whole));
    for (let length = 0; length <= 130; length++) {
      const hash = crypto.createSha256().update(whole.subarray(0, length)).update(new Uint8Array(0));
      hash.update(whole.subarray(length, 2 * length)).update(whole.subarray(2 * length));
      expect(toHex(hash.digest()), `pieces of ${length} bytes`).toBe(expected);
    }
  });

  it('ends an incremental hash with its digest', () => {
    const hash = crypto.createSha256().update(ascii('abc'));
    hash.digest();
    expect(() => hash.digest()).toThrow(TypeError);
    expect(() => hash.update(ascii('d'))).toThrow(TypeError);
  });

  it('refuses anything but bytes', () => {
    const text = 'abc' as unknown as Uint8Array;
    const words = new Uint16Array(2) as unknown as Uint8Array;
    for (const wrong of [text, words, undefined as unknown as Uint8Array]) {
      const bytes = new Uint8Array(3);
      expect(() => crypto.sha256(wrong)).toThrow(TypeError);
      expect(() => crypto.sha512(wrong)).toThrow(TypeError);
      expect(() => crypto.hmacSha256(wrong, bytes)).toThrow(TypeError);
      expect(() => crypto.hmacSha512(bytes, wrong)).toThrow(TypeError);
      expect(() => crypto.createSha256().update(wrong)).toThrow(TypeError);
      expect(() => crypto.equalBytes(bytes, wrong)).toThrow(TypeError);
    }
  });
});

describe.each(implementations)('%s bytes', (_, crypto) => {
  it('equalBytes compares content and length', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(crypto.equalBytes(bytes, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(crypto.equalBytes(bytes, Uint8Array.of(1, 2, 4))).toBe(false);
    expect(crypto.equalBytes(bytes, Uint8Array.of(0, 2, 3))).toBe(false);
    expect(crypto.equalBytes(bytes, Uint8Array.of(1, 2))).toBe(false);
    expect(crypto.equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  it.each([0, 1, 32, 65536, 65537, 200_000])('randomBytes fills %i bytes to the end', (length) => {
    const bytes = crypto.randomBytes(length);
    expect(bytes.length).toBe(length);
    for (let at = 0; at + 32 <= length; at += 16384) expect(bytes.subarray(at, at + 32).some(Boolean)).toBe(true);
    if (length >= 65536) expect(bytes.subarray(-1 - (length % 65536 || 32)).some(Boolean)).toBe(true);
    if (length >= 32) expect(toHex(crypto.randomBytes(32))).not.toBe(toHex(crypto.randomBytes(32)));
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('randomBytes refuses a length of %d', (length) => {
    expect(() => crypto.randomBytes(length)).toThrow(RangeError);
  });
});
