import { readTrailer, stringToTag, writeTrailer } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { describe, expect, it } from 'vitest';
import {
  allCodes,
  type ByteRange,
  type CheckOptions,
  type ImageFinding,
  openInspection,
  parseAddress,
  salvageImage,
} from '../src/index.ts';
import { goldenBytes, issuerPem } from './golden-images.ts';

/** An image that is being changed. */
interface Edit {
  readonly bytes: Uint8Array;
  at(address: string): Promise<ByteRange>;
}

interface Fixture {
  /** What is overwritten. */
  readonly at: string;
  /** Numbers are little-endian in the width of the field, `f:` is a double, `x:` bytes in hex; `cut` ends the file there. */
  readonly write: number | string | ((edit: Edit) => Promise<Uint8Array>);
  /** The change is damage: the checksum stays as it was. */
  readonly damage?: true;
  /** Seals the block under this tag, which is not its own. */
  readonly tag?: string;
  /** What the image lacked before. */
  readonly without?: readonly (readonly [first: number, end: number])[];
  readonly check?: Partial<CheckOptions>;
}

async function bytesToWrite({ write }: Fixture, edit: Edit, length: number): Promise<Uint8Array> {
  if (typeof write === 'function') return write(edit);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  if (typeof write === 'number') {
    for (let i = 0, rest = BigInt(write); i < length; i++, rest >>= 8n) view.setUint8(i, Number(rest & 255n));
    return bytes;
  }
  if (write.startsWith('f:')) view.setFloat64(0, Number(write.slice(2)), true);
  else bytes.set(Buffer.from(write.slice(2), 'hex'));
  return bytes;
}

const copyOf = (address: string) => async (edit: Edit) => {
  const { offset, length } = await edit.at(address);
  return edit.bytes.slice(offset, offset + length);
};
const blockSize = 4096;
/** Another byte of block 13, which the slot of the encryption header does not claim any more. */
async function withShorterSlot(edit: Edit): Promise<Uint8Array> {
  edit.bytes[(await edit.at('s:4.blockCount')).offset] = 1;
  writeTrailer(edit.bytes.subarray(8 * blockSize, 9 * blockSize), blockSize, stringToTag('RMAP'), 2);
  return Uint8Array.of(edit.bytes[13 * blockSize]! ^ 1);
}
/** A copy of an erased mapping as it was before. */
async function copyWithHash(edit: Edit): Promise<Uint8Array> {
  const copy = await copyOf('r:ANON/12')(edit);
  return copy.fill(7, 34, 66);
}
const key = Buffer.from(issuerPem);

