import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { schemaOf } from '@vde/inspect';
import { allRegions, demoKey } from '@vde/regions';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const identity = ['--uuid', '00112233-4455-6677-8899-aabbccddeeff', '--time', '2024-01-01T00:00:00Z'];

describe('create', () => {
  it.each(['minimal', 'standard', 'enterprise', 'max-security', 'edge-iot', 'analytics'])(
    'makes an image of profile %s that a deep check finds nothing in',
    async (profile) => {
      for (const slotTags of ['own', 'reference']) {
        const path = workshop.path(`${profile}-${slotTags}.dwvd`);
        const blockSize = profile === 'edge-iot' ? ['--block-size', '8192'] : [];
        const args = ['create', path, '--profile', profile, '--slot-tags', slotTags, ...blockSize];
        expect(await vde(args)).toMatchObject({ exitCode: 0, stderr: '' });
        const { exitCode, stdout } = await vde(['check', path, '--level', 'deep', '-f', 'json']);
        expect({ exitCode, findings: JSON.parse(stdout).findings }).toEqual({ exitCode: 0, findings: [] });
      }
    },
  );

  it('is sparse, and says what it made', async () => {
    const path = workshop.path('large.dwvd');
    const { stdout } = await vde(['create', path, '--blocks', '0x40000', '--label', 'archive', ...identity]);
    const { size, blocks } = statSync(path);
    expect(size).toBe(2 ** 30);
    expect(blocks * 512).toBeLessThan(1024 * 1024);
    expect(stdout).toContain('262144 blocks of 4 KiB');
    expect(stdout).toMatch(/SNAP +SnapshotTable +\d+ +64 +256 KiB/);
    expect((await vde(['info', path])).stdout).toContain('archive');
  });

  it('prints JSON that its schema allows', async () => {
    const { stdout } = await vde(['create', workshop.path('json.dwvd'), '-f', 'json', ...identity]);
    const document = JSON.parse(stdout);
    const validate = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile(schemaOf('create')!);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document).toMatchObject({
      schema: 'vde/create/1',
      image: { volumeUuid: '00112233-4455-6677-8899-aabbccddeeff', blocks: '16384' },
      regions: expect.arrayContaining([{ type: 'INOD', name: 'InodeTable', startBlock: '15', blockCount: '1024' }]),
    });
  });

  it('makes the same bytes of the same identity', async () => {
    const [a, b] = [workshop.path('a.dwvd'), workshop.path('b.dwvd')];
    await vde(['create', a, ...identity]);
    await vde(['create', b, ...identity]);
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
    await vde(['create', b, '--force']);
    expect(readFileSync(a).equals(readFileSync(b))).toBe(false);
  });

  it('adds regions that the profile lacks, with their modules and options', async () => {
    const path = workshop.path('regions.dwvd');
    const wanted = ['metrics-log', 'MLOG=blocks=100,maxCapacitySamples=10', 'WORM=blocks=64,retentionPeriodTicks=5'];
    const args = ['create', path, '--profile', 'minimal', '--blocks', '3000', '-f', 'json', ...identity];
    const { stdout } = await vde([...args, ...wanted.flatMap((region) => ['--region', region])]);
    const found = JSON.parse(stdout).regions.filter(({ type }: { type: string }) => ['MLOG', 'WORM'].includes(type));
    expect(found).toMatchObject([{ blockCount: '64' }, { blockCount: '100' }, { blockCount: '64' }]);
    const summary = async (address: string) =>
      JSON.parse((await vde(['show', path, address, '-f', 'json'])).stdout).region.summary;
    expect(await summary('r:MLOG#1')).toMatchObject({ maxCapacitySamples: '10' });
    expect(await summary('r:WORM')).toMatchObject({
      retentionPeriodTicks: '5',
      createdUtcTicks: { iso: '2024-01-01T00:00:00Z' },
    });
    expect((await vde(['info', path])).stdout).toContain('Observability');
    expect((await vde(['check', path, '--level', 'deep'])).exitCode).toBe(0);
  });

  it('gives a region of the profile another size', async () => {
    const path = workshop.path('sized.dwvd');
    await vde(['create', path, '--profile', 'edge-iot', '--block-size', '4096', '--region', 'STRE=blocks=300']);
    const { slots } = JSON.parse((await vde(['ls', path, '-f', 'json'])).stdout);
    const rings = slots.filter(({ type }: { type: string }) => type === 'STRE');
    expect(rings).toHaveLength(1);
    expect(Number(rings[0].blockCount)).toBeGreaterThan(290);
    expect((await vde(['check', path, '--level', 'deep'])).exitCode).toBe(0);
  });

  it.each([
    ['standard', '4096'],
    ['minimal', '16384'],
    ['max-security', '4096'],
  ])(
    'makes a worked example of profile %s in blocks of %s that a deep check finds nothing in',
    async (profile, size) => {
      const [a, b] = [workshop.path(`demo-a-${profile}.dwvd`), workshop.path(`demo-b-${profile}.dwvd`)];
      const args = ['--demo', '--profile', profile, '--block-size', size, '--blocks', '5000', ...identity];
      for (const path of [a, b])
        expect(await vde(['create', path, ...args])).toMatchObject({ exitCode: 0, stderr: '' });
      expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
      const { d: _, ...publicKey } = demoKey;
      const key = workshop.file('demo.jwk', JSON.stringify(publicKey));
      const check = ['check', a, '--level', 'deep', '--require-signatures', '--key', key, '-f', 'json'];
      const { exitCode, stdout } = await vde(check);
      expect({ exitCode, findings: JSON.parse(stdout).findings }).toEqual({ exitCode: 0, findings: [] });
      const counts = allRegions.map(async ({ id }) => {
        const { region } = JSON.parse((await vde(['show', a, `r:${id}`, '-f', 'json'])).stdout);
        return [id, region.tables[0]?.rowCount ?? region.summary.writeHead];
      });
      expect(Object.fromEntries(await Promise.all(counts))).toEqual({
        'anonymization-table': 8,
        'compliance-vault': 3,
        'compression-dictionary': 2,
        'metrics-log': 720,
        'streaming-append': '12',
        'worm-immutable': size === '4096' ? 3 : 2,
      });
    },
  );

  it('leaves a file of the name as it is unless it may replace it', async () => {
    const path = workshop.path('taken.dwvd');
    writeFileSync(path, 'mine');
    const { exitCode, stderr } = await vde(['create', path]);
    expect({ exitCode, content: readFileSync(path, 'utf8') }).toEqual({ exitCode: 73, content: 'mine' });
    expect(stderr).toContain('exists already');
    expect((await vde(['create', path, '--force'])).exitCode).toBe(0);
    expect(statSync(path).size).toBe(64 * 2 ** 20);
    expect((await vde(['create', workshop.folder, '--force'])).exitCode).toBe(73);
  });

  it('leaves nothing behind when it fails or is interrupted', async () => {
    const before = readdirSync(workshop.folder);
    const gone = workshop.path('gone.dwvd');
    expect((await vde(['create', gone, '--blocks', '1000'])).exitCode).toBe(64);
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect((await vde(['create', gone], { signal })).exitCode).toBe(130);
    expect((await vde(['create', workshop.path('no/such/folder.dwvd')])).exitCode).toBe(73);
    expect(existsSync(gone)).toBe(false);
    expect(readdirSync(workshop.folder)).toEqual(before);
  });

  it.each([
    [['--blocks', '1295'], '--blocks 1296'],
    [['--blocks', 'many'], '--blocks 262144'],
    [['--blocks', '-5'], '--blocks 262144'],
    [['--profile', 'edge-iot'], '--block-size 4096'],
    [['--profile', 'standart'], '--profile standard'],
    [['--block-size', '3000'], '--block-size 4096'],
    [['--uuid', 'abc'], '--uuid 00112233-4455-6677-8899-aabbccddeeff'],
    [['--time', 'tomorrow'], '--time 2026-01-31T08:30:00Z'],
    [['--region', 'MLOX'], 'MLOG'],
    [['--region', 'metric-log'], 'metrics-log'],
    [['--region', 'MLOG=maxCapacitySample=1'], 'maxCapacitySamples'],
    [['--region', 'MLOG=maxCapacitySamples=0'], 'vde plugins -f json'],
    [['--region', 'WORM=blocks=99999'], 'a larger --blocks'],
    [['--region', 'WORM=blocks=many'], '--region'],
  ])('%j is a mistake with a hint', async (options, hint) => {
    const { exitCode, stderr } = await vde(['create', workshop.path('never.dwvd'), ...options]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(`try: ${hint}`);
  });
});
