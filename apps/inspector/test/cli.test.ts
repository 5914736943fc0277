import { existsSync, linkSync, readFileSync, statSync } from 'node:fs';
import { writeUndo } from '@vde/image';
import { schemaOf } from '@vde/inspect';
import { allRegions, demoKey } from '@vde/regions';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { explainedCodes } from '../src/cli/codes.ts';
import { commands } from '../src/cli/commands.ts';
import { exitOfCode } from '../src/cli/exit-codes.ts';
import { main } from '../src/cli/main.ts';
import { hasColor, issuerPem, MemoryStream, type Ran, vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const image = workshop.image('all-regions');
const fresh = workshop.image('fresh-minimal');
const mlogBlock = 2127;
/** A sample of the metrics log changed: its block no longer verifies, and nothing else holds a copy. */
const lost = workshop.image('all-regions', 'lost.dwvd', (bytes) => {
  bytes[mlogBlock * 4096 + 100]! ^= 1;
});
/** The primary superblock is gone; the mirror serves. */
const mirrored = workshop.image('fresh-minimal', 'mirrored.dwvd', (bytes) => void bytes.fill(0xaa, 0, 4096));
const extract = workshop.extract('metrics-log/full-block-0-plus-1.512', 'metrics.bin');
const asExtract = ['--as', 'metrics-log', '--block-size', '512'];

const ajv = new Ajv({ strictRequired: false, allowUnionTypes: true });

/** The document, after it agreed with the published schema of its name. */
function validated(name: string, text: string) {
  const document = JSON.parse(text);
  const validate = ajv.getSchema(`vde/${name}/1`) ?? ajv.compile(schemaOf(name)!);
  if (!validate(document)) throw new Error(ajv.errorsText(validate.errors));
  return document;
}

/** A passport as vault add reads it. */
const passport = {
  passportId: '00112233-4455-6677-8899-000000000001',
  objectId: '00112233-4455-6677-8899-000000000002',
  frameworkId: 'gdpr',
  complianceStatus: 'compliant',
  issuedUtcTicks: '2024-01-01T00:00:00Z',
  expiresUtcTicks: '2030-01-01T00:00:00Z',
  lastVerifiedUtcTicks: '2024-01-01T00:00:00Z',
};

/** Of a change that changed nothing. */
function emptyUndo(path: string): Uint8Array {
  const { size } = statSync(path);
  return writeUndo({ base: 0, blockSize: 4096, sizeBefore: size, sizeAfter: size, patches: [] });
}

const lastLine = ({ stdout }: Ran) => stdout.trimEnd().split('\n').at(-1);

describe('exit codes', () => {
  it.each<[number, string, string[]]>([
    [0, 'a whole image', ['info', image]],
    [0, 'a whole image', ['check', image]],
    [0, 'a listing', ['ls', image]],
    [0, 'a region', ['show', image, 'r:MLOG']],
    [0, 'bytes', ['hex', image, 'b:0']],
    [0, 'a known code', ['explain', 'badTrailer']],
    [0, 'the plugins', ['plugins']],
    [0, 'a schema', ['schema', 'check']],
    [0, 'help', ['--help']],
    [0, 'help of a command', ['check', '--help']],
    [0, 'help by name', ['help', 'check']],
    [0, 'the version', ['-V']],
    [0, 'notices', ['check', image, '--only', 'overlap']],
    [1, 'an unknown code to explain', ['explain', 'nonsense']],
    [1, 'an unknown schema', ['schema', 'nonsense']],
    [1, 'no record in the range', ['show', image, 'r:MLOG', '--records', '90000:90010']],
    [2, 'a superblock that its mirror replaces', ['check', mirrored]],
    [2, 'the same in info', ['info', mirrored]],
    [2, 'the same in a listing', ['ls', mirrored]],
    [3, 'a changed sample', ['check', lost]],
    [2, 'a region that decodes in part', ['show', lost, 'r:MLOG']],
    [0, 'only findings that are not there', ['check', lost, '--only', 'duplicateKey']],
    [3, 'the worst of several', ['check', image, lost, mirrored]],
    [64, 'nothing asked', []],
    [64, 'an unknown command', ['infoo', image]],
    [64, 'an unknown flag', ['info', image, '--levle', 'quick']],
    [64, 'an unknown value', ['check', image, '--level', 'deepest']],
    [64, 'a missing argument', ['info']],
    [64, 'too many arguments', ['info', image, image]],
    [64, 'a bad address', ['show', image, 'b:12KiB']],
    [64, 'no address', ['show', image]],
    [64, 'an address that is not there', ['show', image, 'b:99999']],
    [64, 'a region that is not there', ['show', image, 'r:MLOX']],
    [64, 'an unknown finding code', ['check', image, '--skip', 'badTrailr']],
    [64, 'bad records', ['show', image, 'r:MLOG', '--records', 'x']],
    [64, 'a bad length', ['hex', image, 'b:0', '-n', '4K']],
    [64, 'an unknown region id', ['show', extract, '--as', 'metrics-logs', '--block-size', '512']],
    [64, 'no block size', ['show', extract, '--as', 'metrics-log']],
    [64, 'a bad block size', ['show', extract, '--as', 'metrics-log', '--block-size', '1000']],
    [64, 'a command that takes no extract', ['info', extract, ...asExtract]],
    [64, 'lines of a command that has none', ['info', image, '-f', 'ndjson']],
    [64, 'a group without a command', ['metrics']],
    [64, 'an unknown command of a group', ['metrics', 'recrod', image]],
    [0, 'help of a group', ['metrics', '--help']],
    [0, 'help of a group by name', ['help', 'metrics']],
    [0, 'help of its command by name', ['help', 'metrics', 'record']],
    [65, 'text', ['info', workshop.file('notes.txt', 'hello\n')]],
    [65, 'an empty file', ['check', workshop.file('empty', '')]],
    [65, 'an extract without its name', ['info', extract]],
    [65, 'the highest of a failure and a finding', ['check', lost, workshop.path('empty')]],
    [66, 'no file', ['info', workshop.path('nothing.dwvd')]],
    [66, 'a folder', ['info', workshop.folder]],
    [73, 'an output that cannot be created', ['info', image, '-o', workshop.path('no/such/folder/out')]],
    [77, 'the image as output', ['info', image, '-o', image]],
  ])('%i: %s', async (exitCode, _, args) => {
    const ran = await vde(args);
    expect(ran).toMatchObject({ exitCode });
    // Failures are told on standard error in two lines, findings on standard output.
    if (exitCode >= 64 && args.length > 0 && args[1] !== lost && !args.includes('-f') && args[0] !== 'metrics') {
      expect(ran.stdout).toBe('');
      expect(ran.stderr).toMatch(/^vde: .+\n(try: .+\n)?$/);
    }
  });

  it('are listed in the help of each command', async () => {
    for (const { name, exits } of commands) {
      const { stdout } = await vde([...name.split(' '), '--help']);
      for (const code of [...exits, 64]) expect(stdout).toMatch(new RegExp(`^ +${code} +\\w`, 'm'));
    }
  });

  it('have explanations for the errors behind them', () => {
    const explained = explainedCodes(allRegions).map(({ code }) => code);
    expect(Object.keys(exitOfCode).filter((code) => !explained.includes(code))).toEqual([]);
  });

  it('130: interrupted', async () => {
    const { exitCode, stdout } = await vde(['check', image, '-f', 'json'], {
      signal: AbortSignal.abort(new Error('interrupted')),
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  });

  it('1: warnings, unless only errors count', async () => {
    const grown = workshop.file('grown.dwvd', Buffer.concat([readFileSync(fresh), new Uint8Array(4096)]));
    const { exitCode, stdout } = await vde(['check', grown]);
    expect(stdout).toContain('warnings (');
    expect(exitCode).toBe(1);
    expect((await vde(['check', grown, '--fail-on', 'error'])).exitCode).toBe(0);
    expect((await vde(['info', grown])).exitCode).toBe(0);
  });
});

describe('suggestions', () => {
  it.each<[string[], string]>([
    [['infoo', image], 'try: info'],
    [['chekc', image], 'try: check'],
    [['metrisc', image], 'try: metrics'],
    [['metrics', 'recrod', image], 'try: record'],
    [['metrics', 'record', image, '--valeu', '1'], 'try: --value'],
    [['check', image, '--levle', 'quick'], 'try: --level'],
    [['check', image, '--fial-on', 'error'], 'try: --fail-on'],
    [['check', image, '--level', 'fulll'], 'try: --level full'],
    [['check', image, '--only', 'badtrailer'], 'try: badTrailer'],
    [['explain', 'tornwrite'], 'try: tornWrite'],
    [['schema', 'chek'], 'try: check'],
    [['show', image, 'r:MLOX'], 'try: r:MLOG'],
    [['show', image, 'r:metric-log'], 'try: r:metrics-log'],
    [['show', image, 'MLOG'], 'try: r:MLOG'],
    [['show', image, 'b:12KiB'], 'try: 12KiB'],
    [['show', image, 'b:99999'], 'try: b:2999'],
    [['show', extract, '--as', 'metricslog', '--block-size', '512'], 'try: --as metrics-log'],
    [['info', image, '-f', 'jsno'], 'try: --format json'],
    [['info', workshop.path('all-region.dwvd')], `try: ${image}`],
  ])('%o: %s', async (args, hint) => {
    expect((await vde(args)).stderr.trimEnd().split('\n').at(-1)).toBe(hint);
  });

  it('says what a file is that is no image', async () => {
    const gzip = workshop.file('a.gz', Uint8Array.of(0x1f, 0x8b, 8, 0));
    expect((await vde(['info', gzip])).stderr).toBe(
      `vde: ${gzip}: not a DWVD image but gzip data (it begins 1f 8b 08 00)\ntry: unpack it first; an image is read in place\n`,
    );
    expect((await vde(['info', extract])).stderr).toContain('try: name the region: --as REGION-ID --block-size 512');
  });

  it('asks to report a bug of its own', async () => {
    const stderr = new MemoryStream();
    const stdout = {
      write: async () => {},
      isTTY: true,
      get columns(): number {
        throw new TypeError('broken on purpose');
      },
    };
    expect(await main(['info', image], { stdout, stderr, env: {} })).toBe(70);
    expect(stderr.text).toContain(
      'vde: a bug of this program, not a fault of your image: broken on purpose\ntry: please report it to its authors',
    );
    expect(stderr.text).toContain('cli.test.ts');
  });
});

describe('JSON', () => {
  it.each<[string, string[]]>([
    ['info', ['info', image]],
    ['info', ['info', mirrored]],
    ['ls', ['ls', image, '--free']],
    ['show', ['show', image, 'sb']],
    ['show', ['show', image, 'dir']],
    ['show', ['show', image, 'r:MLOG', '--records', '0:3']],
    ['show', ['show', image, 'r:anonymization-table']],
    ['show', ['show', image, 'r:WORM']],
    ['show', ['show', image, 'r:MLOG/17.value']],
    ['show', ['show', lost, 'r:MLOG']],
    ['show', ['show', extract, ...asExtract]],
    ['hex', ['hex', image, 'b:0']],
    ['hex', ['hex', extract, ...asExtract]],
    ['check', ['check', image]],
    ['check', ['check', lost]],
    ['check', ['check', extract, ...asExtract]],
    ['check', ['check', image, lost, workshop.path('nothing.dwvd')]],
    ['explain', ['explain', 'badTrailer']],
    ['codes', ['explain']],
    ['plugins', ['plugins']],
    ['error', ['info', workshop.path('nothing.dwvd')]],
    ['error', ['show', image, 'b:12KiB']],
    ['error', ['infoo']],
    ['error', ['explain', 'nonsense']],
  ])('%s: %o agrees with its schema', async (name, args) => {
    const { stdout, exitCode } = await vde([...args, '-f', 'json']);
    const document = validated(name, stdout);
    expect(document.schema).toBe(`vde/${name}/1`);
    if (name === 'error') expect(document.exitCode).toBe(exitCode);
  });

  it.each([
    ['ls', image],
    ['check', lost],
    ['show', image, 'r:MLOG', '--records', '10:12'],
  ])('%s streams lines', async (...args) => {
    const { stdout } = await vde([...args, '-f', 'ndjson']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => validated('line', line));
    expect(lines[0]).toMatchObject({ type: 'start', schema: `vde/${args[0]}/1` });
    expect(lines.at(-1).type).toBe('end');
    expect(lines.length).toBeGreaterThan(2);
  });

  it('gives the values of the golden files', async () => {
    const golden = JSON.parse(
      readFileSync(
        new URL('../../../fixtures/golden/regions/metrics-log/full-block-0-plus-1.512.json', import.meta.url),
        'utf8',
      ),
    );
    const { region } = validated('show', (await vde(['show', extract, ...asExtract, '-f', 'json'])).stdout);
    const { columns, rows } = golden.tables.samples;
    expect(region.summary).toMatchObject(golden.summary);
    expect(region.generation).toBe(golden.generation);
    expect(region.tables[0].columns.map(({ id }: { id: string }) => id)).toEqual(columns);
    expect(
      region.tables[0].rows.map((row: Record<string, unknown>) =>
        columns.map((column: string) => plainOf(row[column])),
      ),
    ).toEqual(rows.map((row: unknown[]) => row.map(plainOf)));
  });

  it('lists the slots of the golden image', async () => {
    const golden = JSON.parse(
      readFileSync(new URL('../../../fixtures/golden/images/all-regions.json', import.meta.url), 'utf8'),
    );
    const { slots } = validated('ls', (await vde(['ls', image, '-f', 'json'])).stdout);
    const plain = ({ index, type, startBlock, blockCount, usedBlocks }: Record<string, unknown>) => ({
      index,
      type,
      startBlock,
      blockCount,
      usedBlocks,
    });
    expect(slots.map(plain)).toEqual(golden.slots.map(plain));
  });

  it('publishes the schema it prints', async () => {
    expect(JSON.parse((await vde(['schema', 'check'])).stdout)).toEqual(schemaOf('check'));
  });
});

/** Golden files write enums and ticks as bare numbers. */
function plainOf(value: unknown): unknown {
  const { value: number, ticks } = (typeof value === 'object' && value !== null ? value : {}) as {
    value?: unknown;
    ticks?: unknown;
  };
  return ticks ?? number ?? value;
}

describe('output', () => {
  it('is coloured on a terminal only, and never with NO_COLOR', async () => {
    expect(hasColor((await vde(['info', image], { columns: 100 })).stdout)).toBe(true);
    expect(hasColor((await vde(['info', image])).stdout)).toBe(false);
    expect(hasColor((await vde(['info', image], { columns: 100, env: { NO_COLOR: '1' } })).stdout)).toBe(false);
    expect(hasColor((await vde(['info', image], { env: { FORCE_COLOR: '1' } })).stdout)).toBe(true);
    expect(hasColor((await vde(['info', image, '--color', 'always'])).stdout)).toBe(true);
    expect(hasColor((await vde(['info', image, '-f', 'json'], { columns: 100 })).stdout)).toBe(false);
  });

  it('is ASCII with --ascii, in help too', async () => {
    for (const args of [
      ['info', image],
      ['check', lost],
      ['show', image, 'sb'],
      ['--help'],
      ['metrics', '--help'],
      ...commands.map(({ name }) => [...name.split(' '), '--help']),
    ]) {
      expect((await vde(['--ascii', ...args])).stdout).not.toMatch(/[^\n -~]/);
    }
  });

  it('follows the width of the terminal', async () => {
    for (const columns of [80, 132]) {
      const { stdout } = await vde(['show', image, 'r:ANON'], { columns, env: { NO_COLOR: '1' } });
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  it('goes to a file with -o, without colour', async () => {
    const file = workshop.path('out.json');
    const { stdout, exitCode } = await vde(['info', image, '-f', 'json', '-o', file], { columns: 100 });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    validated('info', readFileSync(file, 'utf8'));
  });

  it('leaves the file alone when the command fails', async () => {
    const file = workshop.path('never');
    await vde(['show', image, 'r:MLOX', '-o', file]);
    expect(existsSync(file)).toBe(false);
  });

  it('never goes into an image that is an input, by whatever name', async () => {
    const link = workshop.path('link.dwvd');
    linkSync(fresh, link);
    const before = readFileSync(fresh);
    const { exitCode, stderr } = await vde(['info', fresh, '-o', link]);
    expect(exitCode).toBe(77);
    expect(stderr).toContain('would destroy it');
    expect(readFileSync(fresh).equals(before)).toBe(true);
    expect(statSync(link).size).toBe(before.length);
  });

  it('ends quietly when its reader goes away', async () => {
    for (const format of ['human', 'json', 'ndjson']) {
      const ran = await vde(['show', image, 'r:MLOG', '--records', '0:3000', '-f', format], { limit: 1 });
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ran.stdout.length).toBeLessThan(200_000);
    }
    expect(await vde(['info', mirrored], { limit: 0 })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('keeps the verdict of a check whose reader went away', async () => {
    expect(await vde(['check', lost], { limit: 0 })).toEqual({ exitCode: 3, stdout: '', stderr: '' });
  });

  it('is the same in every folder with --reproducible', async () => {
    const { image: facts } = validated('info', (await vde(['info', image, '--reproducible', '-f', 'json'])).stdout);
    expect(facts.source).toBe('all-regions.dwvd');
    const wide = await vde(['info', image, '--reproducible'], { columns: 300, env: { NO_COLOR: '1' } });
    expect(wide.stdout).toBe((await vde(['info', image, '--reproducible'])).stdout);
  });

  it('is one line a check with -q', async () => {
    const { stdout } = await vde(['check', image, lost, '-q']);
    expect(stdout).toBe(`${image}: ✓ not damaged\n${lost}: ✗ damaged, something is lost\n`);
  });
});

describe('commands', () => {
  it('take options in front of and behind their name', async () => {
    expect((await vde(['-f', 'json', 'info', image])).stdout).toBe(
      (await vde(['info', '--format=json', image])).stdout,
    );
  });

  it('take places counted from the end', async () => {
    expect((await vde(['hex', image, '-0x10', '--plain'])).stdout).toMatch(/^00bb7ff0: /);
    expect((await vde(['hex', image, 'b:-1', '-n', '16', '--plain'])).stdout).toMatch(/^00bb7000: /);
    expect(lastLine(await vde(['show', image, 'r:MLOG', '--records', '-2:', '-q']))).toMatch(/^ +2999 /);
  });

  it('end their help in examples that run', async () => {
    // What they write goes into the folder of the test.
    const before = process.cwd();
    process.chdir(workshop.folder);
    onTestFinished(() => process.chdir(before));
    const edited = workshop.path('edited.dwvd');
    await vde(['create', edited, '--demo']);
    for (const { name, takes, examples } of commands) {
      const { stdout } = await vde([...name.split(' '), '--help']);
      expect(stdout.slice(stdout.indexOf('\nExamples\n')).trim().split('\n')).toHaveLength(examples.length + 1);
      for (const [line] of examples) {
        expect(line).toMatch(new RegExp(`^vde ${name}( |$)`));
        const args = line
          .split(/ [|>] /)[0]!
          .split(' ')
          .slice(1)
          .map((arg) => (arg !== 'new.dwvd' && /^http|\.dwvd$/.test(arg) ? (takes === 'edit' ? edited : image) : arg));
        const files: Record<string, () => string> = {
          'metrics.bin': () => workshop.extract('metrics-log/one.4096', 'metrics.bin'),
          'issuer.pem': () => workshop.file('issuer.pem', issuerPem),
          'rescued.img': () => workshop.path('rescued.img'),
          'a.dwvd.undo': () => workshop.file('a.dwvd.undo', emptyUndo(edited)),
          'data.bin': () => workshop.file('data.bin', 'some data'),
          'words.dict': () => workshop.file('words.dict', 'words '.repeat(1000)),
          'key.pem': () => workshop.file('key.pem', JSON.stringify(demoKey)),
          'passport.json': () => workshop.file('passport.json', JSON.stringify(passport)),
        };
        const { stderr } = await vde(args.map((arg) => files[arg]?.() ?? arg));
        expect(stderr).toBe('');
      }
    }
  });

  it('print what the README of the project shows', async () => {
    workshop.image('all-regions', 'broken.dwvd', (bytes) => {
      bytes.fill(0, 0, 4 * 4096);
      bytes[2130 * 4096 + 100]! ^= 1;
    });
    const before = process.cwd();
    process.chdir(workshop.folder);
    onTestFinished(() => process.chdir(before));
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const samples = [...readme.matchAll(/```\n\$ vde ([^#\n]+)[^\n]*\n([\s\S]*?)```/g)];
    expect(samples).toHaveLength(3);
    for (const [, line = '', shown] of samples) {
      const { stdout } = await vde(line.trim().split(' '));
      expect(stdout).toBe(shown);
    }
  });

  it('choose the superblock copy they are told', async () => {
    const { image: facts } = validated(
      'info',
      (await vde(['info', image, '--superblock', 'mirror', '-f', 'json'])).stdout,
    );
    expect(facts.copyUsed).toBe('mirror');
  });
});
