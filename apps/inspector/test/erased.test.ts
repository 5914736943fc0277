import { readFileSync } from 'node:fs';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const blockSize = 4096;
const clean = workshop.image('all-regions');
const validate = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile(schemaOf('check')!);

/** The golden image with a copy of an erased mapping, as it was before, in a free block. */
async function withCopy(block: number): Promise<string> {
  const { stdout } = await vde(['show', clean, 'r:ANON/12', '-f', 'json']);
  const { offset, length } = JSON.parse(stdout).range;
  const bytes = readFileSync(clean);
  const copy = Buffer.from(bytes.subarray(Number(offset), Number(offset) + Number(length)));
  bytes.set(copy.fill(7, 34, 98), block * blockSize + 100);
  return workshop.file(`copy-${block}.dwvd`, bytes);
}

describe('check --erased', () => {
  it('says what it searched for, and finds nothing where nothing is left', async () => {
    const { exitCode, stdout } = await vde(['check', clean, '--level', 'quick', '--erased']);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/searched for \d+ erased records in 12 MiB/)]);
    const demo = workshop.path('demo.dwvd');
    await vde(['create', demo, '--demo', '--blocks', '2600']);
    expect((await vde(['check', demo, '--erased'])).stdout).toContain('searched for 2 erased records');
    await vde(['anon', 'purge-erased', demo]);
    expect((await vde(['check', demo, '--erased'])).stdout).toContain('no region has erased records');
  });

  it('exits 3 for a copy in free space, and names its block', async () => {
    const image = await withCopy(2950);
    expect((await vde(['check', image, '--level', 'deep'])).stdout).not.toContain('erasedResidue');
    const { exitCode, stdout } = await vde(['check', image, '--erased', '--skip', 'overlap', '-f', 'json']);
    const document = JSON.parse(stdout);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect([exitCode, document.findings, document.erased.records]).toEqual([
      3,
      [expect.objectContaining({ code: 'erasedResidue', address: 'b:2950', path: 'mappings[12]' })],
      expect.any(Number),
    ]);
    expect(stdout).not.toContain('0707');
    const human = (await vde(['check', image, '--erased'])).stdout;
    expect(human).toMatch(/erasedResidue {2}b:2950 {2}anonymization-table in slot 22/);
    expect(human).not.toContain('0707');
    const lines = (await vde(['check', image, '--erased', '-f', 'ndjson'])).stdout.trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: 'end', erased: { bytes: '12288000' } });
    expect((await vde(['explain', 'erasedResidue'])).exitCode).toBe(0);
  });

  it('is for whole images', async () => {
    const extract = workshop.extract('metrics-log/one.4096', 'metrics.bin');
    const args = ['check', extract, '--as', 'metrics-log', '--block-size', '4096', '--erased'];
    const { exitCode, stderr } = await vde(args);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining('--erased searches a whole image')]);
  });

  it('can be interrupted', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect((await vde(['check', clean, '--erased'], { signal })).exitCode).toBe(130);
  });
});
