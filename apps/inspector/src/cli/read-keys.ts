import { readFile } from 'node:fs/promises';
import { isKeyFormatError, p256 } from '@vde/crypto';
import { VdeError } from '@vde/format';
import type { Call } from './call.ts';
import { usageError } from './options.ts';

/** The files of `--key`, each proven to hold a P-256 public key. @throws VdeError `usage`, `notFound` or `readFailed`. */
export async function readKeys(call: Call): Promise<Uint8Array[]> {
  const files = call.list('key');
  const level = call.text('level');
  if (level !== 'deep') {
    const given = files.length > 0 ? '--key' : call.flag('requireSignatures') ? '--require-signatures' : undefined;
    if (given !== undefined)
      throw usageError(`${given}: signatures are verified at level deep, not ${level}`, `--level deep ${given}`);
  }
  const keys: Uint8Array[] = [];
  for (const file of files) keys.push(requireKey(file, await readKey(file)));
  return keys;
}

/** The bytes of a key file. @throws VdeError `notFound` or `readFailed`. */
export async function readKey(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as { code?: string };
    const isMissing = code === 'ENOENT';
    const message = isMissing ? `${file}: no such key file` : `${file}: the key cannot be read (${code})`;
    throw new VdeError(isMissing ? 'notFound' : 'readFailed', message, { cause });
  }
}

/** A file that is no key would else be a key that fits no signature. */
function requireKey(file: string, bytes: Uint8Array): Uint8Array {
  try {
    p256.importPublicKey(bytes);
    return bytes;
  } catch (error) {
    if (!isKeyFormatError(error)) throw error;
    throw usageError(`--key ${file}: ${error.message}`, 'a P-256 public key as PEM, JWK or raw point');
  }
}
