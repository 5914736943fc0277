import type { CodeRegistry } from '@vde/format';

/** The finding codes of the compliance vault besides those of `@vde/format`. */
export const complianceVaultCodes = {
  signatureInvalid: {
    severity: 'error',
    explain:
      'A passport is signed, but its signature fits none of the given keys: the passport was changed after it was signed, or the key of its issuer is not among them. The vault names no keys; its issuer text tells whose key is needed.',
  },
  signatureMalformed: {
    severity: 'error',
    explain:
      'The 64 bytes of a signature are no pair of numbers that a P-256 signature can have, so that it fits no key at all. The passport may still be what its issuer wrote; nothing proves it.',
  },
  unverifiable: {
    severity: 'notice',
    explain:
      'A passport is signed, but no key was given to verify it with. Nothing is wrong; nothing is proved. Give the public key of the issuer.',
  },
  unsigned: {
    severity: 'notice',
    explain: 'A passport carries no signature (64 zero bytes). Nothing proves who issued it or that it is unchanged.',
  },
  overLimit: {
    severity: 'warning',
    explain:
      'The issuer of a passport is longer than 128 bytes or its notes are longer than 256. It reads and is written again as it is; the existing implementation reads it, too, and neither adds such a passport.',
  },
  emptyPassport: {
    severity: 'warning',
    explain:
      'A passport of zero bytes only. Nobody issues such a one: the bytes of a passport were erased, or the count in the header is larger than the number of passports.',
  },
} as const satisfies CodeRegistry;
