import { readTrailer, sealBlocks, stringToTag } from '@vde/format';
import { type DiskImage, memorySource, openImage } from '@vde/image';
import { allRegions } from '@vde/regions';
import { describe, expect, it } from 'vitest';
import { type CheckModel, exitCodeOf, type Inspection, openInspection, parseAddress } from '../src/index.ts';
import {
  filledImages,
  freshImages,
  goldenBytes,
  goldenJson,
  goldenSummary,
  goldenTables,
  headerValues,
} from './golden-images.ts';

const open = (bytes: Uint8Array): Promise<Inspection> => openInspection(memorySource(bytes), { regions: allRegions });

/** The truths about the filled images that the golden README calls worth stating; of fresh ones there are none. */
const knownNotices: Record<string, readonly object[]> = {
  'all-regions': [
    {
      code: 'overlap',
      severity: 'notice',
      block: 8,
      path: 'slots[27].startBlock',
      message: 'slot 26 (DATA) and slot 27 (WORM) both claim blocks 2383-2446',
    },
  ],
  'seed-regions-16k': [
    {
      code: 'overlap',
      severity: 'notice',
      block: 8,
      path: 'slots[14].startBlock',
      message: 'slot 13 (DATA) and slot 14 (WORM) both claim blocks 1675-1738',
    },
  ],
};

const flagNames = ['active', 'encrypted', 'compressed', 'worm', 'readOnly', 'migrating'];

describe.each([...freshImages, ...filledImages])('golden image %s', (name) => {
  const golden = goldenJson(name);
  const bytes = goldenBytes(name);

  it.each(['quick', 'full'] as const)(
    'a check of level %s finds what is true of it and nothing else',
    async (level) => {
      const check = await (await open(bytes)).check({ level });
      const found = check.findings.map(({ code, severity, block, path, message }) => ({
        code,
        severity,
        block,
        path,
        message,
      }));
      expect(found).toEqual(knownNotices[name] ?? []);
      expect(check).toMatchObject({ verdict: 'clean', errors: 0, warnings: 0, unverifiable: 0, complete: true });
      expect(exitCodeOf(check, { failOn: 'warning' })).toBe(0);
    },
  );

  it('a deep check states besides which passport is unsigned, and counts those that no key was given for', async () => {
    const check = await (await open(bytes)).check({ level: 'deep' });
    expect(check.findings.map(({ code, severity }) => [code, severity])).toEqual(
      golden.regions
        ? [
            ['unsigned', 'notice'],
            ['overlap', 'notice'],
          ].sort()
        : [],
    );
    expect(check).toMatchObject({ verdict: 'clean', errors: 0, warnings: 0, unverifiable: golden.regions ? 24 : 0 });
  });

  it('a full check counts every written block as intact', async () => {
    const { blocks } = await (await open(bytes)).check({ level: 'full' });
    const written = golden.writtenBlocks.reduce((sum, [, count]) => sum + count, 0);
    expect(blocks).toMatchObject({ ok: written, badTrailer: 0, wrongTag: 0, raw: 0, blockUnreadable: 0 });
  });

  it('lists the slots of the golden file, under the names of its creator', async () => {
    const slots = await (await open(bytes)).slots();
    const listed = slots.map(({ index, type, flags, startBlock, blockCount, usedBlocks }) => ({
      index,
      type,
      flags: flags.reduce((bits, flag) => bits | (1 << flagNames.indexOf(flag)), 0),
      startBlock: `${startBlock}`,
      blockCount: `${blockCount}`,
      usedBlocks: `${usedBlocks}`,
    }));
    expect(listed).toEqual(golden.slots);
    const created = slots
      .filter(({ type }) => type !== 'WORM')
      .map(({ name, startBlock, blockCount }) => [name, `${startBlock}`, `${blockCount}`]);
    expect(created.sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual(golden.layout.regions);
  });

  it('tells written, formatted and never written regions apart', async () => {
    const written = new Set(
      golden.writtenBlocks.flatMap(([start, count]) => Array.from({ length: count }, (_, i) => start + i)),
    );
    const filled = new Set(golden.regions?.map(({ startBlock }) => startBlock));
    const core = ['SUPB', 'RMAP', 'BMAP', 'INOD', 'MWAL', 'DWAL'];
    for (const { index, type, state, startBlock } of await (await open(bytes)).slots()) {
      const isFull = core.includes(type) || filled.has(Number(startBlock));
      const expected = !written.has(Number(startBlock)) ? 'hole' : isFull ? 'written' : 'empty';
      expect([index, type, state]).toEqual([index, type, expected]);
    }
  });

  it('lists only active slots unless all are asked for', async () => {
    const inspection = await open(bytes);
    const all = await inspection.slots({ all: true });
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 127 }, (_, i) => i));
    expect(all.filter(({ name }) => name !== 'free')).toEqual(await inspection.slots());
  });
});

