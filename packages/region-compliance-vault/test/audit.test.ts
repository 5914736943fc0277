import { p256 } from '@vde/crypto';
import { type AuditContext, decodeRegion, type Finding, geometryOf } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { goldenExtents } from '../../testing/test/golden-files.ts';
import { ComplianceVault, complianceVault, signPassport } from '../src/index.ts';
import { blocksOf, example, highS, lowS, publicKey, synthetic } from './passports.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const contextOf = (keys: readonly Uint8Array[], signal?: AbortSignal): AuditContext => ({
  geometry: geometryOf(512),
  readBlocks: () => Promise.reject(new Error('the vault needs no other blocks')),
  totalBlocks: 0,
  startBlock: 0,
  blockCount: 0,
  keys,
  ...(signal && { signal }),
});

async function audit(vault: ComplianceVault, context: AuditContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of complianceVault.audit!(vault, context)) findings.push(finding);
  return findings;
}

const other = p256.generateKeyPair();
const pem = utf8(p256.exportPublicKey(publicKey, 'pem'));
const otherRaw = p256.exportPublicKey(other.publicKey, 'raw');
const vault = new ComplianceVault([
  { ...example, signature: lowS },
  { ...synthetic(1, 128, 200) },
  signPassport(synthetic(2, 10, 10), other.privateKey),
  { ...synthetic(3, 0, 0), signature: new Uint8Array(64).fill(0xff) },
]);
const codes = async (...keys: Uint8Array[]) => (await audit(vault, contextOf(keys))).map(({ code }) => code);

describe('audit', () => {
  it('without a key says what cannot be verified, as notices', async () => {
    const findings = await audit(vault, contextOf([]));
    expect(findings).toMatchObject([
      {
        code: 'unverifiable',
        severity: 'notice',
        block: 0,
        offset: 16 + 89,
        length: 64,
        path: 'passports[0].signature',
      },
      { code: 'unsigned', severity: 'notice', path: 'passports[1].signature' },
      { code: 'unverifiable', severity: 'notice', path: 'passports[2].signature' },
      { code: 'signatureMalformed', severity: 'error', path: 'passports[3].signature' },
    ]);
  });

  it('with keys says which signatures fit none of them', async () => {
    expect(await codes(pem)).toEqual(['unsigned', 'signatureInvalid', 'signatureMalformed']);
    expect(await codes(otherRaw)).toEqual(['signatureInvalid', 'unsigned', 'signatureMalformed']);
    expect(await codes(pem, otherRaw)).toEqual(['unsigned', 'signatureMalformed']);
  });

  it('leaves aside what is no public key of this curve: secrets of other regions stand in the same list', async () => {
    const secrets = [new Uint8Array(32).fill(7), utf8('secret'), new Uint8Array()];
    expect(await codes(...secrets)).toEqual(['unverifiable', 'unsigned', 'unverifiable', 'signatureMalformed']);
    expect(await codes(...secrets, pem, otherRaw)).toEqual(['unsigned', 'signatureMalformed']);
  });

  it('names the signature where it stands in the blocks', async () => {
    const blocks = blocksOf(vault, 512);
    for (const { block, offset, length, path } of await audit(vault, contextOf([]))) {
      const index = Number(/\d+/.exec(path!)![0]);
      const start = block! * 512 + offset!;
      expect(blocks.subarray(start, start + length!)).toEqual(vault.at(index).signature);
    }
  });

  it('accepts foreign signatures whose s lies in the upper half', async () => {
    const foreign = new ComplianceVault([{ ...example, signature: highS }]);
    expect(await audit(foreign, contextOf([pem]))).toEqual([]);
  });

  it('stops when it is aborted', async () => {
    const reason = new Error('enough');
    await expect(audit(vault, contextOf([pem], AbortSignal.abort(reason)))).rejects.toBe(reason);
  });

  it.each(['all-regions', 'seed-regions-16k'])('%s: all signatures are valid, one passport has none', async (image) => {
    const extent = goldenExtents(image).find(({ id }) => id === 'compliance-vault')!;
    const { state } = decodeRegion(complianceVault, extent.blocks, { blockSize: extent.blockSize });
    const context = {
      ...contextOf([utf8(`${extent.summary['publicKeyPem']}`)]),
      geometry: geometryOf(extent.blockSize),
    };
    const findings = await audit(state, context);
    expect(findings).toMatchObject([{ code: 'unsigned', severity: 'notice' }]);
    expect(findings[0]?.message).toContain(`${extent.summary['unsigned']}`);
    const without = await audit(state, { ...context, keys: [] });
    expect(without.map(({ severity }) => severity)).toEqual(Array(25).fill('notice'));
  });
});
