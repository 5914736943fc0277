import { describe, expect, it } from 'vitest';
import { allocationBitmap, blockRuns, countAllocated } from '../src/allocation-bitmap.ts';
import { sameBytes } from '../src/bytes.ts';
import { checkSlots } from '../src/check-slots.ts';
import { checkSuperblock } from '../src/check-superblock.ts';
import { blockCodes } from '../src/codes.ts';
import { compareSlotTables } from '../src/compare-slot-tables.ts';
import { containerCodes } from '../src/container-codes.ts';
import type { Finding } from '../src/finding.ts';
import { decodeInodeLayout, encodeInodeLayout } from '../src/inode-layout.ts';
import { activeModules, unknownModuleBits } from '../src/modules.ts';
import { locateBlock0 } from '../src/preamble.ts';
import { decodeEmergencyRecovery, decodeRecoveryControl } from '../src/recovery-blocks.ts';
import { decodeRegionDirectory, encodeRegionDirectory } from '../src/region-directory.ts';
import { resolveRegionNames } from '../src/region-names.ts';
import { decodeGroup, encodeGroup } from '../src/superblock-group.ts';
import { stringToTag } from '../src/tag.ts';
import { writeTrailer } from '../src/trailer.ts';
import { decodeWalHeader } from '../src/wal-header.ts';
import { goldenBytes, seeded } from './golden.ts';

const tags = ['SUPB', 'RMAP', 'EXMD', 'IANT', 'SUPB', 'RMAP', 'EXMD', 'IANT', 'RMAP', 'RMAP'];
const known: Readonly<Record<string, unknown>> = { ...blockCodes, ...containerCodes };

