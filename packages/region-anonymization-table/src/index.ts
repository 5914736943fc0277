export { type Addition, AnonymizationTable, type Erasure, type Purge } from './anonymization-table.ts';
export { anonymizationTableCodes } from './codes.ts';
export { deriveToken, hashPii, hashPiiUnkeyed, type PiiInput, randomToken } from './keyed-hash.ts';
export { wipeNeedles } from './needles.ts';
export { AnonymizationTableHeader, isActive, isErased, Mapping, mappingFlags } from './records.ts';
export { anonymizationTable } from './region.ts';
export { createResidueSearch, type Residue } from './residue-search.ts';
export type { SubjectStatus } from './subject-index.ts';
