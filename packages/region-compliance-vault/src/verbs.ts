import type { RegionVerb } from '@vde/format';
import { signPassport } from './signature.ts';
import type { ComplianceVault } from './vault.ts';

const passportId = { summary: 'id of the passport', required: true } as const;

/** Editing commands of the vault. Each works on a copy. */
export const vaultCommands: Readonly<Record<string, RegionVerb<ComplianceVault>>> = {
  sign: {
    summary: 'sign a passport with a P-256 private key',
    args: { 'passport-id': passportId, key: { summary: 'text of the private key: PEM or JWK', required: true } },
    run(vault, args) {
      const next = vault.clone();
      const id = argument(args, 'passport-id');
      next.replace(signPassport(found(next.find(id), id), argument(args, 'key')));
      return next;
    },
  },
  remove: {
    summary: 'remove a passport; later ones move down by one index',
    args: { 'passport-id': passportId },
    run(vault, args) {
      const next = vault.clone();
      const id = argument(args, 'passport-id');
      found(next.remove(id), id);
      return next;
    },
  },
};

function argument(args: Readonly<Record<string, string>>, name: string): string {
  const value = args[name];
  if (value === undefined) throw new RangeError(`argument ${name} is missing`);
  return value;
}

function found<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new RangeError(`passport ${id} is not in the vault`);
  return value;
}
