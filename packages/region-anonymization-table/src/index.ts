export { anonymizationTableCodes } from './codes.ts';
export { AnonymizationTableHeader, Mapping, mappingFlags } from './records.ts';
export { type AnonymizationTable, anonymizationTable } from './region.ts';
