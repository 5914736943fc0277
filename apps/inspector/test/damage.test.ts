import { createHash } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { damageKinds, schemaOf } from '@vde/inspect';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { hasColor, vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const bs = 4096;
const image = workshop.image('all-regions');
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const intact = hashOf(image);
const validate = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile(schemaOf('damage')!);

let outs = 0;
const newOut = () => workshop.path(`out-${outs++}.img`);

async function damaged(...args: string[]) {
  const out = newOut();
  const ran = await vde(['damage', image, out, ...args, '-f', 'json']);
  const document = JSON.parse(ran.stdout);
  const isValid: boolean = validate(document);
  if (!isValid) throw new Error(JSON.stringify(validate.errors));
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  return { out, document };
}

describe('vde damage', () => {
  it.each(damageKinds)('of the kind %s changes in the copy what it says, and nothing else', async (kind) => {
    const { out, document } = await damaged('--kind', kind, '--seed', '11');
    const expected = readFileSync(image).subarray(0, Number(document.size));
    for (const { range, before, after } of document.damages[0].patches) {
      const at = Number(range.offset);
      expect(expected.subarray(at, at + Number(range.length)).toString('hex')).toBe(before);
      expected.set(Buffer.from(after, 'hex'), at);
    }
    expect(hashOf(out)).toBe(createHash('sha256').update(expected).digest('hex'));
    expect(hashOf(out)).not.toBe(intact);
    expect(hashOf(image)).toBe(intact);
    expect(document).toMatchObject({ kind, seed: 11, target: out, damages: [{ kind }] });
  });

  it('is the same for the same seed, and another for another', async () => {
    const outOf = async (seed: string) => hashOf((await damaged('--kind', 'zero', '--seed', seed)).out);
    expect(await outOf('3')).toBe(await outOf('3'));
    expect(await outOf('3')).not.toBe(await outOf('4'));
  });

  it('is found where it is', async () => {
    const { out, document } = await damaged('--at', 'r:MLOG/17.value');
    const { address, range } = document.damages[0];
    expect(address).toBe('b:2127');
    const shown = JSON.parse((await vde(['show', image, 'r:MLOG/17.value', '-f', 'json'])).stdout);
    const [from, length] = [Number(shown.range.offset), Number(shown.range.length)];
    expect(Number(range.offset)).toBeGreaterThanOrEqual(from);
    expect(Number(range.offset)).toBeLessThan(from + length);
    const check = await vde(['check', out]);
    expect(check).toMatchObject({ exitCode: 3 });
    expect(check.stdout).toContain('b:2127');
  });

  it.each([
    [['--kind', 'zero', '--at', 's:5'], 'b:14'],
    [['--kind', 'swap', '--at', 'b:2280'], 'b:2280'],
    [['--kind', 'stale', '--at', 'sb.mirror'], 'b:'],
    [['--kind', 'slot', '--at', 'dir/5'], 's:5.'],
    [['--kind', 'slot', '--at', 'r:MLOG'], 's:23.'],
    [['--kind', 'truncate', '--at', 'b:2300+0x10'], 'b:2300'],
  ])('aims: %j strikes %s', async (args, address) => {
    const { document } = await damaged(...args);
    expect(document.damages[0].address.startsWith(address)).toBe(true);
  });

  it('ends the file where it is told', async () => {
    const { out } = await damaged('--kind', 'truncate', '--at', 'b:2300+0x10');
    expect(statSync(out).size).toBe(2300 * bs + 16);
  });

  it('strikes several times, one on top of the other', async () => {
    const { out, document } = await damaged('--kind', 'byte', '--count', '40', '--at', 'b:2127+4:2');
    expect(document.damages).toHaveLength(40);
    const bytes = readFileSync(image);
    for (const { patches } of document.damages)
      for (const { range, before, after } of patches) {
        expect(bytes.subarray(Number(range.offset), Number(range.offset) + 1).toString('hex')).toBe(before);
        bytes.set(Buffer.from(after, 'hex'), Number(range.offset));
      }
    expect(readFileSync(out).equals(bytes)).toBe(true);
  });

  it('keeps holes', async () => {
    const { out } = await damaged();
    // 183 blocks of the image hold something.
    expect(statSync(out).blocks * 512).toBeLessThan(2 * 183 * bs);
  });

  it('says what it did, in colour on a terminal, in ASCII when told', async () => {
    const { stdout } = await vde(['damage', image, newOut(), '--kind', 'slot', '--at', 's:5']);
    expect(stdout).toMatch(/ {2}s:5\.\w+ +slot 5 \(BMAP\) in [a-z ]+: \w+ /);
    expect(stdout).toMatch(/\d bytes from 0x[0-9A-F]{8} {2}[0-9a-f ]+ → [0-9a-f ]+/);
    expect(stdout).toContain('vde check ');
    expect(hasColor((await vde(['damage', image, newOut()], { columns: 100 })).stdout)).toBe(true);
    expect((await vde(['damage', image, newOut(), '--kind', 'zero', '--ascii'])).stdout).not.toMatch(/[^\n -~]/);
    expect((await vde(['damage', image, newOut(), '-q'])).stdout).toBe('');
  });

  it.each([
    [64, ['--kind', 'bti']],
    [64, ['--seed', '-1']],
    [64, ['--seed', '4294967296']],
    [64, ['--count', '0']],
    [64, ['--count', '1001']],
    [64, ['--at', 'b:2600']],
    [64, ['--at', 'r:MLGO']],
    [64, ['--kind', 'slot', '--at', 'b:2']],
    [64, ['--as', 'metrics-log', '--block-size', '4096']],
  ])('exits %i for %j, and writes nothing', async (exitCode, args) => {
    const out = newOut();
    expect(await vde(['damage', image, out, ...args])).toMatchObject({ exitCode, stdout: '' });
    expect(existsSync(out)).toBe(false);
  });

  it('replaces no file unless it is told to', async () => {
    const out = workshop.file('precious', 'precious');
    expect(await vde(['damage', image, out])).toEqual({
      exitCode: 73,
      stdout: '',
      stderr: `vde: ${out}: exists already\ntry: --force replaces it\n`,
    });
    expect(readFileSync(out, 'utf8')).toBe('precious');
    expect(await vde(['damage', image, out, '--force'])).toMatchObject({ exitCode: 0 });
    expect(statSync(out).size).toBe(3000 * bs);
    expect(await vde(['damage', image, workshop.folder, '--force'])).toMatchObject({ exitCode: 73 });
    expect(await vde(['damage', image, workshop.path('no/such/folder')])).toMatchObject({ exitCode: 73 });
  });

  it('never writes into the image, by whatever name', async () => {
    const [hard, soft] = [workshop.path('hard.dwvd'), workshop.path('soft.dwvd')];
    linkSync(image, hard);
    symlinkSync(image, soft);
    for (const out of [image, hard, soft])
      expect(await vde(['damage', image, out, '--force'])).toMatchObject({ exitCode: 77, stdout: '' });
    expect(hashOf(image)).toBe(intact);
    const same = newOut();
    expect(await vde(['damage', image, same, '-o', same])).toMatchObject({ exitCode: 64 });
    expect(existsSync(same)).toBe(false);
  });

  it('leaves nothing behind when it is interrupted, and ends quietly when its reader goes away', async () => {
    const out = newOut();
    const stop = new AbortController();
    const running = vde(['damage', image, out], { signal: stop.signal });
    const seen = () => readdirSync(workshop.folder).some((name) => name.endsWith('.part'));
    while (!seen() && !existsSync(out)) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('interrupted'));
    const { exitCode } = await running;
    // It may have been done before it was told: then the copy is whole.
    expect(existsSync(out)).toBe(exitCode !== 130);
    expect(readdirSync(workshop.folder).filter((name) => name.includes('.part'))).toEqual([]);
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect(await vde(['damage', image, newOut()], { signal })).toMatchObject({ exitCode: 130, stdout: '' });
    expect(await vde(['damage', image, newOut()], { limit: 0 })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});
