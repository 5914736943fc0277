// examples/verify.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { p256 } from '@vde/crypto';
import { decodeRegion, encodeRegion, ticksFromDate, tryText } from '@vde/format';
import {
  ComplianceVault,
  complianceVault,
  frameworks,
  signPassport,
  verifyPassports,
} from '@vde/region-compliance-vault';

// Bare blocks of a region. In an image: const { state } = await image.region(complianceVault)
const folder = new URL('../../../fixtures/golden/regions/compliance-vault/', import.meta.url);
const blocks = gunzipSync(readFileSync(new URL('many.4096.bin.gz', folder)));
const { publicKeyPem } = JSON.parse(readFileSync(new URL('many.4096.json', folder), 'utf8'));
const { state: vault } = decodeRegion(complianceVault, blocks, { blockSize: 4096 });

// Who issued what for which object.
const gdpr = vault.select({ frameworkId: frameworks.gdpr });
console.log(vault.passportCount, gdpr.length, tryText(gdpr[0]!.issuerId));

// The verdict on every passport: signature, time, status.
const now = ticksFromDate(new Date('2025-06-01'));
const verdicts = await verifyPassports(vault, { now, publicKey: publicKeyPem });
export const unsigned = verdicts.filter(({ verdict }) => verdict === 'absent').length;
console.log(unsigned); // 9

// A new passport, signed and written.
const { privateKey, publicKey } = p256.generateKeyPair();
const passport = {
  passportId: '00112233-4455-6677-8899-aabbccddeeff',
  objectId: '01020304-0506-0708-090a-0b0c0d0e0f10',
  frameworkId: frameworks.soc2,
  complianceStatus: 1,
  issuedUtcTicks: now,
  expiresUtcTicks: 0n,
  lastVerifiedUtcTicks: now,
  issuerId: 'TÜV Rheinland 0197',
};
const mine = new ComplianceVault([signPassport(passport, privateKey)]);
const written = encodeRegion(complianceVault, mine, { blockSize: 4096, generation: 1 });
const read = decodeRegion(complianceVault, written, { blockSize: 4096 });
const [verdict] = await verifyPassports(read.state, { now, publicKey });
export const mineIs = verdict?.verdict;
console.log(mineIs); // valid
