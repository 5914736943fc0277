import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { checkSuperblock } from '../src/check-superblock.ts';
import { decodeSuperblock, encodeSuperblock, superblockRanges } from '../src/superblock.ts';
import { stringToTag } from '../src/tag.ts';
import { writeTrailer } from '../src/trailer.ts';
import { goldenBytes } from './golden.ts';

describe('example E (page 02, 3.4)', () => {
  const rows = `000 44 57 56 44 02 00 01 00 64 77 3a 2f 2f 00 00 00
010 02 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00
030 00 00 00 00 00 10 00 00 00 40 00 00 00 00 00 00
040 a3 3b 00 00 00 00 00 00 00 00 00 04 00 00 00 00
050 5d 04 00 00 00 00 00 00 33 22 11 00 55 44 77 66
060 88 99 aa bb cc dd ee ff 00 00 00 00 00 00 00 00
070 00 00 00 00 00 00 00 00 00 00 01 00 40 01 00 00
080 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0d0 00 00 00 00 00 00 00 00 00 c0 00 99 5c 0a dc 08
0e0 00 c0 00 99 5c 0a dc 08 00 00 00 00 00 00 00 00
0f0 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
110 00 c0 00 99 5c 0a dc 08 00 00 00 00 00 00 00 00
ff0 42 50 55 53 01 00 00 00 52 b7 42 c1 69 40 1b 8a`;
  const page = new Uint8Array(4096);
  for (const row of rows.split('\n'))
    page.set(fromHex(row.slice(4).replaceAll(' ', '')), Number.parseInt(row.slice(0, 3), 16));
  const now = 638396640000000000n;
  const golden = goldenBytes('format/superblock-group.4096.bin.gz');
  const zero = decodeSuperblock(golden, 4096);
  const superblock = {
    ...zero,
    minReaderVersion: 2,
    incompatibleFeatures: 0,
    readOnlyCompatibleFeatures: 0,
    compatibleFeatures: 0,
    moduleManifest: 0,
    moduleConfig: 0n,
    moduleConfigExt: 0n,
    blockSize: 4096,
    totalBlocks: 16384n,
    freeBlocks: 15267n,
    expectedFileSize: 67108864n,
    totalAllocatedBlocks: 1117n,
    volumeUuid: '00112233-4455-6677-8899-aabbccddeeff',
    clusterNodeId: '00000000-0000-0000-0000-000000000000',
    defaultCompressionAlgo: 0,
    defaultEncryptionAlgo: 0,
    defaultChecksumAlgo: 1,
    inodeSize: 320,
    sovereigntyZoneId: 0,
    policyVersion: 1,
    replicationEpoch: 0,
    wormHighWaterMark: 0n,
    encryptionKeyFingerprint: 0n,
    volumeLabel: new Uint8Array(64),
    createdTimestamp: now,
    modifiedTimestamp: now,
    lastScrubTimestamp: 0n,
    checkpointSequence: 1n,
    errorMapBlockCount: 0n,
    lastWriterSessionId: '00000000-0000-0000-0000-000000000000',
    lastWriterTimestamp: now,
    lastWriterNodeId: '00000000-0000-0000-0000-000000000000',
    physicalAllocatedBlocks: 0n,
    headerIntegritySeal: new Uint8Array(32),
  };

  it('encodes to the bytes of the page', () => {
    const block = encodeSuperblock(superblock, 4096);
    writeTrailer(block, 4096, stringToTag('SUPB'), 1);
    expect(toHex(block)).toBe(toHex(page));
  });

  it('passes every check', () => {
    expect(checkSuperblock(superblock, { blockSize: 4096, fileSize: 67108864 })).toEqual({
      findings: [],
      refused: false,
      readOnly: false,
    });
  });

  it.each([
    ['badMagic', { identifier: fromHex('44575645') }, 'identifier', true],
    ['badMagic', { namespaceAnchor: fromHex('64773a2f2f000001') }, 'namespaceAnchor', true],
    ['unsupportedVersion', { majorVersion: 3 }, 'majorVersion', true],
    ['unsupportedVersion', { minReaderVersion: 3 }, 'minReaderVersion', true],
    ['unknownIncompatibleFeatures', { incompatibleFeatures: 0x8000_0040 }, 'incompatibleFeatures', true],
    ['unknownReadOnlyFeatures', { readOnlyCompatibleFeatures: 0x20 }, 'readOnlyCompatibleFeatures', false],
    ['newerWriterNeeded', { minWriterVersion: 3 }, 'minWriterVersion', false],
    ['badField', { blockSize: 0 }, 'blockSize', true],
    ['badField', { blockSize: 8192 }, 'blockSize', true],
    ['badField', { totalBlocks: 9n, freeBlocks: 0n, totalAllocatedBlocks: 9n }, 'totalBlocks', true],
    ['badField', { errorMapBlockCount: -1n }, 'errorMapBlockCount', true],
    ['badField', { physicalAllocatedBlocks: -1n }, 'physicalAllocatedBlocks', true],
    ['badField', { totalBlocks: 1n << 62n, freeBlocks: 0n, totalAllocatedBlocks: 1n << 62n }, 'totalBlocks', true],
    ['blockCountsDiffer', { freeBlocks: 1n }, 'freeBlocks', false],
    ['fileSizeDiffers', { expectedFileSize: 1n }, 'expectedFileSize', false],
  ])('reports %s for %o', (code, change, path, refused) => {
    const check = checkSuperblock({ ...superblock, ...change }, { blockSize: 4096, fileSize: 67108864 });
    expect(check.findings).toHaveLength(1);
    expect(check.findings[0]).toMatchObject({ code, path, block: 0 });
    const { offset, length } = superblockRanges(4096).find(({ name }) => name === path)!;
    expect(check.findings[0]).toMatchObject({ offset, length });
    expect(check.refused).toBe(refused);
    expect(check.readOnly).toBe(['unknownReadOnlyFeatures', 'newerWriterNeeded'].includes(code));
  });

  it('reports more allocated blocks than the volume has, as overfull images do', () => {
    const { findings } = checkSuperblock({ ...superblock, totalAllocatedBlocks: 20000n, freeBlocks: 0n });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['allocatedBeyondVolume', 'warning'],
      ['blockCountsDiffer', 'warning'],
    ]);
  });

  it('knows HasPreamble and ignores unknown compatible bits', () => {
    const known = { incompatibleFeatures: 0x13f, readOnlyCompatibleFeatures: 0x1f, compatibleFeatures: 0xffff_ffff };
    expect(checkSuperblock({ ...superblock, ...known }).findings).toEqual([]);
  });
});
