import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensureBuilt, root } from './tarballs.ts';

it('the benchmarks run, and leave nothing behind', () => {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'vde-bench-smoke-'));
  try {
    const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/run.mjs', '--quick'], {
      cwd: root,
      encoding: 'utf8',
      env,
    });
    expect(status, stdout + stderr).toBe(0);
    for (const name of [
      'verify 4 KiB',
      'scan of',
      'metrics log',
      'P-256',
      'vde info',
      'open and info',
      'edit of',
      'create an image',
    ])
      expect(stdout).toContain(`\n${name}`);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 200_000);
