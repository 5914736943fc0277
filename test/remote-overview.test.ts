import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensureBuilt, root } from './tarballs.ts';

const size = 2 ** 30;

/** Runs the built program; this process goes on serving meanwhile. */
async function vde(...args: string[]): Promise<{ exitCode: number | null; stdout: string }> {
  const child = spawn(process.execPath, [join(root, 'apps/inspector/bin/vde.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  for await (const chunk of child.stdout) stdout += chunk;
  const exitCode = await new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    child.once('exit', resolve);
  });
  return { exitCode, stdout };
}

it('an overview of a remote image of 1 GiB transfers less than 2 MiB', async () => {
  ensureBuilt();
  const { writeSparseImage } = await import(join(root, 'bench/sparse-image.mjs'));
  const folder = mkdtempSync(join(tmpdir(), 'vde-remote-'));
  const path = join(folder, 'large.dwvd');
  await writeSparseImage(path, size, { profile: 'max-security' });
  const file = await open(path);
  const served = { requests: 0, bytes: 0 };
  const server = createServer(async (request, response) => {
    const [, first = 0, last = 0] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).map(Number);
    const part = Buffer.alloc(Math.min(last, size - 1) - first + 1);
    await file.read(part, 0, part.length, first);
    served.requests++;
    served.bytes += part.length;
    response.writeHead(206, { 'content-range': `bytes ${first}-${first + part.length - 1}/${size}` }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/large.dwvd`;
    for (const command of ['info', 'ls']) {
      Object.assign(served, { requests: 0, bytes: 0 });
      const { exitCode, stdout } = await vde(command, url, '-f', 'json');
      expect({ exitCode, size: JSON.parse(stdout).image.size }).toEqual({ exitCode: 0, size: String(size) });
      expect(served.bytes).toBeLessThan(2 * 2 ** 20);
      console.log(`vde ${command}: ${served.bytes} bytes in ${served.requests} requests`);
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
