import * as crypto from '@vde/crypto';
import { expectTypeOf } from 'vitest';
import type * as nativeModule from '../src/index.node.ts';
import type * as portableModule from '../src/index.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const { p256 } = crypto;

// One declaration file serves both implementations.
expectTypeOf<typeof nativeModule>().toEqualTypeOf<typeof portableModule>();
expectTypeOf<typeof crypto>().toEqualTypeOf<typeof portableModule>();

expectTypeOf(crypto.sha256).toEqualTypeOf<(bytes: Uint8Array) => Bytes>();
expectTypeOf(crypto.sha512).toEqualTypeOf<(bytes: Uint8Array) => Bytes>();
expectTypeOf(crypto.hmacSha256).toEqualTypeOf<(key: Uint8Array, bytes: Uint8Array) => Bytes>();
expectTypeOf(crypto.hmacSha512).toEqualTypeOf<(key: Uint8Array, bytes: Uint8Array) => Bytes>();
expectTypeOf(crypto.equalBytes).toEqualTypeOf<(a: Uint8Array, b: Uint8Array) => boolean>();
expectTypeOf(crypto.randomBytes).toEqualTypeOf<(length: number) => Bytes>();
expectTypeOf(crypto.createSha256().update(new Uint8Array(1)).digest()).toEqualTypeOf<Bytes>();

const { publicKey, privateKey } = p256.generateKeyPair();
expectTypeOf(publicKey).toEqualTypeOf<crypto.P256PublicKey>();
expectTypeOf(privateKey).toEqualTypeOf<crypto.P256PrivateKey>();
expectTypeOf(p256.publicKeyOf).toEqualTypeOf<(privateKey: crypto.P256PrivateKey) => crypto.P256PublicKey>();
expectTypeOf(p256.sign(privateKey, new Uint8Array(1))).toEqualTypeOf<Bytes>();
expectTypeOf(p256.verify(publicKey, new Uint8Array(1), new Uint8Array(64))).toEqualTypeOf<boolean>();

// Keys are opaque and not interchangeable.
expectTypeOf(publicKey).not.toExtend<crypto.P256PrivateKey>();
expectTypeOf(privateKey).not.toExtend<crypto.P256PublicKey>();
expectTypeOf<{ readonly type: 'p256-public' }>().not.toExtend<crypto.P256PublicKey>();
expectTypeOf<Uint8Array>().not.toExtend<crypto.P256PublicKey>();

expectTypeOf(p256.exportPublicKey(publicKey, 'pem')).toEqualTypeOf<string>();
expectTypeOf(p256.exportPublicKey(publicKey, 'jwk')).toEqualTypeOf<crypto.P256PublicJwk>();
expectTypeOf(p256.exportPublicKey(publicKey, 'raw')).toEqualTypeOf<Bytes>();
expectTypeOf(p256.exportPrivateKey(privateKey, 'jwk')).toEqualTypeOf<crypto.P256PrivateJwk>();
// @ts-expect-error unknown format
p256.exportPublicKey(publicKey, 'der');

// JSON Web Keys of the platform and of our own exports go in.
expectTypeOf<JsonWebKey>().toExtend<crypto.JwkLike>();
expectTypeOf<import('node:crypto').JsonWebKey>().toExtend<crypto.JwkLike>();
expectTypeOf<crypto.P256PrivateJwk>().toExtend<crypto.JwkLike>();

declare const caught: unknown;
if (crypto.isKeyFormatError(caught)) expectTypeOf(caught.code).toEqualTypeOf<'badKey'>();