describe.each(filledImages)('signatures of %s', (name) => {
  const golden = goldenJson(name);
  const vault = golden.regions!.find(({ id }) => id === 'compliance-vault')!;
  const key = new TextEncoder().encode(String(vault.summary['publicKeyPem']));
  const checkWith = async (options: { keys?: Uint8Array[]; requireSignatures?: boolean }) =>
    (await open(goldenBytes(name))).check({ level: 'deep', ...options });

  it('all verify with the key of their issuer, but the one that is unsigned', async () => {
    const check = await checkWith({ keys: [key] });
    expect(check).toMatchObject({ verdict: 'clean', errors: 0, warnings: 0, unverifiable: 0 });
    const unsigned = check.findings.filter(({ code }) => code === 'unsigned');
    expect(unsigned.map(({ message }) => message)).toEqual([
      expect.stringContaining(String(vault.summary['unsigned'])),
    ]);
  });

  it('that are required make the check end in 4 where one is missing or no key verifies it', async () => {
    const codes = ({ findings }: CheckModel) => new Set(findings.map(({ code }) => code));
    const keyless = await checkWith({ requireSignatures: true });
    expect(keyless).toMatchObject({ verdict: 'unverifiable', unverifiable: 25 });
    expect(codes(keyless)).toContain('unverifiable');
    expect(exitCodeOf(keyless, { failOn: 'warning' })).toBe(4);
    const keyed = await checkWith({ keys: [key], requireSignatures: true });
    expect(keyed).toMatchObject({ verdict: 'unverifiable', unverifiable: 1 });
    expect(codes(keyed)).not.toContain('unverifiable');
  });

  it('of a passport that was changed do not verify', async () => {
    const bytes = goldenBytes(name);
    const { blockSize } = golden;
    const block = bytes.subarray(vault.startBlock * blockSize, (vault.startBlock + 1) * blockSize);
    block[16 + 34]! ^= 1; // complianceStatus of the first passport
    sealBlocks(block, blockSize, stringToTag('CMVT'), readTrailer(block, blockSize).generation);
    const check = await (await open(bytes)).check({ level: 'deep', keys: [key] });
    expect(check.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'signatureInvalid', block: vault.startBlock, path: 'passports[0].signature' },
    ]);
    expect(exitCodeOf(check, { failOn: 'warning' })).toBe(3);
  });
});

describe('a deep check of all-regions', () => {
  const { blockSize } = goldenJson('all-regions');
  const deep = async (change: (bytes: Uint8Array<ArrayBuffer>) => void) => {
    const bytes = goldenBytes('all-regions');
    change(bytes);
    const { findings } = await (await open(bytes)).check({ level: 'deep' });
    return findings.filter(({ code }) => code !== 'overlap' && code !== 'unsigned');
  };
  const resealed = (bytes: Uint8Array<ArrayBuffer>, block: number) => {
    const whole = bytes.subarray(block * blockSize, (block + 1) * blockSize);
    whole[0]! ^= 1;
    const { tag, generation } = readTrailer(whole, blockSize);
    sealBlocks(whole, blockSize, tag, generation);
  };

  it('compares write-once data with its log, and dictionaries with their hashes', async () => {
    const written = (await deep((bytes) => resealed(bytes, 2384))).map(({ code, severity, block }) => [
      code,
      severity,
      block,
    ]);
    expect(written).toEqual([['hashMismatch', 'error', 2384]]);
    const dictionary = await deep((bytes) => resealed(bytes, 2456));
    expect(dictionary.map(({ code, path }) => [code, path])).toEqual([
      ['contentHashMismatch', 'dictionaries[0].contentHash'],
    ]);
  });

  it('calls damage in free space a notice', async () => {
    const found = await deep((bytes) => {
      const free = bytes.subarray(2990 * blockSize, 2991 * blockSize);
      free.fill(7);
      sealBlocks(free, blockSize, stringToTag('DATA'), 1);
      free[5]! ^= 1;
    });
    expect(found).toMatchObject([{ code: 'badTrailer', severity: 'notice', block: 2990 }]);
  });

  it('goes on when the audit of a plugin fails', async () => {
    const broken = allRegions.map((plugin) => ({
      ...plugin,
      audit: () => {
        throw new TypeError('broken');
      },
    }));
    const inspection = await openInspection(memorySource(goldenBytes('all-regions')), { regions: broken });
    const { findings, blocks } = await inspection.check({ level: 'deep' });
    const failed = findings.filter(({ code }) => code === 'pluginFailed');
    expect(failed.map(({ region }) => region?.id).sort()).toEqual(allRegions.map(({ id }) => id).sort());
    expect(blocks['ok']).toBeGreaterThan(0);
  });
});

