import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeRegion, PackedRecords, readTrailer, sealBlocks, stringToTag } from '@vde/format';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Calibration, sensorCalibration } from '../../../examples/region-sensor-calibration/src/index.ts';
import { guardPlugin } from '../src/cli/plugin-guard.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const blockSize = 4096;
const slot = 21;
const startBlock = 1999;

/** The golden image with a region of a third party in the slot of one that nobody decodes. */
const image = workshop.image('all-regions', 'third-party.dwvd', (bytes) => {
  const seal = (block: number) => {
    const whole = bytes.subarray(block * blockSize, (block + 1) * blockSize);
    const { tag, generation } = readTrailer(whole, blockSize);
    sealBlocks(whole, blockSize, tag, generation);
  };
  for (const table of [1, 5, 8]) {
    bytes.writeUInt32LE(stringToTag('CALB'), table * blockSize + slot * 32);
    seal(table);
  }
  bytes.copy(bytes, 9 * blockSize + 8, 9 * blockSize - 8, 9 * blockSize);
  seal(9);
  const calibrations = PackedRecords.from(Calibration, [
    { sensorId: 7, validFromUtcTicks: 638_712_864_000_000_000n, gain: 1.5, offset: -2 },
    { sensorId: 7, validFromUtcTicks: 638_712_864_600_000_000n, gain: 0, offset: 4 },
  ]);
  bytes.set(encodeRegion(sensorCalibration, { calibrations }, { blockSize, generation: 3 }), startBlock * blockSize);
});

const source = fileURLToPath(new URL('../../../examples/region-sensor-calibration/src/index.ts', import.meta.url));
const plugin = workshop.path('calibration.mjs');

/** One file with its own copy of the format package. */
async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['@vde/source'],
    outfile,
  });
}
beforeAll(() => bundle(source, plugin));

/** A plugin in which something is changed, as a file. */
function variant(name: string, change: string): string {
  return workshop.file(
    `${name}.mjs`,
    `import { sensorCalibration } from './calibration.mjs';\nexport const changed = { ...sensorCalibration, ${change} };\n`,
  );
}

describe('a plugin that the program was not built with', () => {
  it('is known only when it is asked for', async () => {
    expect((await vde(['show', image, 'r:CALB'])).stdout).toContain('no plugin knows it');
    const { stdout, exitCode } = await vde(['plugins', '--plugin', plugin]);
    expect([exitCode, stdout.includes('sensor-calibration')]).toEqual([0, true]);
  });

  it('decodes, counts, and gives values by address', async () => {
    const { stdout } = await vde(['show', image, 'r:sensor-calibration', '--plugin', plugin]);
    expect(stdout).toMatch(/calibrations {2}2 records/);
    expect(stdout).toContain('Calibrations by sensor');
    const value = await vde(['show', image, 'r:CALB/0.gain', '-f', 'json', '--plugin', plugin]);
    expect(JSON.parse(value.stdout).fields[0]).toMatchObject({ path: 'calibrations[0].gain', value: 1.5 });
  });

  it('names the bytes of a hex view', async () => {
    expect((await vde(['hex', image, 'r:CALB/1', '--plugin', plugin])).stdout).toMatch(
      /calibrations\[1\]\.sensorId 7[\s\S]*\.gain 0/,
    );
  });

  it('exports its table', async () => {
    const { stdout } = await vde(['export', image, 'r:CALB', '--plugin', plugin]);
    expect(stdout.split(/\r?\n/)[0]).toBe('sensorId,validFromUtcTicks,gain,offset');
  });

  it('finds, and explains what it finds', async () => {
    const { stdout, exitCode } = await vde(['check', image, '--plugin', plugin]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('uselessGain');
    expect((await vde(['explain', 'uselessGain', '--plugin', plugin])).stdout).toContain('every reading of the sensor');
    expect((await vde(['check', image])).exitCode).toBe(0);
  });

  it('is found as a package where the program runs', async () => {
    const folder = join(workshop.folder, 'project');
    const home = join(folder, 'node_modules/region-sensor-calibration');
    mkdirSync(home, { recursive: true });
    await bundle(source, join(home, 'index.js'));
    writeFileSync(
      join(home, 'package.json'),
      '{"name":"region-sensor-calibration","type":"module","exports":"./index.js"}',
    );
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await vde(['show', image, 'r:CALB', '--plugin', 'region-sensor-calibration'])).exitCode).toBe(0);
    } finally {
      process.chdir(before);
    }
  });

  it('takes the place of a known one with its id', async () => {
    const mine = variant('mine', "id: 'metrics-log', title: 'My metrics', slotTypes: ['CALB']");
    const { stdout } = await vde(['plugins', '--plugin', mine, '-f', 'json']);
    const found = JSON.parse(stdout).plugins.filter(({ id }: { id: string }) => id === 'metrics-log');
    expect(found).toMatchObject([{ title: 'My metrics' }]);
  });
});

