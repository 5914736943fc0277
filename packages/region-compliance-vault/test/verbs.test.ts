import { isKeyFormatError } from '@vde/crypto';
import { geometryOf, toHex, type VerbArgs } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { ComplianceVault, complianceVault, createPassport, verifySignature } from '../src/index.ts';
import { example, guid, highS, lowS, publicKey, scalar, synthetic, t0, utf8 } from './passports.ts';

const { prefix, commands } = complianceVault.verbs!;
const allocate = () => expect.fail('blocks were reserved');
const context = { now: t0, generation: 2, geometry: geometryOf(512), blockCount: 64, allocate };
const small = synthetic(0, 1, 1);

/** The state that a command makes of a vault, which must stay as it is. */
function run(name: string, vault: ComplianceVault, args: VerbArgs): ComplianceVault {
  const before = toHex(vault.digest());
  try {
    const { state, ...rest } = commands[name]!.run(vault, args, context);
    expect(rest).toEqual({});
    return state;
  } finally {
    expect(toHex(vault.digest())).toBe(before);
  }
}

it('the commands say what they do, what each argument means, and which is a file', () => {
  expect([prefix, Object.keys(commands)]).toEqual(['vault', ['add', 'sign', 'remove']]);
  const all = Object.values(commands).flatMap((one) => [one, ...Object.values(one.args)]);
  expect(all.map(({ summary }) => summary)).toEqual(all.map(() => expect.stringMatching(/\w+ \w+/)));
  const args = Object.values(commands).flatMap(({ args }) => Object.entries(args));
  expect(args.map(([name, { required, bytes }]) => [name, required, bytes])).toEqual([
    ['passport', true, true],
    ['passport-id', true, undefined],
    ['key', true, true],
    ['passport-id', true, undefined],
  ]);
});

describe('adding', () => {
  const fields = {
    passportId: example.passportId,
    objectId: example.objectId,
    frameworkId: 0,
    complianceStatus: 1,
    issuedUtcTicks: `${t0}`,
    expiresUtcTicks: 0,
    lastVerifiedUtcTicks: '2025-01-01T00:00:00Z',
  };
  const bare = { ...example, expiresUtcTicks: 0n, issuerId: utf8(''), notes: utf8('') };
  const file = (given: object) => utf8(JSON.stringify({ ...fields, ...given }));
  const added = (passport: Uint8Array) => run('add', new ComplianceVault([small]), { passport }).at(1);

  it('takes the fields of a new passport', () => {
    expect(added(file({}))).toEqual(bare);
    expect(added(utf8(`\ufeff ${JSON.stringify(fields)}\n`))).toEqual(bare);
  });

  it.each([
    [{ issuerId: 'Prüfstelle' }, { issuerId: utf8('Prüfstelle') }],
    [{ notes: '' }, { notes: utf8('') }],
    [{ signature: toHex(highS) }, { signature: highS }],
    [{ signature: toHex(lowS).toUpperCase() }, { signature: lowS }],
    [{ objectId: 'AAAAAAAA-0000-0000-0000-000000000001' }, { objectId: 'aaaaaaaa-0000-0000-0000-000000000001' }],
    [{ frameworkId: 'fedRamp' }, { frameworkId: 8 }],
    [{ frameworkId: 65535 }, { frameworkId: 65535 }],
    [{ complianceStatus: 'exempt' }, { complianceStatus: 3 }],
    [{ expiresUtcTicks: -1 }, { expiresUtcTicks: -1n }],
    [{ expiresUtcTicks: 2 ** 53 - 1 }, { expiresUtcTicks: 2n ** 53n - 1n }],
    [{ issuedUtcTicks: `${2n ** 63n - 1n}` }, { issuedUtcTicks: 2n ** 63n - 1n }],
  ])('takes %j', (given, expected) => {
    expect(added(file(given))).toEqual({ ...bare, ...expected });
  });

  it.each([
    ['passportId', 'x'],
    ['passportId', 7],
    ['passportId', guid(0)],
    ['passportId', `${example.passportId}0`],
    ['objectId', undefined],
    ['objectId', `{${example.objectId}}`],
    ['frameworkId', undefined],
    ['frameworkId', 65536],
    ['frameworkId', -1],
    ['frameworkId', 1.5],
    ['frameworkId', '0'],
    ['frameworkId', 'toString'],
    ['complianceStatus', 'gdpr'],
    ['issuedUtcTicks', undefined],
    ['issuedUtcTicks', 'today'],
    ['issuedUtcTicks', true],
    ['issuedUtcTicks', 1.5],
    ['issuedUtcTicks', 2 ** 53],
    ['issuedUtcTicks', `${2n ** 63n}`],
    ['expiresUtcTicks', null],
    ['lastVerifiedUtcTicks', [1]],
    ['issuerId', 7],
    ['notes', null],
    ['signature', toHex(lowS).slice(2)],
    ['signature', `${toHex(lowS)}00`],
    ['signature', 'x'.repeat(128)],
    ['expires', 0],
    ['__proto__', 0],
  ])('refuses %s %j, by its name', (name, value) => {
    const json = JSON.stringify({ ...fields, [name]: undefined });
    const text = value === undefined ? json : json.replace(/}$/, `,"${name}":${JSON.stringify(value)}}`);
    expect(() => added(utf8(text))).toThrow(RangeError);
    expect(() => added(utf8(text))).toThrow(new RegExp(`\\b${name}\\b`));
  });

  it.each([
    ['no JSON', utf8('{')],
    ['no UTF-8', file({ notes: '~' }).map((byte) => (byte === 0x7e ? 0xff : byte))],
    ['a list', utf8('[]')],
    ['nothing', utf8('null')],
    ['a text', utf8('"x"')],
    ['missing', undefined],
    ['text in place of a file', '{}'],
  ])('refuses a passport that is %s', (_name, passport) => {
    const wrong = () => run('add', new ComplianceVault(), { passport });
    expect(wrong).toThrow(RangeError);
    expect(wrong).toThrow(/^passport/);
  });

  it('refuses what the vault does', () => {
    const add = (given: object) => () => run('add', new ComplianceVault([example]), { passport: file(given) });
    expect(add({})).toThrow(expect.objectContaining({ code: 'duplicateKey' }));
    expect(add({ notes: 'n'.repeat(257) })).toThrow(expect.objectContaining({ code: 'overLimit' }));
  });
});

