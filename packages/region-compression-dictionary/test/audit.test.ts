import type { AuditContext, Finding } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { compressionDictionary, type DictionaryEntry } from '../src/index.ts';
import { content, entryOf, imageOf, sha256, synthetic, trailered } from './dictionaries.ts';

const blockSize = 4096;
const bytes = content(12000);
const entry = entryOf(bytes, 3);
const image = { ...imageOf(blockSize, 210, { 200: trailered(bytes, blockSize) }), startBlock: 64, blockCount: 64 };

async function audit(one: DictionaryEntry, given: Partial<AuditContext> = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  const context = { ...image, keys: [], ...given };
  for await (const finding of compressionDictionary.audit!({ dictionaries: [one] }, context)) findings.push(finding);
  return findings;
}

describe('the audit', () => {
  it('says which hash it expected', async () => {
    const expected = Buffer.from(sha256('x')).toString('hex');
    expect(await audit(entry)).toEqual([]);
    expect(await audit({ ...entry, contentHash: sha256('x') })).toMatchObject([
      { code: 'contentHashMismatch', expected },
    ]);
  });

  it('stops while it reads a dictionary', async () => {
    const controller = new AbortController();
    const readBlocks = (first: number, count: number) => {
      controller.abort(new Error('enough'));
      return image.readBlocks(first, count);
    };
    await expect(audit(entry, { readBlocks, signal: controller.signal })).rejects.toThrow('enough');
  });

  describe('of large dictionaries', () => {
    const most = 64 * 1024 * 1024;
    const ofSize = (dictionarySizeBytes: number): DictionaryEntry => {
      return { ...synthetic(5), blockOffset: 0n, blockCount: 20_000, dictionarySizeBytes };
    };
    const readBlocks = () => Promise.reject(new Error('read'));
    const large = { totalBlocks: 20_000, startBlock: 30_000, readBlocks };

    it('reads up to 64 MiB', async () => {
      await expect(audit(ofSize(most), large)).rejects.toThrow('read');
      expect(await audit(ofSize(most + 1), large)).toMatchObject([{ code: 'unverifiedDictionary' }]);
    });

    it('names one whose blocks cannot be, although it would not be read', async () => {
      const beyond = { ...ofSize(most + 1), blockOffset: 1n };
      expect(await audit(beyond, large)).toMatchObject([{ code: 'badExtent', path: 'dictionaries[0]' }]);
    });
  });
});