function expectFindings(findings: readonly Finding[]): void {
  for (const { code, message, block } of findings) {
    expect(known).toHaveProperty(code);
    expect(message).not.toMatch(/undefined|NaN|\[object/);
    expect(block === undefined || (block >= 0 && block < 10)).toBe(true);
  }
}

/** Decodes ten blocks by every decoder; what decodes without damage is encoded to the same bytes. */
function decodeAll(bytes: Uint8Array, blockSize: number): void {
  for (const use of ['auto', 'primary', 'mirror'] as const) {
    const found = decodeGroup(bytes, { blockSize, use });
    expectFindings(found.findings);
    expect(found.why).toMatch(/^[A-Z].*\.$/);
    const { superblock, regionPointers } = found.parts;
    const totalBlocks = superblock?.totalBlocks ?? 0n;
    const manifest = superblock?.moduleManifest ?? 0;
    if (superblock !== undefined) {
      expectFindings(checkSuperblock(superblock, { blockSize, fileSize: bytes.length }).findings);
      activeModules(manifest);
      unknownModuleBits(superblock.moduleConfig);
    }
    if (regionPointers !== undefined) {
      const { slots } = regionPointers;
      expectFindings(checkSlots(slots, { totalBlocks, manifest, block: 1 }));
      const names = resolveRegionNames(slots, { manifest, totalBlocks }).filter((name) => name !== undefined);
      expect(new Set(names).size).toBe(names.length);
      const directory = decodeRegionDirectory(bytes.subarray(8 * blockSize), { blockSize }).directory;
      if (directory !== undefined) expectFindings(compareSlotTables(directory.slots, slots).findings);
    }
    if (use === 'auto' && found.group !== undefined && found.findings.length === 0 && blockSize >= 4096) {
      const { generation } = found.blocks[0]!;
      expect(sameBytes(encodeGroup(found.group, blockSize, { generation }), bytes.subarray(0, 4 * blockSize))).toBe(
        true,
      );
    }
  }
  const found = decodeRegionDirectory(bytes.subarray(8 * blockSize), { blockSize });
  expectFindings(found.findings);
  if (found.directory !== undefined && found.findings.length === 0) {
    const own = bytes.subarray(8 * blockSize, 10 * blockSize);
    expect(sameBytes(encodeRegionDirectory(found.directory, blockSize), own)).toBe(true);
  }
}

function decodeSmall(bytes: Uint8Array): void {
  expectFindings(locateBlock0(bytes, { fileSize: 1 << 20 }).findings);
  const layout = decodeInodeLayout(bytes);
  if (layout !== undefined)
    expect(sameBytes(encodeInodeLayout(layout), bytes.subarray(0, 8 + 7 * layout.fields.length))).toBe(true);
  decodeWalHeader(bytes);
  decodeRecoveryControl(bytes);
  if (bytes.length >= 512) decodeEmergencyRecovery(bytes, 512);
  const bitmap = allocationBitmap([bytes], Math.max(0, bytes.length * 8 - 3));
  const runs = [...blockRuns(bitmap)];
  expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(countAllocated(bitmap));
}

const container = (blockSize: number): Uint8Array => {
  const bytes = new Uint8Array(10 * blockSize);
  bytes.set(goldenBytes(`format/superblock-group.${blockSize}.bin.gz`));
  bytes.set(goldenBytes(`format/directory.${blockSize}.bin.gz`), 8 * blockSize);
  return bytes;
};

describe('container decoders on arbitrary bytes', () => {
  it('never throw on random bytes of any length', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      const blockSize = [512, 1024, 2048, 4096, 8192][seed % 5]!;
      const bytes = Uint8Array.from({ length: Math.floor(random() * 10 * blockSize) }, () => random() * 256);
      decodeAll(bytes, blockSize);
      decodeSmall(bytes.subarray(0, 700));
    }
  });

  it('never throw on random payloads under right trailers, and keep every byte of them', () => {
    for (let seed = 100; seed < 160; seed++) {
      const random = seeded(seed);
      const blockSize = [512, 1024, 2048, 4096, 8192][seed % 5]!;
      const bytes = Uint8Array.from({ length: 10 * blockSize }, () => (random() < 0.5 ? 0 : random() * 256));
      if (seed % 2 === 0) bytes.copyWithin(4 * blockSize, 0, 4 * blockSize);
      tags.forEach((tag, i) => {
        writeTrailer(bytes.subarray(i * blockSize), blockSize, stringToTag(tag), seed);
      });
      decodeAll(bytes, blockSize);
    }
  });

  it('never throw on golden containers with mutations, sealed again or not', () => {
    const good = container(4096);
    decodeAll(good, 4096);
    for (let seed = 200; seed < 400; seed++) {
      const random = seeded(seed);
      const bytes = good.slice();
      for (let n = 1 + Math.floor(random() * 8); n > 0; n--) {
        const block = Math.floor(random() * 10);
        const offset = Math.floor(random() * (random() < 0.5 ? 64 : 4096));
        bytes[block * 4096 + offset] = [0, 0xff, 0x7f, 0x80, Math.floor(random() * 256)][Math.floor(random() * 5)]!;
        if (random() < 0.7) writeTrailer(bytes.subarray(block * 4096), 4096, stringToTag(tags[block]!), 84383);
      }
      decodeAll(bytes, 4096);
      decodeAll(bytes.subarray(0, Math.floor(random() * bytes.length)), 4096);
      decodeAll(bytes, 512);
    }
  });

  it('never throw on short and on structured starts', () => {
    for (let seed = 500; seed < 900; seed++) {
      const random = seeded(seed);
      const bytes = Uint8Array.from({ length: Math.floor(random() * 800) }, () => random() * 256);
      const start = ['DWVD-BOO', 'DWVD', 'ERCV', 'RVCRDVWD', ''][seed % 5]!;
      bytes.set(new TextEncoder().encode(start).subarray(0, bytes.length));
      if (seed % 3 === 0 && bytes.length > 4) bytes[4] = Math.floor(random() * 4);
      decodeSmall(bytes);
    }
  });

  it('refuse invalid block sizes as a mistake of the caller', () => {
    for (const blockSize of [0, -1, 100, 1000, 131072, Number.NaN]) {
      expect(() => decodeGroup(new Uint8Array(10), { blockSize })).toThrow(RangeError);
      expect(() => decodeRegionDirectory(new Uint8Array(10), { blockSize })).toThrow(RangeError);
    }
  });
});

describe('codes', () => {
  it('each have an explanation of at least one sentence', () => {
    for (const { explain } of Object.values(containerCodes)) expect(explain).toMatch(/^[A-Z].{60,}\.$/s);
  });
});