describe('signing', () => {
  const jwk =
    '{"kty":"EC","crv":"P-256","x":"UVw9brnjlrkE0_7Kf1T9zQzB6Ze_N13KUVrQpsO0A18","y":"RTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q","d":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"}';
  const vault = () => new ComplianceVault([small, example]);
  const id = example.passportId;

  it.each([
    ['the bytes of a key file', utf8(jwk)],
    ['the text of one', jwk],
    ['a scalar', scalar],
  ])('takes %s', (_name, key) => {
    const state = run('sign', vault(), { 'passport-id': id.toUpperCase(), key });
    expect([...state]).toEqual([small, { ...example, signature: lowS }].map(createPassport));
    expect(verifySignature(state.at(1), publicKey)).toBe(true);
  });

  it.each([
    ['passport-id', 'x'],
    ['passport-id', guid(77)],
    ['passport-id', undefined],
    ['key', undefined],
    ['key', 'hello'],
    ['key', new Uint8Array()],
  ])('refuses %s %s, by its name', (name, value) => {
    const wrong = () => run('sign', vault(), { 'passport-id': id, key: jwk, [name]: value });
    expect(wrong).toThrow(RangeError);
    expect(wrong).toThrow(new RegExp(`^${name}\\b`));
  });

  it('keeps what the reader of keys said, and nothing of the key', () => {
    let thrown: unknown;
    try {
      run('sign', vault(), { 'passport-id': id, key: `secret ${'s'.repeat(40)}` });
    } catch (error) {
      thrown = error;
    }
    expect(isKeyFormatError((thrown as Error).cause)).toBe(true);
    expect(`${thrown}`).not.toContain('sss');
  });
});

describe('removing', () => {
  it('takes one passport out', () => {
    expect([...run('remove', new ComplianceVault([example, small]), { 'passport-id': example.passportId })]).toEqual([
      small,
    ]);
  });

  it.each(['x', guid(77), undefined])('refuses the id %s', (id) => {
    const wrong = () => run('remove', new ComplianceVault([example]), { 'passport-id': id });
    expect(wrong).toThrow(RangeError);
    expect(wrong).toThrow(/^passport-id /);
  });
});
