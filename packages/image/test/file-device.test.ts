import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFileDevice, writeNewFile } from '../src/node/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'vde-device-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'a.dwvd');
const lock = `${path}.lock`;
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  writeFileSync(path, 'abcdefgh');
});

describe('a file device', () => {
  it('reads what it wrote, grows and is cut', async () => {
    const device = await openFileDevice(path);
    await device.write(2, Buffer.from('XY'));
    await device.write(10, Buffer.from('end'));
    await device.sync();
    const bytes = Buffer.alloc(20);
    expect([device.size, await device.read(0, bytes)]).toEqual([13, 13]);
    expect(bytes.toString('latin1', 0, 13)).toBe('abXYefgh\0\0end');
    await device.truncate(4);
    expect([device.size, await device.read(0, bytes), await device.read(4, bytes)]).toEqual([4, 4, 0]);
    await device.close();
    expect(readFileSync(path, 'utf8')).toBe('abXY');
    expect(readdirSync(folder)).toEqual(['a.dwvd']);
  });

  it('is open once at a time, by whatever name', async () => {
    const link = join(folder, 'link');
    symlinkSync(path, link);
    const device = await openFileDevice(path);
    for (const name of [path, link]) {
      const second = openFileDevice(name);
      await expect(second).rejects.toMatchObject({
        code: 'imageInUse',
        message: expect.stringContaining(`process ${process.pid}`),
      });
    }
    await device.close();
    await (await openFileDevice(link)).close();
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over the lock of a process that is no more', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(lock, JSON.stringify({ pid, host: hostname() }));
    const device = await openFileDevice(path);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual({ pid: process.pid, host: hostname() });
    await device.close();
    expect(readdirSync(folder)).toEqual(['a.dwvd']);
  });

  it.each([
    ['of another machine', JSON.stringify({ pid: 1, host: 'elsewhere' })],
    ['that nobody can read', 'scribble'],
    ['that is empty', ''],
  ])('leaves a lock %s alone', async (_, content) => {
    writeFileSync(lock, content);
    await expect(openFileDevice(path)).rejects.toMatchObject({
      code: 'imageInUse',
      message: expect.stringContaining(lock),
    });
    expect([readFileSync(lock, 'utf8'), readdirSync(folder).sort()]).toEqual([content, ['a.dwvd', 'a.dwvd.lock']]);
  });

  it('goes to one of many that find a stale lock at once', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (let round = 0; round < 20; round++) {
      writeFileSync(lock, JSON.stringify({ pid, host: hostname() }));
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => openFileDevice(path)));
      const won = tries.filter((attempt) => attempt.status === 'fulfilled');
      expect(won.length).toBeLessThanOrEqual(1);
      for (const { value } of won) await value.close();
      rmSync(lock, { force: true });
    }
  });

  it('needs a file, and leaves no lock where there is none', async () => {
    await expect(openFileDevice(join(folder, 'none'))).rejects.toMatchObject({ code: 'notFound' });
    await expect(openFileDevice(folder)).rejects.toMatchObject({ code: 'notAFile' });
    expect(readdirSync(folder)).toEqual(['a.dwvd']);
  });
});

describe('a new file', () => {
  const target = join(folder, 'new');

  it('appears when it is whole', async () => {
    const seen: boolean[] = [];
    const given = await writeNewFile(target, async (device) => {
      await device.write(0, Buffer.from('whole'));
      seen.push(existsSync(target));
      return 7;
    });
    expect([given, seen, readFileSync(target, 'utf8'), readdirSync(folder).sort()]).toEqual([
      7,
      [false],
      'whole',
      ['a.dwvd', 'new'],
    ]);
  });

  it('leaves nothing behind when it fails, and what was there as it was', async () => {
    writeFileSync(target, 'old');
    const failing = () => Promise.reject(new Error('no more'));
    await expect(writeNewFile(target, failing, { replace: true })).rejects.toThrow('no more');
    await expect(writeNewFile(target, async () => {})).rejects.toMatchObject({ code: 'outputNotCreated' });
    await expect(writeNewFile(folder, async () => {}, { replace: true })).rejects.toMatchObject({
      code: 'outputNotCreated',
    });
    const controller = new AbortController();
    const aborted = writeNewFile(target, async () => controller.abort(new Error('stop')), {
      replace: true,
      signal: controller.signal,
    });
    await expect(aborted).rejects.toThrow('stop');
    expect([readFileSync(target, 'utf8'), readdirSync(folder).sort()]).toEqual(['old', ['a.dwvd', 'new']]);
  });
});
