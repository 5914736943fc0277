import { defineRegion, packedTable, type RegionReader, type VariableRecords } from '@vde/format';
import { auditVault } from './audit.ts';
import { checkPassports } from './check.ts';
import { complianceVaultCodes } from './codes.ts';
import type { Passport } from './records.ts';
import { rows } from './rows.ts';
import { signatureForm } from './signature.ts';
import { ComplianceVault } from './vault.ts';
import { vaultCommands } from './verbs.ts';

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
  describe({ stored }) {
    const objects = readAll(stored, 'objectId');
    const signed = readAll(stored, 'signature').filter((signature) => signatureForm({ signature }) !== 'absent');
    return {
      summary: [
        { id: 'passportCount', kind: 'i32', value: stored.length },
        { id: 'signedCount', kind: 'u32', value: signed.length },
        { id: 'objectCount', kind: 'u32', value: new Set(objects).size },
      ],
      tables: [packedTable('passports', stored, rows.locator(stored))],
      counts: [
        { id: 'statuses', title: 'Passports by status', table: 'passports', by: 'complianceStatus' },
        { id: 'frameworks', title: 'Passports by framework', table: 'passports', by: 'frameworkId' },
      ],
    };
  },
  verbs: { prefix: 'vault', commands: vaultCommands },
});

const traceOf = (reader: RegionReader) => rows.trace(reader, { first: 0, count: reader.loadedCount });

function readAll<K extends keyof Passport & string>(passports: VariableRecords<Passport>, field: K): Passport[K][] {
  const read = passports.reader(field);
  return Array.from({ length: passports.length }, (_, i) => read(i));
}
