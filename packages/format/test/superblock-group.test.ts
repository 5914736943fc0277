import { describe, expect, it } from 'vitest';
import { fromHex, sameBytes, toHex } from '../src/bytes.ts';
import { isVdeError } from '../src/errors.ts';
import { encodeExtendedMetadata, extendedMetadataRanges } from '../src/extended-metadata.ts';
import { encodeIntegrityAnchor, integrityAnchorRanges } from '../src/integrity-anchor.ts';
import { ModuleConfig } from '../src/module-config.ts';
import { regionPointerTableRanges } from '../src/region-pointer-table.ts';
import { encodeSuperblock, superblockRanges } from '../src/superblock.ts';
import {
  decodeGroup,
  encodeGroup,
  encodeGroupWithMirror,
  groupTags,
  type SuperblockGroup,
} from '../src/superblock-group.ts';
import { stringToTag } from '../src/tag.ts';
import { verifyTrailer, writeTrailer } from '../src/trailer.ts';
import { goldenBytes, goldenJson, sha256Hex, toGoldenSlots } from './golden.ts';

const sizes = [4096, 16384, 65536];
const golden = (bs: number) => goldenJson(`format/superblock-group.${bs}.json`);
const blocksOf = (bs: number) => goldenBytes(`format/superblock-group.${bs}.bin.gz`);

function groupOf(bs: number): SuperblockGroup {
  const { group } = decodeGroup(blocksOf(bs), { blockSize: bs });
  if (group === undefined) throw new Error('golden group does not decode');
  return group;
}

/** Values in the shape of golden files: bytes as hex, 64-bit integers as text. */
function toGolden(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  return typeof value === 'bigint' ? `${value}` : value;
}

describe.each(sizes)('golden group of %i', (bs) => {
  const expected = golden(bs);

  it('decodes every superblock field', () => {
    const { superblock } = groupOf(bs);
    const { magic, versionInfo, createdTimestampUtc, modifiedTimestampUtc, ...rest } = expected.superblock;
    const same = Object.fromEntries(Object.keys(rest).map((name) => [name, toGolden((superblock as never)[name])]));
    expect(same).toEqual(rest);
    expect(`${superblock.createdTimestamp}`).toBe(createdTimestampUtc);
    expect(`${superblock.modifiedTimestamp}`).toBe(modifiedTimestampUtc);
    const raw = encodeSuperblock(superblock, bs);
    expect(toHex(raw.subarray(0, 16))).toBe(magic);
    expect(toHex(raw.subarray(16, 32))).toBe(versionInfo);
    expect([superblock.majorVersion, superblock.minorVersion, superblock.specRevision]).toEqual([2, 0, 1]);
    expect(superblock.incompatibleFeatures).toBe(0x06);
    expect(superblock.readOnlyCompatibleFeatures).toBe(Number.parseInt(versionInfo.slice(16, 18), 16));
    expect(superblock.compatibleFeatures).toBe(Number.parseInt(versionInfo.slice(24, 26), 16));
  });

  it('decodes the region pointers', () => {
    expect(toGoldenSlots(groupOf(bs).regionPointers.slots)).toEqual(expected.slots);
    expect(groupOf(bs).regionPointers.slots).toHaveLength(127);
  });

  it('decodes every field of the extended metadata', () => {
    const { extendedMetadata } = groupOf(bs);
    const { namespace, ...rest } = expected.extendedMetadata;
    const actual = Object.fromEntries(Object.entries(extendedMetadata).map(([name, value]) => [name, toGolden(value)]));
    expect(actual).toEqual({ ...namespace, ...rest });
  });

  it('decodes every field of the integrity anchor', () => {
    const { integrityAnchor } = groupOf(bs);
    const actual = Object.fromEntries(Object.entries(integrityAnchor).map(([name, value]) => [name, toGolden(value)]));
    // The golden value is the 32 bytes that were set; the field has 64 (page 02, 3.7).
    const { blockchainAnchorTxId } = expected.integrityAnchor;
    expect(actual).toEqual({
      ...expected.integrityAnchor,
      blockchainAnchorTxId: blockchainAnchorTxId.padEnd(128, '0'),
    });
  });

  it('encodes to the bytes of the reference', () => {
    const bytes = encodeGroupWithMirror(groupOf(bs), bs);
    expect(sha256Hex(bytes)).toBe(expected.sha256);
    expect(sameBytes(encodeGroup(groupOf(bs), bs), bytes.subarray(0, 4 * bs))).toBe(true);
  });

  it('is sealed to the trailer of the reference, generation 1', () => {
    const group = groupOf(bs);
    const superblock = { ...group.superblock, headerIntegritySeal: fromHex(expected.seal.seal) };
    const bytes = encodeGroup({ ...group, superblock }, bs, { generation: 1 });
    expect(toHex(bytes.subarray(bs - 48, bs - 16))).toBe(expected.seal.seal);
    expect(toHex(bytes.subarray(bs - 16, bs))).toBe(expected.seal.trailer);
  });

  it('has no findings', () => {
    const found = decodeGroup(blocksOf(bs), { blockSize: bs });
    expect(found.findings).toEqual([]);
    expect(found.copyUsed).toBe('primary');
    expect(found.why).toBe('Blocks 0-3 are intact, so the primary copy is used.');
  });
});

