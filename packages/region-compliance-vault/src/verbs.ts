import { isKeyFormatError, type P256PrivateKey } from '@vde/crypto';
import { bytesArgument, type RegionVerb, textArgument, type VerbArgs } from '@vde/format';
import { privateKeyOf } from './keys.ts';
import { guid, parsePassport } from './passport-file.ts';
import { signPassport } from './signature.ts';
import type { ComplianceVault } from './vault.ts';

const passportId = {
  summary: 'id of the passport',
  required: true,
  example: '00112233-4455-6677-8899-aabbccddeeff',
} as const;

/** Editing commands of the vault. */
export const vaultCommands: Readonly<Record<string, RegionVerb<ComplianceVault>>> = {
  add: {
    summary: 'add a passport',
    args: {
      passport: { summary: 'a JSON file with its fields', required: true, bytes: true, example: 'passport.json' },
    },
    run(vault, args) {
      const state = vault.clone();
      state.add(parsePassport(bytesArgument(args, 'passport')));
      return { state };
    },
  },
  sign: {
    summary: 'sign a passport with a P-256 private key',
    args: {
      'passport-id': passportId,
      key: { summary: 'the file of the private key: PEM or JWK', required: true, bytes: true, example: 'key.pem' },
    },
    run(vault, args) {
      const state = vault.clone();
      const id = idOf(args);
      state.replace(signPassport(found(state.find(id), id), keyOf(args)));
      return { state };
    },
  },
  remove: {
    summary: 'remove a passport; later ones move down by one index',
    args: { 'passport-id': passportId },
    run(vault, args) {
      const state = vault.clone();
      const id = idOf(args);
      found(state.remove(id), id);
      return { state };
    },
  },
};

const idOf = (args: VerbArgs) => textArgument(args, 'passport-id', guid, 'a GUID');

function found<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new RangeError(`passport-id "${id}" is not in the vault`);
  return value;
}

/** The key, also given as text by callers that have no files. */
function keyOf({ key }: VerbArgs): P256PrivateKey {
  if (key === undefined) throw new RangeError('key is missing: expected a private key');
  try {
    return privateKeyOf(key);
  } catch (cause) {
    if (!isKeyFormatError(cause)) throw cause;
    throw new RangeError(`key: ${cause.message}`, { cause });
  }
}
