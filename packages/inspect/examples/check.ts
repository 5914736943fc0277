// examples/check.ts
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { memorySource } from '@vde/image';
import { displayValue, exitCodeOf, explainCode, openInspection, parseAddress } from '@vde/inspect';
import { allRegions } from '@vde/regions';

const file = new URL('../../../fixtures/golden/images/all-regions.dwvd.gz', import.meta.url);
const bytes = gunzipSync(readFileSync(file));
const intact = await openInspection(memorySource(bytes), { regions: allRegions });
const { verdict } = await intact.check({ level: 'full' });
console.log(verdict); // clean

// What an address names: its fields, with their bytes in the file.
const record = await intact.show(parseAddress('r:metrics-log/17'));
for (const field of record.fields) console.log(field.path, displayValue(field)); // samples[17].metricId 7

// One bit of that record changes.
bytes[record.range.offset]! ^= 1;
const damaged = await openInspection(memorySource(bytes), { regions: allRegions });
const check = await damaged.check({ level: 'full' });
const errors = check.findings.filter(({ severity }) => severity === 'error');
for (const { code, address, message } of errors) console.log(code, address, message); // badTrailer b:2127 block 2127 ...
console.log(check.verdict, exitCodeOf(check, { failOn: 'error' })); // lost 3
console.log(explainCode('badTrailer', allRegions)?.explain); // The XXH64 in the block trailer does not match ...

export const result = { intact: verdict, damaged: check.verdict, errors: errors.map(({ code }) => code) };
