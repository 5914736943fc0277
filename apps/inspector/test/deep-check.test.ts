import { afterAll, describe, expect, it } from 'vitest';
import { issuerPem, vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const image = workshop.image('all-regions');
const key = workshop.file('issuer.pem', issuerPem);

const spki = Buffer.from(issuerPem.replace(/-----.*-----|\s/g, ''), 'base64');
const point = spki.subarray(-65);
const jwk = {
  kty: 'EC',
  crv: 'P-256',
  x: point.subarray(1, 33).toString('base64url'),
  y: point.subarray(33).toString('base64url'),
};
const other = workshop.file(
  'other.pem',
  '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzS7olF8avvm2Cpwpq2omkDh6cTGy\n3BzwXuOWLT3yoLtzsNeZU7i0sERJxXfcRfXdWSbiAbGR804cUx0bbW9ewg==\n-----END PUBLIC KEY-----\n',
);

const deep = (...more: string[]) => vde(['check', image, '--level', 'deep', ...more]);

describe('a deep check', () => {
  it('needs no key, and counts what it could not verify', async () => {
    const { exitCode, stdout } = await deep();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('24 unverifiable');
    expect(stdout).toMatch(/i unsigned/);
  });

  it.each([
    ['PEM', key],
    ['JWK', workshop.file('issuer.jwk', JSON.stringify(jwk))],
    ['raw point', workshop.file('issuer.bin', point)],
    ['DER', workshop.file('issuer.der', spki)],
  ])('verifies every signature with a key as %s', async (_, file) => {
    const { exitCode, stdout } = await deep('--key', file);
    expect([exitCode, stdout.includes('unverifiable')]).toEqual([0, false]);
  });

  it('takes one of several keys that fits', async () => {
    expect((await deep('--key', other, '--key', key)).exitCode).toBe(0);
    const wrong = await deep('--key', other);
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stdout).toContain('signatureInvalid');
  });

  it('exits 4 where required signatures are missing or could not be verified', async () => {
    expect((await deep('--require-signatures')).exitCode).toBe(4);
    expect((await deep('--require-signatures', '--key', key)).exitCode).toBe(4);
    expect((await deep('--require-signatures', '--key', key, '--skip', 'unsigned')).exitCode).toBe(0);
  });

  it('says so in JSON', async () => {
    const { stdout } = await deep('-f', 'json', '--require-signatures');
    expect(JSON.parse(stdout)).toMatchObject({ level: 'deep', summary: { verdict: 'unverifiable', unverifiable: 25 } });
  });
});

describe('keys', () => {
  it('that are none are refused before the image is read', async () => {
    const nonsense = workshop.file('nonsense.pem', 'not a key');
    const { exitCode, stderr } = await deep('--key', nonsense);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(nonsense);
  });

  it('that are not there exit 66', async () => {
    expect((await deep('--key', workshop.path('absent.pem'))).exitCode).toBe(66);
  });

  it.each([['--key', key], ['--require-signatures']])('%s asks for the level that uses it', async (...option) => {
    const { exitCode, stderr } = await vde(['check', image, ...option]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain('--level deep');
  });
});

describe('what a region shows first', () => {
  it.each([
    ['r:metrics-log', /Value over time[\s\S]* 1 {2}[▁-█ ]{32} /],
    ['r:streaming-append', /Live entries {2}█+░+ {2}36 of 48 blocks/],
    ['r:worm-immutable', /retainedUntil {2}2036-11-18T/],
    ['r:compliance-vault', /Passports by status\n {2}compliant \(1\) +18/],
    ['r:compression-dictionary', /Slots in use {2}█░+ {2}6 of 256 slots/],
  ])('%s', async (address, expected) => {
    expect((await vde(['show', image, address])).stdout).toMatch(expected);
  });

  it('is left out where records or quiet are asked for, and ASCII where asked for', async () => {
    expect((await vde(['show', image, 'r:STRE', '-q'])).stdout).not.toContain('Live entries');
    expect((await vde(['show', image, 'r:MLOG', '--records', '0:2'])).stdout).not.toContain('Value over time');
    const ascii = (await vde(['show', image, 'r:STRE', '--ascii'])).stdout;
    expect(ascii).toMatch(/Live entries {2}#+\.+ {2}36 of 48 blocks/);
  });
});