/** One mutation of the golden image all-regions for each code that a check finds in an image. */
const found: Readonly<Record<string, Fixture>> = {
  activeCount: { at: 'dir.activeCount', write: 5 },
  allocatedBeyondVolume: { at: 'sb.totalAllocatedBlocks', write: 5000 },
  badCount: { at: 'r:MLOG.sampleCount', write: -1 },
  badExtent: { at: 'r:DICT/0.blockOffset', write: 999_999 },
  badField: { at: 'r:MLOG.compactionThreshold', write: 'f:-1' },
  badLength: { at: 'r:CMVT/3.issuerId:4', write: 60_000 },
  badMagic: { at: 'sb.identifier', write: 1 },
  badTrailer: { at: 'r:MLOG/17.value', write: 1, damage: true },
  beyondReferenceLimits: { at: 'r:MLOG.maxCapacitySamples', write: 200_000_000 },
  beyondVolume: { at: 's:20.blockCount', write: 100_000 },
  bitmapCountDiffers: { at: 'sb.totalAllocatedBlocks', write: 2000 },
  bitmapMissing: { at: 'b:14+265:1', write: 0 },
  bitmapUnlisted: { at: 's:5.regionTypeId', write: 'x:53414d42' },
  block0Hash: { at: 'dir.block0Hash', write: 1 },
  blockCountsDiffer: { at: 'sb.freeBlocks', write: 1 },
  capacityExceeded: { at: 'r:STRE.maxCapacityBlocks', write: 4000 },
  chainMismatch: { at: 'sb.integrityAnchor.metadataChainHash', write: 1 },
  contentHashMismatch: { at: 'r:DICT/0.contentHash', write: 1 },
  dataNotLocated: { at: 'r:WORM.totalCapacityBlocks', write: 5000 },
  directoryVersion: { at: 'dir.version', write: 2 },
  duplicateKey: { at: 'r:ANON/5.mappingId', write: copyOf('r:ANON/4.mappingId') },
  emptyPassport: { at: 'r:CMVT/24', write: 0 },
  emptyRegion: { at: 's:20.blockCount', write: 0 },
  erasedResidue: { at: 'b:2950+100:108', write: copyWithHash, damage: true, check: { erased: true } },
  erasedButNotScrubbed: { at: 'r:ANON/12.piiHash', write: 1 },
  emergencyRecoveryBlock: { at: 'b:9:4', write: 'x:45524356' },
  fileSizeDiffers: { at: 'sb.expectedFileSize', write: 1 },
  fingerprintMismatch: { at: 'sb.integrityAnchor.formatFingerprint', write: 1 },
  generationAnomaly: { at: 'b:2390+4084:4', write: 77, damage: true },
  generationsDiffer: { at: 'b:2+4084:4', write: 77, damage: true },
  hashMismatch: { at: 'b:2384+10:1', write: 0 },
  inconsistentHeader: { at: 'r:STRE.entryCount', write: 99 },
  inodeLayoutDiffers: { at: 'r:INOD.inodeSize', write: 99 },
  invalidSlot: { at: 's:20.usedBlocks', write: 100_000 },
  limbo: { at: 's:20.flags', write: 0 },
  lostToTruncation: { at: 'b:2300', write: 'cut' },
  mirrorDiffers: { at: 'sb.mirror.freeBlocks', write: 1 },
  nanThreshold: { at: 'r:MLOG.compactionThreshold', write: 'f:NaN' },
  newerWriterNeeded: { at: 'sb.minWriterVersion', write: 9 },
  nonZeroPadding: { at: 'b:2384+1000:1', write: 1 },
  overLimit: { at: 'r:CMVT/24.issuerId:4', write: 130 },
  overlap: { at: 's:21.startBlock', write: 1935 },
  overlappingExtents: { at: 'r:DICT/1.blockOffset', write: copyOf('r:DICT/0.blockOffset') },
  paddingNotZero: { at: 'b:2141+4000:1', write: 1 },
  reservedDictId: { at: 'r:DICT/5.dictId', write: 300 },
  reservedNotZero: { at: 'r:ANON+4:1', write: 1 },
  scrubPending: { at: '34368:8', write: 'x:4545524620000000' },
  sealMismatch: { at: 'sb.headerIntegritySeal', write: 1, check: { sealKey: key } },
  siblingFormat: { at: 'r:MLOG+0:8', write: 'x:005343495254454d', tag: 'MLOG' },
  signatureInvalid: { at: 'r:CMVT/3.signature', write: copyOf('r:CMVT/4.signature'), check: { keys: [key] } },
  signatureMalformed: { at: 'r:CMVT/3.signature', write: `x:${'ff'.repeat(64)}` },
  signatureMismatch: { at: 'sb.extendedMetadata.namespaceSignature', write: 1, check: { namespaceKey: key } },
  slotCount: { at: 'dir.slotCount', write: 5 },
  slotFlagMissing: { at: 's:27.flags', write: 1 },
  slotTablesDiffer: { at: 'dir/20.usedBlocks', write: 3 },
  slotTypeDiffers: { at: 's:20.regionTypeId', write: 'x:56414e53' },
  staleEntry: { at: 'b:2260+4084:4', write: 77, damage: true },
  tornWrite: { at: 'b:2129+4084:4', write: 99, damage: true },
  truncated: { at: 'b:2129', write: 0, damage: true },
  unclaimedBlocks: { at: 'b:13:1', write: withShorterSlot },
  uncommitted: { at: 'b:2440', write: 1, tag: 'WORM' },
  unknownIncompatibleFeatures: { at: 'sb.incompatibleFeatures', write: 0x8000_0000 },
  unknownReadOnlyFeatures: { at: 'sb.readOnlyCompatibleFeatures', write: 0x8000_0000 },
  unreadable: { at: 'b:2+8:1', write: 1, damage: true, without: [[4, 8]] },
  unsigned: { at: 'r:CMVT/3.signature', write: 0 },
  unsortedIds: { at: 'r:DICT/1.dictId', write: 1 },
  unsupportedVariant: { at: 'r:DICT:4', write: 'x:54434443' },
  unsupportedVersion: { at: 'sb.majorVersion', write: 3 },
  unverifiable: { at: 'r:CMVT/3.signature', write: copyOf('r:CMVT/4.signature'), check: { requireSignatures: true } },
  wormInconsistent: { at: 'r:WORM.highWaterMark', write: 39 },
  wrongTag: { at: 'b:2129+4080:4', write: 'x:58524546', damage: true },
};

const headless = [[0, 10]] as const;

/** The same for codes that a salvage alone gives. */
const salvaged: Readonly<Record<string, Fixture>> = {
  containerLost: { at: 'b:0', write: 0, damage: true, without: [[4, 8]] },
  headerLost: { at: 'b:2127', write: 0, damage: true, without: headless },
  regionInferred: { at: 'b:1807', write: 0, damage: true, without: headless },
  regionLeftOut: { at: 'b:2900', write: copyOf('b:2127'), damage: true, without: headless },
  slotsLost: { at: 'b:8', write: 0, damage: true, without: [[0, 8]] },
  stampDropped: { at: 'sb.headerIntegritySeal', write: 1, without: [[8, 10]] },
  strayBlock: { at: 'b:2066', write: copyOf('b:1'), damage: true, without: headless },
};

/** Codes of errors that opening throws. */
const refused: Readonly<Record<string, Fixture>> = {
  badPreamble: { at: '0:32', write: `x:445756442d424f4f${'01'.repeat(24)}`, damage: true, without: headless },
  legacyImage: { at: '4:1', write: 1, damage: true, without: [[1, 10]] },
  notDwvd: { at: 'b:0', write: 'cut' },
};

