import { defineRegion, objectTable, type RegionReader, table } from '@vde/format';
import { auditVault } from './audit.ts';
import { checkPassports } from './check.ts';
import { complianceVaultCodes } from './codes.ts';
import { placeFinder } from './places.ts';
import { ComplianceVaultHeader, Passport } from './records.ts';
import { signatureForm } from './signature.ts';
import { ComplianceVault } from './vault.ts';
import { vaultCommands } from './verbs.ts';

const rows = /* @__PURE__ */ table({
  id: 'passports',
  header: ComplianceVaultHeader,
  item: Passport,
  count: 'passportCount',
});

/** The compliance vault region, tag `CMVT` (page region-compliance-vault). */
export const complianceVault = /* @__PURE__ */ defineRegion<ComplianceVault>({
  id: 'compliance-vault',
  title: 'Compliance vault',
  blockTag: 'CMVT',
  slotTypes: ['CMVT'],
  module: 1,
  codes: complianceVaultCodes,
  empty: () => new ComplianceVault(),
  decode(reader): ComplianceVault {
    const { header, items } = rows.read(reader);
    return ComplianceVault.ofStored(items, header.reserved);
  },
  requiredBlocks: (vault, geometry) => rows.requiredBlocks(vault.stored, geometry),
  encode(vault, writer) {
    const { reserved } = vault;
    rows.write({ header: { ...(reserved && { reserved }) }, items: vault.stored }, writer);
  },
  trace: rows.trace,
  verify: (vault, reader) => checkPassports(vault, reader, () => traceOf(reader)),
  audit: auditVault,
  describe(vault) {
    const passports = vault.stored;
    const signed = passports.filter((passport) => signatureForm(passport) !== 'absent').length;
    return {
      summary: [
        { id: 'passportCount', kind: 'i32', value: passports.length },
        { id: 'signedCount', kind: 'u32', value: signed },
        { id: 'objectCount', kind: 'u32', value: new Set(passports.map(({ objectId }) => objectId)).size },
      ],
      tables: [objectTable('passports', passports, Passport, placeFinder(passports))],
    };
  },
  verbs: { prefix: 'vault', commands: vaultCommands },
});

const traceOf = (reader: RegionReader) => rows.trace(reader, { first: 0, count: reader.loadedCount });