describe('which copy is used (page 02, 4.2, step 3)', () => {
  const bs = 4096;
  const good = blocksOf(bs);
  type Damage = 'zeroed' | 'flipped' | 'untagged' | 'unsealed';

  /** The copy rule, spelled out again: 0-7 are ok unless named. */
  function expectedSources(damaged: ReadonlyMap<number, Damage>): (number | undefined)[] {
    const ok = (block: number): boolean => !damaged.has(block);
    if ([0, 1, 2, 3].every(ok)) return [0, 1, 2, 3];
    if ([4, 5, 6, 7].every(ok)) return [4, 5, 6, 7];
    return [0, 1, 2, 3].map((i) => {
      if (ok(i)) return i;
      if (ok(i + 4)) return i + 4;
      return damaged.get(i) === 'unsealed' ? i : undefined;
    });
  }

  function damage(damaged: ReadonlyMap<number, Damage>): Uint8Array {
    const bytes = good.slice();
    for (const [block, kind] of damaged) {
      const at = bytes.subarray(block * bs, (block + 1) * bs);
      if (kind === 'zeroed') at.fill(0);
      if (kind === 'flipped') at[100]! ^= 1;
      if (kind === 'untagged') at[bs - 14]! ^= 1;
      if (kind === 'unsealed') at.fill(0, bs - 16);
    }
    return bytes;
  }

  const codeOf = { zeroed: 'truncated', flipped: 'badTrailer', untagged: 'wrongTag', unsealed: 'badTrailer' } as const;

  function expectRule(damaged: ReadonlyMap<number, Damage>): void {
    const found = decodeGroup(damage(damaged), { blockSize: bs });
    const sources = expectedSources(damaged);
    expect(found.sources.map((source) => source?.block)).toEqual(sources);
    const blockFindings = found.findings.filter(({ code }) => code !== 'unreadable');
    const byBlock = new Map(blockFindings.map((finding) => [finding.block!, finding]));
    expect(blockFindings).toHaveLength(damaged.size);
    for (const [block, kind] of damaged) {
      const source = expectedSources(new Map([...damaged, [9, kind]]))[block % 4];
      expect(byBlock.get(block)).toMatchObject({ code: codeOf[kind], severity: 'error' });
      expect(byBlock.get(block)!.repair!.possible).toBe(source !== undefined);
    }
    const lost = found.findings.filter(({ code }) => code === 'unreadable').map(({ block }) => block);
    expect(lost).toEqual(sources.flatMap((source, i) => (source === undefined ? [i] : [])));
    expect(found.group === undefined).toBe(lost.length > 0);
    if (found.group !== undefined) expect(sameBytes(encodeGroup(found.group, bs), good.subarray(0, 4 * bs))).toBe(true);
    expect(found.why).toMatch(/\.$/);
  }

  const kinds: readonly Damage[] = ['zeroed', 'flipped', 'untagged', 'unsealed'];
  const each = [0, 1, 2, 3, 4, 5, 6, 7];

  it.each(kinds)('each single block %s', (kind) => {
    for (const block of each) expectRule(new Map([[block, kind]]));
  });

  it.each(kinds.flatMap((a) => kinds.map((b) => [a, b] as const)))('each pair of blocks, %s and %s', (a, b) => {
    for (const first of each) {
      for (const second of each) {
        if (first === second) continue;
        expectRule(
          new Map([
            [first, a],
            [second, b],
          ]),
        );
      }
    }
  });

  it('says where every block came from and why', () => {
    const mirror = decodeGroup(damage(new Map([[2, 'flipped']])), { blockSize: bs });
    expect(mirror.copyUsed).toBe('mirror');
    expect(mirror.why).toBe('Block 2 does not match its checksum. Blocks 4-7 are intact, so the mirror is used.');
    expect(mirror.findings[0]!.repair).toEqual({ possible: true, from: 'mirror' });

    const mixed = decodeGroup(
      damage(
        new Map<number, Damage>([
          [2, 'flipped'],
          [7, 'zeroed'],
        ]),
      ),
      { blockSize: bs },
    );
    expect(mixed.copyUsed).toBe('mixed');
    expect(mixed.sources.map((source) => source?.block)).toEqual([0, 1, 6, 3]);
    expect(mixed.why).toBe(
      'Neither copy is intact: block 2 does not match its checksum and block 7 is all zero or past the end. Taken block by block: 0, 1, 6 and 3.',
    );

    const lost = decodeGroup(
      damage(
        new Map<number, Damage>([
          [2, 'flipped'],
          [6, 'zeroed'],
        ]),
      ),
      { blockSize: bs },
    );
    expect(lost.copyUsed).toBe('primary');
    expect(lost.parts.extendedMetadata).toBeUndefined();
    expect(lost.why).toBe(
      'Neither copy is intact: block 2 does not match its checksum and block 6 is all zero or past the end. Taken block by block: 0, 1 and 3. No copy of 2/6 can be used.',
    );
    expect(decodeGroup(new Uint8Array(0), { blockSize: bs }).copyUsed).toBe('none');
  });

  it('takes an unsealed primary block last and says how to repair both copies', () => {
    const found = decodeGroup(
      damage(
        new Map<number, Damage>([
          [1, 'unsealed'],
          [5, 'flipped'],
        ]),
      ),
      { blockSize: bs },
    );
    expect(found.sources[1]).toMatchObject({ block: 1, state: 'unsealed' });
    expect(found.findings.map(({ block, repair }) => [block, repair])).toEqual([
      [1, { possible: true, from: 'payload' }],
      [5, { possible: true, from: 'primary' }],
    ]);
  });

  it('takes the copy it was told to, damaged blocks too', () => {
    const bytes = damage(new Map([[6, 'flipped']]));
    const mirror = decodeGroup(bytes, { blockSize: bs, use: 'mirror' });
    expect(mirror.sources.map((source) => source?.block)).toEqual([4, 5, 6, 7]);
    expect(mirror.copyUsed).toBe('mirror');
    expect(mirror.why).toBe(
      'The mirror copy is used because it was asked for, although block 6 does not match its checksum.',
    );
    expect(mirror.findings.map(({ code, block }) => [code, block])).toEqual([['badTrailer', 6]]);
    expect(decodeGroup(bytes, { blockSize: bs, use: 'primary' }).why).toBe(
      'The primary copy is used because it was asked for.',
    );
  });

  it('reports a mirror that differs, by its first field', () => {
    const group = groupOf(bs);
    const newer = { ...group, superblock: { ...group.superblock, checkpointSequence: 99999n } };
    const bytes = blocksOf(bs);
    bytes.set(encodeGroup(newer, bs), 4 * bs);
    const found = decodeGroup(bytes, { blockSize: bs });
    expect(found.copyUsed).toBe('primary');
    expect(found.findings).toHaveLength(1);
    expect(found.findings[0]).toMatchObject({
      code: 'mirrorDiffers',
      severity: 'warning',
      block: 4,
      offset: 0xf0,
      length: 8,
      path: 'checkpointSequence',
      expected: 84383n,
      actual: 99999n,
      repair: { possible: true, from: 'primary' },
    });
  });

  it('reports generations that differ within one copy, and uses all blocks', () => {
    const bytes = blocksOf(bs);
    writeTrailer(bytes.subarray(0, bs), bs, stringToTag('SUPB'), 1);
    writeTrailer(bytes.subarray(4 * bs), bs, stringToTag('SUPB'), 1);
    const found = decodeGroup(bytes, { blockSize: bs });
    expect(found.copyUsed).toBe('primary');
    expect(found.findings.map(({ code, severity, block, actual }) => [code, severity, block, actual])).toEqual([
      ['generationsDiffer', 'warning', 1, 84383],
      ['generationsDiffer', 'warning', 5, 84383],
    ]);
  });
});