/** Codes that no mutation of the golden image gives, with the reason. */
const notOfAnImage: Readonly<Record<string, readonly string[]>> = {
  'a mistake of the caller': [
    'addressNotFound',
    'badAddress',
    'badCheckState',
    'badFilter',
    'badIndex',
    'badUndo',
    'dataTooLarge',
    'directoryFull',
    'growthNeedsRelocation',
    'needsRepair',
    'notWritten',
    'nothingToDamage',
    'otherCheckState',
    'recordTooLarge',
    'outputNotCreated',
    'regionNotFound',
    'retentionShortened',
    'ringFull',
    'subjectPreviouslyErased',
    'undoMismatch',
    'unsupportedModule',
    'volumeTooSmall',
    'wormViolation',
  ],
  'of an edit': [
    'chainHashCleared',
    'liveBlock',
    'lossNotAccepted',
    'noSpace',
    'notWritable',
    'outcomeUnknown',
    'reopenNeeded',
    'sealCleared',
  ],
  'of the medium, the server or the file system': [
    'badRange',
    'blockUnreadable',
    'imageChanged',
    'imageInUse',
    'notAFile',
    'notFound',
    'permissionDenied',
    'rangesUnsupported',
    'readFailed',
    'writeFailed',
  ],
  'of a plugin': ['pluginFailed'],
  'about the header of a ring, whichever of its entries is stale': ['mappingUncertain'],
  'needs blocks of another size': ['unsupportedBlockSize'],
  'needs an image of more than 64 MiB': ['unverifiedDictionary'],
  'needs thousands of runs': ['tooFragmented'],
  'needs two kinds of regions that are both gone': ['unknownRoom'],
};

/** The golden image after the mutation, and the bytes that it changed. */
async function mutated(fixture: Fixture) {
  const { at, write, damage, tag, without = [] } = fixture;
  const bytes = goldenBytes('all-regions').slice();
  const inspection = await openInspection(memorySource(bytes), { regions: allRegions });
  const edit: Edit = { bytes, at: async (address) => (await inspection.hex(parseAddress(address))).range };
  const { offset, length } = await edit.at(at);
  const value = write === 'cut' ? new Uint8Array() : await bytesToWrite(fixture, edit, length);
  for (const [first, end] of without) bytes.fill(0, first * blockSize, end * blockSize);
  if (write === 'cut') return { bytes: bytes.subarray(0, offset), changed: [offset] };
  const place = bytes.subarray(offset, offset + length);
  const before = place.slice();
  place.set(value);
  const block = bytes.subarray(offset - (offset % blockSize)).subarray(0, blockSize);
  const { tag: old, generation } = readTrailer(block, blockSize);
  if (!damage) writeTrailer(block, blockSize, tag === undefined ? old : stringToTag(tag), generation);
  const changed = [...place.keys()].filter((i) => place[i] !== before[i]).map((i) => offset + i);
  return { bytes, changed: tag === undefined ? changed : [...changed, block.byteOffset + blockSize - 16] };
}

/** Expects a finding of the code whose range holds a changed byte. */
function expectFinding(findings: readonly ImageFinding[], code: string, changed: readonly number[]): void {
  const holds = ({ range }: ImageFinding) =>
    range !== undefined && changed.some((byte) => byte >= range.offset && byte < range.offset + range.length);
  const hits = findings.filter((finding) => finding.code === code && holds(finding));
  const lines = findings.map((finding) => `${finding.code} ${JSON.stringify(finding.range)} ${finding.message}`);
  expect(hits, `${changed[0]} is in none of\n${lines.join('\n')}`).not.toEqual([]);
}

describe('every code', () => {
  it.each(Object.entries(found))('%s of a check is found where the mutation is', async (code, fixture) => {
    const { bytes, changed } = await mutated(fixture);
    const inspection = await openInspection(memorySource(bytes), { regions: allRegions, lenient: true });
    const { findings } = await inspection.check({ level: 'deep', ...fixture.check });
    expectFinding(findings, code, changed);
  });

  it.each(Object.entries(salvaged))('%s of a salvage is found where the mutation is', async (code, fixture) => {
    const { bytes, changed } = await mutated(fixture);
    const { model } = await salvageImage(memorySource(bytes), { regions: allRegions });
    expectFinding(model.findings, code, changed);
  });

  it.each(Object.entries(refused))('%s is thrown when the image is opened', async (code, fixture) => {
    const { bytes } = await mutated(fixture);
    await expect(openInspection(memorySource(bytes), { regions: allRegions })).rejects.toMatchObject({ code });
  });

  it('has a fixture or a reason', () => {
    const shown = [found, salvaged, refused].flatMap((fixtures) => Object.keys(fixtures));
    const listed = [...shown, ...Object.values(notOfAnImage).flat()];
    expect(listed.sort()).toEqual(allCodes(allRegions).map(({ code }) => code));
  });
});
