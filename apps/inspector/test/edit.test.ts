import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { readTrailer, writeTrailer } from '@vde/format';
import { computeSeal } from '@vde/image';
import { schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const blockSize = 4096;
const demo = workshop.path('demo.dwvd');
const subject = '00112233-4455-6677-8899-aabbccddeeff';
const otherSubject = 'd3300000-0000-4000-8001-000000000001';
const at = ['--now', '2024-06-01T00:00:00Z'];
beforeAll(async () => {
  const created = await vde([
    'create',
    demo,
    '--demo',
    '--blocks',
    '2600',
    '--time',
    '2024-01-01T00:00:00Z',
    '--uuid',
    subject,
  ]);
  expect(created).toMatchObject({ exitCode: 0, stderr: '' });
});

let copies = 0;
function copyOf(image = demo): string {
  const copy = workshop.path(`copy-${copies++}.dwvd`);
  copyFileSync(image, copy);
  return copy;
}

const validate = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile(schemaOf('edit')!);

/** The document that an edit printed, after it agreed with its schema. */
async function edited(args: readonly string[]) {
  const { exitCode, stdout, stderr } = await vde([...args, '-f', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const document = JSON.parse(stdout);
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  return document;
}

/** The summary of a region. */
async function summaryOf(image: string, region: string) {
  return JSON.parse((await vde(['show', image, `r:${region}`, '-f', 'json'])).stdout).region.summary;
}

async function expectClean(image: string): Promise<void> {
  const { exitCode, stdout } = await vde(['check', image, '--level', 'deep', '-f', 'json']);
  expect({ exitCode, findings: JSON.parse(stdout).findings }).toEqual({ exitCode: 0, findings: [] });
}

const data = workshop.file('data.bin', 'x'.repeat(5000));

describe('an editing command of a region', () => {
  it.each<[string[], string, Record<string, unknown>]>([
    [['metrics', 'record', '--metric-id', '7', '--value', '-1.5'], 'MLOG', { sampleCount: '721' }],
    [['metrics', 'compact'], 'MLOG', { sampleCount: '120' }],
    [['anon', 'erase-subject', '--subject-id', otherSubject], 'ANON', { erasedCount: 4 }],
    [['anon', 'purge-erased'], 'ANON', { mappingCount: 6, erasedCount: 0 }],
    [['worm', 'append', '--data', data], 'WORM', { writeLogCount: 5 }],
    [['worm', 'extend-retention', '--ticks', '0'], 'WORM', { retentionPeriodTicks: '0' }],
    [['vault', 'remove', '--passport-id', subject], 'CMVT', { passportCount: 2 }],
    [['dict', 'load', '--dictionary', data, '--id', '9', '--algorithm', 'lz4'], 'DICT', { dictionaryCount: 3 }],
    [['dict', 'remove', '--id', '1'], 'DICT', { dictionaryCount: 1 }],
    [['stream', 'append', '--data', data], 'STRE', { writeHead: '14', entryCount: '8' }],
    [['stream', 'advance', '--count', '3'], 'STRE', { readTail: '7', entryCount: '5' }],
    [['stream', 'drain'], 'STRE', { readTail: '12', entryCount: '0' }],
    [['stream', 'reset'], 'STRE', { readTail: '0', entryCount: '0' }],
  ])('%j', async ([group = '', name = '', ...args], type, summary) => {
    const image = copyOf();
    const { did, region } = await edited([group, name, image, ...args, ...at]);
    expect(did).toBe(`${group} ${name}`);
    expect(region.type).toBe(type);
    expect(region.after.generation).toBeGreaterThan(region.before.generation);
    expect(await summaryOf(image, type)).toMatchObject(summary);
    await expectClean(image);
    expect(readdirSync(workshop.folder).filter((file) => file.includes('lock'))).toEqual([]);
  });

  it('says in a line what it did, and nothing with -q', async () => {
    const image = copyOf();
    const args = ['metrics', 'record', image, '--metric-id', '7', '--value', '1.5'];
    expect((await vde([...args, '--ascii'])).stdout).toMatch(
      /^\+ \S+: metrics record: metrics-log in slot \d+ - 64 blocks from \d+ - generation 2 -> 3\n$/,
    );
    expect(await vde([...args, '-q'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('reads a file from standard input', async () => {
    const image = copyOf();
    async function* stdin() {
      yield Buffer.from('first ');
      yield Buffer.from('second');
    }
    expect((await vde(['worm', 'append', image, '--data', '-'], { stdin: stdin() })).exitCode).toBe(0);
    expect((await vde(['find', image, 'text:first second'])).exitCode).toBe(0);
    const twice = ['vault', 'sign', image, '--passport-id', subject, '--key', '-'];
    expect((await vde(twice, { stdin: stdin() })).stderr).toContain('key: ');
  });

  it('makes the same bytes at the same time', async () => {
    const [a, b] = [copyOf(), copyOf()];
    for (const image of [a, b]) await vde(['metrics', 'record', image, '--metric-id', '7', '--value', '1.5', ...at]);
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
    expect((await vde(['find', a, 'time:2024-06-01'])).exitCode).toBe(0);
  });

  it('edits the region of --slot', async () => {
    const image = copyOf();
    const { region } = await edited(['region', 'add', image, 'metrics-log=blocks=16,maxCapacitySamples=10']);
    const args = ['metrics', 'record', image, '--metric-id', '7', '--value', '1.5', '--slot', String(region.slot)];
    expect((await edited(args)).region).toMatchObject({ slot: region.slot, after: { generation: 2 } });
    expect(await summaryOf(image, 'MLOG')).toMatchObject({ sampleCount: '720' });
    expect(await summaryOf(image, 'MLOG#1')).toMatchObject({ sampleCount: '1', maxCapacitySamples: '10' });
  });

  it.each<[number, string[], string]>([
    [64, ['metrics', 'record', '--value', '1'], 'try: vde metrics record'],
    [64, ['metrics', 'record', '--metric-id', '70000', '--value', '1'], 'metric-id "70000": expected an integer'],
    [64, ['metrics', 'record', '--metric-id', '7', '--value', '1', '--slot', '0'], 'is of type SUPB'],
    [64, ['metrics', 'record', '--metric-id', '7', '--value', '1', '--slot', '99'], 'slot 99 holds no active region'],
    [64, ['metrics', 'record', '--metric-id', '7', '--value', '1', '--slot', 'x'], 'expected a number'],
    [64, ['metrics', 'record', '--metric-id', '7', '--value', '1', '--now', 'soon'], 'try: --now'],
    [64, ['anon', 'erase-subject', '--subject-id', 'd3300000-0000-4000-8001-000000000099'], 'is not in the table'],
    [66, ['worm', 'append', '--data', 'nothing.bin'], 'no such file'],
    [66, ['worm', 'append', '--data', '.'], 'cannot be read (EISDIR)'],
    [66, ['metrics', 'compact', '--seal-key', 'nothing.key'], 'no such key file'],
    [77, ['worm', 'append', '--data', workshop.file('much.bin', 'x'.repeat(300_000))], '74 more blocks'],
    [77, ['worm', 'extend-retention', '--ticks', '1'], 'expected no less than before'],
    [77, ['vault', 'add', '--passport', workshop.file('again.json', passportText(subject))], 'in the vault already'],
    [77, ['region', 'remove', 'WORM'], 'must be kept'],
    [77, ['region', 'remove', 'INOD'], 'belongs to the container'],
    [77, ['region', 'move', 'MLOG', '--blocks', '100000'], 'free blocks in a row'],
    [77, ['region', 'move', 'MLOG', '--blocks', '1'], 'is written'],
    [64, ['region', 'remove', 'MLOX'], 'no region in a slot'],
    [64, ['region', 'add', 'MLOX'], 'try: MLOG'],
    [64, ['region', 'add', 'MLOG=blocks'], 'expected TYPE=key=value'],
    [64, ['region', 'add', 'MLOG=maxCapacitySample=3'], 'try: maxCapacitySamples'],
    [64, ['region', 'add', 'MLOG=maxCapacitySamples=lots'], 'expected a number'],
    [64, ['region', 'add', 'MLOG=maxCapacitySamples=0'], 'expected 1 to'],
  ])('%i: %j', async (exitCode, [group = '', name = '', ...args], words) => {
    const image = copyOf();
    const before = readFileSync(image);
    const ran = await vde([group, name, image, ...args]);
    expect(ran).toEqual({ exitCode, stdout: '', stderr: expect.stringContaining(words) });
    expect(readFileSync(image).equals(before)).toBe(true);
  });

  it('names how to add the region that is missing', async () => {
    const image = workshop.path('bare.dwvd');
    await vde(['create', image, '--profile', 'minimal']);
    const { exitCode, stderr } = await vde(['metrics', 'compact', image]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 64,
      stderr: expect.stringContaining(`try: vde region add ${image} metrics-log`),
    });
  });

  it('leaves a damaged region as it is unless the loss is accepted', async () => {
    const image = workshop.image('all-regions', 'lost.dwvd', (bytes) => {
      bytes[2127 * blockSize + 100]! ^= 1;
    });
    const args = ['metrics', 'record', image, '--metric-id', '7', '--value', '1.5'];
    const refused = await vde(args);
    expect([refused.exitCode, refused.stderr]).toEqual([77, expect.stringContaining('try: --accept-loss')]);
    expect((await vde([...args, '--accept-loss'])).exitCode).toBe(0);
    expect((await vde(['check', image])).exitCode).toBe(0);
  });

  it('waits for nobody, and needs no file of another kind', async () => {
    const image = copyOf();
    writeFileSync(`${image}.lock`, JSON.stringify({ pid: process.pid, host: hostname() }));
    expect((await vde(['metrics', 'compact', image])).exitCode).toBe(75);
    expect((await vde(['metrics', 'compact', workshop.file('notes.txt', 'hello')])).exitCode).toBe(65);
    expect((await vde(['metrics', 'compact', 'http://127.0.0.1:1/a.dwvd'])).exitCode).toBe(64);
  });

  it.skipIf(process.getuid?.() === 0)('cannot write where it may not', async () => {
    const image = copyOf();
    chmodSync(image, 0o444);
    expect((await vde(['metrics', 'compact', image])).exitCode).toBe(66);
  });
});

describe('the header seal', () => {
  const key = Buffer.from('a key of the header seal, secret');
  const keyFile = workshop.file('seal.key', key);

  it('is made again with its key, and cleared without', async () => {
    const image = copyOf();
    // A seal as another writer makes it.
    const sealed = sealedBy(image, key);
    const [kept, cleared] = [copyOf(sealed), copyOf(sealed)];
    expect((await edited(['metrics', 'compact', kept, '--seal-key', keyFile])).findings).toEqual([]);
    expect((await edited(['metrics', 'compact', cleared])).findings).toMatchObject([{ code: 'sealCleared' }]);
    const other = workshop.file('other.key', 'another key');
    const refused = await vde(['metrics', 'compact', sealed, '--seal-key', other]);
    expect([refused.exitCode, refused.stderr]).toEqual([77, expect.stringContaining('does not fit')]);
    expect((await vde(['metrics', 'compact', sealed, '--seal-key', workshop.file('no.key', '')])).exitCode).toBe(64);
  });

  function sealedBy(image: string, sealKey: Uint8Array): string {
    const bytes = readFileSync(image);
    for (const block of [0, 4]) {
      const whole = bytes.subarray(block * blockSize, (block + 1) * blockSize);
      whole.set(computeSeal(whole, sealKey), blockSize - 48);
      const { tag, generation } = readTrailer(whole, blockSize);
      writeTrailer(whole, blockSize, tag, generation);
    }
    writeFileSync(image, bytes);
    return image;
  }
});

describe('regions', () => {
  it('are added, moved and removed', async () => {
    const image = copyOf();
    const added = (await edited(['region', 'add', image, 'streaming-append=blocks=20', ...at])).region;
    expect(added).toMatchObject({ type: 'STRE', id: 'streaming-append', before: null, after: { blockCount: '20' } });
    const moved = (await edited(['region', 'move', image, String(added.slot), '--blocks', '40', ...at])).region;
    expect(moved).toMatchObject({ slot: added.slot, after: { blockCount: '40' } });
    expect((await vde(['region', 'remove', image, 'streaming-append'])).stderr).toContain('try: name the slot');
    const removed = await edited(['region', 'remove', image, String(added.slot), ...at]);
    expect(removed.region).toMatchObject({ before: { blockCount: '40' }, after: null });
    expect((await vde(['region', 'remove', image, 'metrics-log', '--ascii'])).stdout).toMatch(/64 blocks freed/);
    await expectClean(image);
  });

  it('nobody decodes are moved, too', async () => {
    const image = copyOf();
    const { region } = await edited(['region', 'move', image, 'SNAP']);
    expect(region).toMatchObject({ type: 'SNAP', id: null });
    await expectClean(image);
  });
});

describe('verbs of a plugin that the program was not built with', () => {
  const entry = new URL('../../../examples/region-sensor-calibration/src/index.ts', import.meta.url).pathname;
  const verbs = (commands: string) => `verbs: { prefix: 'calib', commands: { ${commands} } }`;
  const add = `add: {
    summary: 'add a calibration',
    args: { sensor: { summary: 'its sensor', required: true, example: '7' } },
    run({ calibrations }, { sensor }) {
      if (!/^\\d+$/.test(sensor)) throw new RangeError('sensor "' + sensor + '": expected a number');
      calibrations.push({ sensorId: Number(sensor), validFromUtcTicks: 0n, gain: 1, offset: 0 });
      return { state: { calibrations } };
    },
  }`;

  beforeAll(async () => {
    const options = { bundle: true, format: 'esm' as const, conditions: ['@vde/source'] };
    await build({ ...options, entryPoints: [entry], outfile: workshop.path('calibration.mjs') });
  });

  /** The sample plugin with verbs, as a file. */
  const pluginWith = (name: string, members: string) =>
    workshop.file(
      name,
      `import { sensorCalibration } from './calibration.mjs';\nexport const changed = { ...sensorCalibration, ${members} };\n`,
    );

  it('are commands like any other', async () => {
    const image = copyOf();
    const plugin = ['--plugin', pluginWith('verbs.mjs', verbs(add))];
    expect((await vde(['region', 'add', image, 'CALB', ...plugin])).exitCode).toBe(0);
    const { region } = await edited(['calib', 'add', image, '--sensor', '7', ...plugin]);
    expect(region).toMatchObject({ type: 'CALB', id: 'sensor-calibration', after: { generation: 2 } });
    expect((await vde(['calib', 'add', image, '--sensor', 'x', ...plugin])).exitCode).toBe(64);
    expect((await vde(['calib', 'add', '--help', ...plugin])).stdout).toContain(
      '--sensor <TEXT>    its sensor (required)',
    );
    expect((await vde(['--help', ...plugin])).stdout).toMatch(/calib +edit the sensor calibration: add/);
    expect((await vde(['completion', 'bash', ...plugin])).stdout).toContain('"calib add"');
    expect((await vde(['calib', 'add', image, '--sensor', '7'])).exitCode).toBe(64);
  });

  it('run under a time limit', async () => {
    const image = copyOf();
    const endless = add.replace('if (', 'for (;;); if (');
    const plugin = ['--plugin', pluginWith('endless.mjs', verbs(endless))];
    await vde(['region', 'add', image, 'CALB', ...plugin]);
    const { exitCode, stderr } = await vde(['calib', 'add', image, '--sensor', '7', ...plugin]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('did not end within 2000 ms')]);
  });

  it.each<[string, string]>([
    ['another command has its name', "verbs: { prefix: 'info', commands: { x: { summary: '', args: {}, run() {} } } }"],
    [
      'another command has its name',
      "verbs: { prefix: 'metrics', commands: { record: { summary: '', args: {}, run() {} } } }",
    ],
    ['--output is an option', verbs("x: { summary: '', args: { output: { summary: '' } }, run() {} }")],
    ['--now is an option', verbs("x: { summary: '', args: { now: { summary: '' } }, run() {} }")],
    ['is no word', verbs("'X y': { summary: '', args: {}, run() {} }")],
  ])('that cannot be commands are named: %s', async (why, members) => {
    const plugin = ['--plugin', pluginWith(`odd-${copies++}.mjs`, members)];
    const { exitCode, stderr } = await vde(['plugins', ...plugin]);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining(why)]);
    expect((await vde(['info', demo, ...plugin])).exitCode).toBe(0);
  });
});

/** A passport as vault add reads it. */
function passportText(passportId: string): string {
  const time = '2024-01-01T00:00:00Z';
  const times = { issuedUtcTicks: time, expiresUtcTicks: time, lastVerifiedUtcTicks: time };
  return JSON.stringify({ passportId, objectId: otherSubject, frameworkId: 0, complianceStatus: 1, ...times });
}