describe('encoding', () => {
  it('keeps reserved bytes of all four blocks', () => {
    const bs = 4096;
    const bytes = blocksOf(bs).slice(0, 4 * bs);
    for (const [i, offsets] of [
      [0x7b, 0x130, bs - 49],
      [4064, bs - 17],
      [0x5b0, bs - 17],
      [0x178, bs - 17],
    ].entries()) {
      for (const offset of offsets) bytes[i * bs + offset] = 0xa5;
      writeTrailer(bytes.subarray(i * bs), bs, stringToTag(groupTags[i]!), 84383);
    }
    const { group } = decodeGroup(bytes, { blockSize: bs });
    expect(sameBytes(encodeGroup(group!, bs), bytes)).toBe(true);
  });

  it('keeps region types that are no letters', () => {
    const bs = 4096;
    const bytes = blocksOf(bs).slice(0, 4 * bs);
    bytes.set([0xff, 0x00, 0x80, 0x3f], bs);
    bytes.set([0x01, 0x02, 0x03, 0x04], bs + 32);
    writeTrailer(bytes.subarray(bs), bs, stringToTag('RMAP'), 84383);
    const { group } = decodeGroup(bytes, { blockSize: bs });
    expect(group!.regionPointers.slots[0]!.regionTypeId).toBe('0x3f8000ff');
    expect(sameBytes(encodeGroup(group!, bs), bytes)).toBe(true);
  });

  it('takes the low 32 bits of checkpointSequence as generation', () => {
    const group = groupOf(4096);
    const superblock = { ...group.superblock, checkpointSequence: 2n ** 32n + 5n };
    const bytes = encodeGroupWithMirror({ ...group, superblock }, 4096);
    const found = decodeGroup(bytes, { blockSize: 4096 });
    expect(found.blocks.map(({ generation }) => generation)).toEqual(Array(8).fill(5));
  });

  it.each([512, 1024, 2048])('refuses blocks of %i bytes', (bs) => {
    const group = groupOf(4096);
    let error: unknown;
    try {
      encodeGroup(group, bs);
    } catch (thrown) {
      error = thrown;
    }
    expect(isVdeError(error, 'unsupportedBlockSize')).toBe(true);
  });

  it('encodes single structures where they fit (page 02, 7)', () => {
    const { reserved: _, ...extendedMetadata } = groupOf(4096).extendedMetadata;
    expect(encodeExtendedMetadata(extendedMetadata, 2048)).toHaveLength(2048);
    expect(() => encodeExtendedMetadata(extendedMetadata, 1024)).toThrow(/needs 1456 bytes/);
    expect(encodeIntegrityAnchor(groupOf(4096).integrityAnchor, 512)).toHaveLength(512);
    expect(toHex(encodeSuperblock(groupOf(4096).superblock, 512).subarray(464, 496))).toBe('00'.repeat(32));
  });

  it('decodes what fits into small blocks and says so', () => {
    const bs = 512;
    const { superblock } = groupOf(4096);
    const block = encodeSuperblock({ ...superblock, blockSize: bs }, bs);
    writeTrailer(block, bs, stringToTag('SUPB'), 1);
    const bytes = new Uint8Array(8 * bs);
    bytes.set(block);
    const found = decodeGroup(bytes, { blockSize: bs });
    expect(found.nonStandard).toBe(true);
    expect(found.findings[0]).toMatchObject({ code: 'unsupportedBlockSize', severity: 'error' });
    expect(found.parts.superblock).toMatchObject({ volumeUuid: superblock.volumeUuid, blockSize: 512 });
    const table = new Uint8Array(bs).fill(1);
    writeTrailer(table, bs, stringToTag('RMAP'), 1);
    const metadata = new Uint8Array(bs).fill(2);
    writeTrailer(metadata, bs, stringToTag('EXMD'), 1);
    bytes.set(table, bs);
    bytes.set(metadata, 2 * bs);
    const { parts } = decodeGroup(bytes, { blockSize: bs });
    expect(parts.regionPointers!.slots).toHaveLength(15);
    expect(parts.extendedMetadata!.sovereigntyZoneConfig).toHaveLength(128);
    expect(toHex(parts.extendedMetadata!.sovereigntyZoneConfig)).toBe(`${'02'.repeat(496 - 0x1b0)}${'00'.repeat(64)}`);
  });
});

