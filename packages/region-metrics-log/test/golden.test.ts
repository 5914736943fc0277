import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, encodeRegion } from '@vde/format';
import { anonymizationTable } from '../../region-anonymization-table/src/index.ts';
import { describe, expect, it } from 'vitest';
import { metricsLog } from '../src/index.ts';
for (const [p, id] of [[metricsLog,'metrics-log'],[anonymizationTable as any,'anonymization-table']] as any) {
const dir = new URL('../../../fixtures/golden/regions/'+id+'/', import.meta.url);
describe(id, () => {
  for (const f of readdirSync(dir).filter((n) => n.endsWith('.json'))) it(f, () => {
    const j = JSON.parse(readFileSync(new URL(f, dir), 'utf8'));
    const b = gunzipSync(readFileSync(new URL(j.file, dir)));
    const d: any = decodeRegion(p, b, { blockSize: j.blockSize });
    expect(d.findings).toEqual([]);
    const e = encodeRegion(p, d.state, { blockSize: j.blockSize, generation: d.generation });
    expect(Buffer.compare(e, b)).toBe(0);
    expect((p as any).describe(d.state).tables[0].rowCount).toBe(Object.values<any>(j.tables)[0].rows.length);
  });
});
}
