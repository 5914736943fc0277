import { table } from '@vde/format';
import { ComplianceVaultHeader, Passport } from './records.ts';

/** Header and passports as they are packed (3.3). */
export const rows = /* @__PURE__ */ table({
  id: 'passports',
  header: ComplianceVaultHeader,
  item: Passport,
  count: 'passportCount',
}).packedVariable();
