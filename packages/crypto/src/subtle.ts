import { type P256PublicKey, pointOf } from './keys.ts';
import type { VerifyLater } from './verify-batch.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Importing a key takes as long as a verification. */
const imported = /* @__PURE__ */ new WeakMap<P256PublicKey, Promise<CryptoKey>>();

/** Verification by WebCrypto, which has threads of its own. `undefined` where it is missing, as on pages without TLS. */
export function subtleVerifier(): VerifyLater | undefined {
  const { subtle } = globalThis.crypto;
  if (subtle === undefined) return undefined;
  return async (key, message, signature) => {
    // Copies: WebCrypto takes no shared memory.
    const [stored, data] = [new Uint8Array(signature), new Uint8Array(message)];
    return subtle.verify(algorithm, await importOnce(subtle, key), stored, data);
  };
}

function importOnce(subtle: SubtleCrypto, key: P256PublicKey): Promise<CryptoKey> {
  let native = imported.get(key);
  if (native === undefined) {
    native = subtle.importKey('raw', pointOf(key), algorithm, false, ['verify']);
    imported.set(key, native);
  }
  return native;
}
