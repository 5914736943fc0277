import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@vde/format';
import { createImage, openForEdit, openImage } from '@vde/image';
import { openFileDevice, openFileSource } from '@vde/image/node';
import { metricsLog } from '@vde/region-metrics-log';
import { worm } from '@vde/region-worm-immutable';
import { afterAll, describe, expect, it } from 'vitest';
import { now, plugins } from './kinds.ts';
import { damageIn } from './kit.ts';

const deep = process.env['VDE_DEEP'] === '1';
const kills = deep ? 10_000 : 200;
const timeout = deep ? 36_000_000 : 240_000;
const child = new URL('./killed-writer.js', import.meta.url).pathname;

const folder = mkdtempSync(join(tmpdir(), 'vde-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function newImage(name: string): Promise<string> {
  const path = join(folder, name);
  const { writeNewFile } = await import('@vde/image/node');
  await writeNewFile(path, (device) => createImage(device, { profile: 'minimal', totalBlocks: 2400, now }));
  const device = await openFileDevice(path);
  const image = await openForEdit(device, { now: () => now });
  await image.edit((tx) => {
    tx.add(worm, { blockCount: 900, options: { createdUtcTicks: now } });
    tx.add(metricsLog, { blockCount: 8, options: { capacity: 100_000 } });
  });
  await device.close();
  return path;
}

/** Lets a writer run for a while after its first edit and kills it; the last edit that it acknowledged. */
function killWriter(path: string, afterMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const process = spawn('node', [child, path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let error = '';
    process.stderr.on('data', (text) => {
      error += text;
    });
    process.stdout.on('data', (text) => {
      if (out === '') setTimeout(() => process.kill('SIGKILL'), afterMs);
      out += text;
    });
    process.on('error', reject);
    process.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: ${error}`));
      else resolve(Number(out.slice(0, out.lastIndexOf('\n')).split('\n').at(-1)));
    });
  });
}

describe('a writer that is killed', { timeout }, () => {
  it(`${kills} times leaves everything that it acknowledged, and nothing half`, async () => {
    const random = seededRandom(7);
    let path = await newImage('0.dwvd');

    for (let i = 1; i <= kills; i++) {
      const acknowledged = await killWriter(path, random() * 12);
      const device = await openFileDevice(path);
      const { image } = await openForEdit(device, { regions: plugins });
      const { state } = await image.region(worm);
      const { samples } = (await image.region(metricsLog)).state;
      expect([acknowledged, acknowledged + 1]).toContain(state.writeCount);
      expect(samples.length).toBe(state.writeCount);
      expect(samples.at(samples.length - 1).value).toBe(state.writeCount);
      if (i % 20 === 0) expect(await damageIn(device)).toEqual([]);
      await device.close();
      if (state.writeCount > 600) path = await newImage(`${i}.dwvd`);
    }
  });
});

describe('two at one image', { timeout }, () => {
  it('are not both writers', async () => {
    const path = await newImage('two.dwvd');
    const device = await openFileDevice(path);
    await expect(openFileDevice(path)).rejects.toMatchObject({ code: 'imageInUse' });
    await device.close();
    await (await openFileDevice(path)).close();
  });

  it('a reader beside a writer finds a state that was committed, whole', async () => {
    const path = await newImage('beside.dwvd');
    const process = spawn('node', [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => process.stdout.once('data', resolve));
    const seen: number[] = [];

    for (let i = 0; i < 300; i++) {
      const source = await openFileSource(path);
      try {
        const image = await openImage(source, { regions: plugins });
        const { state } = await image.region(worm);
        const { samples } = (await image.region(metricsLog)).state;
        seen.push(state.writeCount);
        expect(samples.length).toBe(state.writeCount);
      } catch (error) {
        expect(error).toMatchObject({ code: 'imageChanged' });
      } finally {
        await source.close();
      }
    }
    process.kill('SIGKILL');
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(3);
  });
});