describe('field ranges', () => {
  it.each(sizes)('cover every byte of the payloads of %i, without gap or overlap', (bs) => {
    for (const ranges of [superblockRanges, regionPointerTableRanges, extendedMetadataRanges, integrityAnchorRanges]) {
      let end = 0;
      for (const { offset, length } of ranges(bs)) {
        expect(offset).toBe(end);
        end = offset + length;
      }
      expect(end).toBe(bs - 16);
    }
  });

  it('stand at the offsets of page 02', () => {
    const at = (name: string) => superblockRanges(4096).find((range) => range.name === name)!.offset;
    expect(['moduleManifest', 'blockSize', 'volumeUuid', 'inodeSize', 'sovereigntyZoneId'].map(at)).toEqual([
      0x20, 0x34, 0x58, 0x7c, 0x7e,
    ]);
    expect(['volumeLabel', 'checkpointSequence', 'physicalAllocatedBlocks', 'reserved'].map(at)).toEqual([
      0x98, 0xf0, 0x128, 0x130,
    ]);
    const sealAt = (bs: number) => superblockRanges(bs).find(({ name }) => name === 'headerIntegritySeal')!.offset;
    expect([4096, 65536, 512].map(sealAt)).toEqual([4048, 65488, 464]);
    expect(ModuleConfig.size).toBe(16);
    expect(verifyTrailer(blocksOf(4096), 4096)).toBe(true);
  });
});
