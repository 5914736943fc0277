export { Header, Mapping } from './records.ts';
export { type AnonymizationTable, anonymizationTable } from './region.ts';