describe.each(filledImages)('regions of %s', (name) => {
  const golden = goldenJson(name);
  const bytes = goldenBytes(name);
  const decodable = (golden.regions ?? []).filter(({ id }) => allRegions.some((plugin) => plugin.id === id));

  it('covers the metrics log and the anonymization table', () => {
    expect(decodable.map(({ id }) => id)).toEqual(expect.arrayContaining(['metrics-log', 'anonymization-table']));
  });

  it.each(decodable.map((region) => [region.id, region] as const))(
    '%s decodes strictly to the golden values',
    async (id, region) => {
      const image: DiskImage = await openImage(memorySource(bytes), { regions: allRegions });
      const plugin = allRegions.find((candidate) => candidate.id === id)!;
      const { state, findings, form, partial, slot } = await image.region(plugin);
      expect({ findings, form, partial, start: slot.startBlock }).toEqual({
        findings: [],
        form: 'written',
        partial: false,
        start: region.startBlock,
      });
      const description = plugin.describe(state);
      expect(goldenTables(description)).toEqual(region.tables);
      expect(goldenSummary(description.summary)).toMatchObject(headerValues(region));
      expect(plugin.requiredBlocks(state, image.geometry)).toBe(region.codecBlocks);
    },
  );

  it.each(decodable.map((region) => [region.id, region] as const))(
    '%s is shown with the golden values',
    async (id, region) => {
      const shown = await (await open(bytes)).show(parseAddress(`r:${id}`));
      expect(goldenTables(shown)).toEqual(region.tables);
      expect(goldenSummary(shown.region?.description?.summary ?? [])).toMatchObject(headerValues(region));
      expect(shown.findings).toEqual([]);
      expect(shown.region).toMatchObject({ id, state: 'written', partial: false });
    },
  );
});

it.each(filledImages)('the erased records of %s are those of the erased subjects', async (name) => {
  const golden = goldenJson(name).regions?.find(({ id }) => id === 'anonymization-table');
  const shown = await (await open(goldenBytes(name))).show(parseAddress('r:anonymization-table'));
  const { columns = [], rows = [] } = goldenTables(shown)['mappings'] ?? {};
  const erased = rows
    .filter((row) => (Number(row[columns.indexOf('flags')]) & 2) !== 0)
    .map((row) => row[columns.indexOf('subjectId')]);
  const subjects = golden?.summary['erasedSubjects'];
  expect([...new Set(erased)].sort()).toEqual(Array.isArray(subjects) ? [...subjects].sort() : 'none listed');
});

describe('regions of fresh images', () => {
  const name = 'fresh-max-security';

  it.each(['metrics-log', 'anonymization-table'])('%s is formatted and empty', async (id) => {
    const shown = await (await open(goldenBytes(name))).show(parseAddress(`r:${id}`));
    expect(shown.region).toMatchObject({ id, state: 'formattedEmpty', generation: 1, partial: false });
    expect(shown.tables.map(({ rowCount }) => rowCount)).toEqual([0]);
    expect(shown.findings).toEqual([]);
  });

  it.each(['metrics-log', 'anonymization-table'])('%s without its header block is uninitialised', async (id) => {
    const bytes = goldenBytes(name);
    const before = await (await open(bytes)).show(parseAddress(`r:${id}`));
    bytes.fill(0, before.range.offset, before.range.offset + 4096);
    const inspection = await open(bytes);
    const shown = await inspection.show(parseAddress(`r:${id}`));
    expect(shown.region).toMatchObject({ id, state: 'uninitialised', generation: 0, partial: false });
    expect((await inspection.check({ level: 'full' })).findings).toEqual([]);
    expect((await inspection.slots()).find((slot) => slot.id === id)?.state).toBe('hole');
  });

  it('a region that was never written and that nobody decodes is uninitialised', async () => {
    const shown = await (await open(goldenBytes(name))).show(parseAddress('r:POLV'));
    expect(shown.region).toMatchObject({ state: 'uninitialised', generation: 0 });
  });
});
