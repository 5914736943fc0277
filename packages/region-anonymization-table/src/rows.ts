import { table } from '@vde/format';
import { AnonymizationTableHeader, Mapping } from './records.ts';

/** Header and mappings as they are packed (3.3). */
export const rows = /* @__PURE__ */ table({
  id: 'mappings',
  header: AnonymizationTableHeader,
  item: Mapping,
  count: 'mappingCount',
}).packed();
