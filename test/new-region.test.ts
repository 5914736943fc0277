import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const newRegion = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/new-region.mjs'), ...args], { encoding: 'utf8' });

let tree = '';
let folder = '';
const text = (path: string) => readFileSync(join(folder, path), 'utf8');

/** A tree like the repository's around the new package, so that its imports find what they will find there. */
beforeAll(() => {
  tree = realpathSync(mkdtempSync(join(tmpdir(), 'vde-new-region-')));
  folder = join(tree, 'packages/region-heat-map');
  const { status, stderr } = newRegion('heat-map', '--out', folder);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const path of ['node_modules', 'tsconfig.base.json', 'packages/testing', 'fixtures']) {
    symlinkSync(join(root, path), join(tree, path));
  }
  symlinkSync(join(root, 'packages/region-metrics-log/node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('new-region', () => {
  it('writes the files of the package template', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.startsWith('node_modules'),
    );
    expect(files.filter((path) => statSync(join(folder, path)).isFile()).sort()).toEqual([
      'LICENSE',
      'README.md',
      'examples/read.ts',
      'package.json',
      'src/codes.ts',
      'src/index.ts',
      'src/records.ts',
      'src/region.ts',
      'test/region.test.ts',
      'tsconfig.json',
      'tsup.config.ts',
    ]);
  });

  it('names everything by the id', () => {
    expect(JSON.parse(text('package.json')).name).toBe('@vde/region-heat-map');
    expect(text('src/region.ts')).toMatch(
      /export const heatMap = [\s\S]*id: 'heat-map',\n {2}title: 'Heat map',\n {2}blockTag: 'HEAT'/,
    );
  });

  it('gives a package.json of the same shape as the other regions have', () => {
    const other = JSON.parse(readFileSync(join(root, 'packages/region-metrics-log/package.json'), 'utf8'));
    const renamed = JSON.parse(
      text('package.json').replaceAll('heat-map', 'metrics-log').replaceAll('heat map', 'metrics log'),
    );
    expect(renamed).toEqual(other);
  });

  it('writes TypeScript without faults', () => {
    const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    expect(fileNames.length).toBe(6);
    const faults = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    const isNew = ({ file }: ts.Diagnostic) => file === undefined || file.fileName.startsWith(folder);
    expect(faults.filter(isNew).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual(
      [],
    );
  });

  it('passes its own conformance test', () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--config', join(root, 'vitest.config.ts'), '--root', tree, 'region-heat-map'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: tree,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Tests {2}\d+ passed/);
  });

  it('is formatted and linted', () => {
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const args = [biome, 'check', `--config-path=${join(root, 'biome.json')}`, '--vcs-enabled=false', folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout + stderr).toMatch(/Checked 9 files/);
  });

  it('shows its example and its codes in the README', () => {
    expect(text('README.md')).toContain(`\`\`\`ts\n${text('examples/read.ts')}\`\`\`\n`);
    const codes = [...text('src/codes.ts').matchAll(/^ {2}(\w+): \{/gm)].map(([, code]) => `\`${code}\``);
    expect(codes.length).toBe(1);
    for (const code of codes) expect(text('README.md')).toContain(code);
  });

  it.each([
    [['Audit Log']],
    [[]],
    [['a', 'b']],
    [['never-written', '--tag', 'TOOLONG']],
    [['never-written', '--colour']],
  ])('refuses %j before anything is written', (args) => {
    const { status, stderr } = newRegion(...args);
    expect(status).toBe(64);
    expect(stderr).toMatch(/usage|expected/);
    expect(existsSync(join(root, 'packages/region-never-written'))).toBe(false);
  });

  it('leaves a package that is there alone', () => {
    const { status, stderr } = newRegion('other', '--out', folder);
    expect([status, stderr]).toEqual([64, `${folder} holds a package already\n`]);
  });
});