describe('what is no plugin', () => {
  it.each([
    [66, 'absent.mjs', undefined, 'no such file'],
    [64, 'broken.mjs', 'export const = 1;', 'cannot be loaded'],
    [64, 'throwing.mjs', 'throw new Error("out of order");', 'out of order'],
    [64, 'other.mjs', 'export const helper = 1;', 'no region plugin but helper'],
  ])('exits %i for %s', async (code, name, content, message) => {
    const path = content === undefined ? workshop.path(name) : workshop.file(name, content);
    const { exitCode, stderr } = await vde(['ls', image, '--plugin', path]);
    expect([exitCode, stderr.includes(message)]).toEqual([code, true]);
  });

  it('refuses two plugins of one id', async () => {
    const { exitCode, stderr } = await vde([
      'ls',
      image,
      '--plugin',
      plugin,
      '--plugin',
      variant('twin', "title: 'Twin'"),
    ]);
    expect([exitCode, stderr.includes('two plugins')]).toEqual([64, true]);
  });
});

describe('a plugin that fails', () => {
  const members = [
    'decode() {',
    'verify() {',
    'match() {',
    'span() {',
    'describe() {',
    '*trace() {',
    'requiredBlocks() {',
    'async *audit() {',
  ];

  it.each(members)('in %s by throwing is named where it was asked, and the rest goes on', async (member) => {
    const bad = variant(`throws-${members.indexOf(member)}`, `${member} throw new Error('out of order'); }`);
    const { exitCode, stdout, stderr } = await vde(['check', image, '--level', 'deep', '--plugin', bad]);
    expect(exitCode).toBeLessThan(64);
    expect(stdout).toMatch(/blocks: \d+ ok/);
    // A check asks for no description and no field ranges; what an audit throws is told by its finding.
    if (!/describe|trace|audit/.test(member))
      expect(stderr).toMatch(/^vde: a plugin failed: Sensor calibration: \w+ failed: out of order$/m);
    if (/decode|verify|span|audit/.test(member))
      expect(stdout).toMatch(/pluginFailed[\s\S]*Sensor calibration[\s\S]*out of order/);
    const shown = await vde(['show', image, 'r:CALB', '--plugin', bad]);
    if (/describe/.test(member)) expect([shown.exitCode, shown.stdout.includes('out of order')]).toEqual([2, true]);
    expect((await vde(['ls', image, '--plugin', bad])).stdout).toContain('MLOG');
    expect((await vde(['hex', image, 'r:CALB', '--plugin', bad])).exitCode).toBe(0);
  });

  it.each(['decode', 'verify', 'match'])(
    'by a %s that never ends is stopped, named, and the rest goes on',
    async (member) => {
      const endless = variant(`endless-${member}`, `${member}() { for (;;); }`);
      const { exitCode, stdout } = await vde(['check', image, '--plugin', endless]);
      expect(exitCode).toBe(member === 'match' ? exitCode : 3);
      if (member !== 'match') expect(stdout).toMatch(/pluginFailed[\s\S]*did not end within 2000 ms/);
      expect(stdout).toMatch(/blocks: \d+ ok/);
    },
  );
});

describe('the guard', () => {
  const endless = {
    ...sensorCalibration,
    requiredBlocks: () => {
      for (;;);
    },
  };

  it('stops a call, and calls the plugin no more', () => {
    const guarded = guardPlugin(endless, { limit: 20 });
    expect(() => guarded.requiredBlocks({}, {} as never)).toThrow(
      'Sensor calibration: requiredBlocks did not end within 20 ms',
    );
    expect(() => guarded.describe({ calibrations: new PackedRecords(Calibration) })).toThrow(
      'requiredBlocks did not end',
    );
  });

  it('gives cells and columns as they are', () => {
    const calibrations = new PackedRecords(Calibration);
    for (let i = 0; i < 600; i++)
      calibrations.push({ sensorId: i, validFromUtcTicks: BigInt(i), gain: i / 2, offset: 0 });
    const [table] = guardPlugin(sensorCalibration).describe({ calibrations }).tables;
    expect([0, 255, 256, 599, 3].map((row) => table!.cell(row, 'gain'))).toEqual([0, 127.5, 128, 299.5, 1.5]);
    expect(table!.column!('sensorId', 598, 2)).toEqual(Float64Array.of(598, 599));
    expect(() => table!.cell(600, 'gain')).toThrow(RangeError);
    expect(() => table!.cell(0, 'gone')).toThrow(RangeError);
  });
});

it('the sample builds to one file by its own script', () => {
  const folder = fileURLToPath(new URL('../../../examples/region-sensor-calibration', import.meta.url));
  const { status } = spawnSync(
    'npx',
    [
      'esbuild',
      'src/index.ts',
      '--bundle',
      '--format=esm',
      '--platform=neutral',
      '--conditions=@vde/source',
      `--outfile=${workshop.path('built.mjs')}`,
    ],
    { cwd: folder },
  );
  expect(status).toBe(0);
});
