import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { schemaOf } from '@vde/inspect';
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
  ])('%j is a mistake with a hint', async (options, hint) => {
    const { exitCode, stderr } = await vde(['create', workshop.path('never.dwvd'), ...options]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(`try: ${hint}`);
  });
});
