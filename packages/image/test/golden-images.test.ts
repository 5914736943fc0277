import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { toHex } from '@vde/format';
import { describe, expect, it } from 'vitest';
import { type DiskImage, memorySource, openImage } from '../src/index.ts';

const folder = new URL('../../../fixtures/golden/images/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.dwvd.gz'));

interface Golden {
  readonly size: number;
  readonly superblock: Record<string, string | number>;
  readonly slots: readonly {
    index: number;
    type: string;
    flags: number;
    startBlock: string;
    blockCount: string;
    usedBlocks: string;
  }[];
  readonly layout: { readonly regions: readonly [string, string, string][] };
  readonly metadataChainHashByRegionNames: string;
  readonly writtenBlocks: readonly [number, number][];
}

/** Fields whose golden name differs from that of page 02. */
const renamed: Record<string, string> = {
  createdTimestampUtc: 'createdTimestamp',
  modifiedTimestampUtc: 'modifiedTimestamp',
};

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? toHex(value) : value;
}

describe.each(names)('golden image %s', (name) => {
  const golden = JSON.parse(readFileSync(new URL(name.replace('.dwvd.gz', '.json'), folder), 'utf8')) as Golden;
  const bytes = new Uint8Array(gunzipSync(readFileSync(new URL(name, folder))));
  const open = (): Promise<DiskImage> => openImage(memorySource(bytes, name));

  it('opens from the primary copy, by the block size in its superblock', async () => {
    const image = await open();
    expect(image.size).toBe(golden.size);
    expect(image.group.copyUsed).toBe('primary');
    expect(image.findings.filter(({ severity }) => severity !== 'notice')).toEqual([]);
  });

  it('has the superblock fields of the golden file', async () => {
    const { superblock } = await open();
    for (const [key, value] of Object.entries(golden.superblock)) {
      if (key === 'magic' || key === 'versionInfo') continue;
      expect([key, plain(superblock?.[(renamed[key] ?? key) as keyof typeof superblock])]).toEqual([key, value]);
    }
  });

  it('has the slots of the golden file', async () => {
    const { slots } = await open();
    const found = slots.map(({ index, type, pointer }) => ({
      index,
      type,
      flags: pointer.flags,
      startBlock: `${pointer.startBlock}`,
      blockCount: `${pointer.blockCount}`,
      usedBlocks: `${pointer.usedBlocks}`,
    }));
    expect(found).toEqual(golden.slots);
  });

  it('names the regions as their creator did', async () => {
    const { slots } = await open();
    const byStart = new Map(slots.filter(({ type }) => type !== 'WORM').map((slot) => [slot.startBlock, slot.name]));
    expect(golden.layout.regions.map(([, start]) => byStart.get(Number(start)))).toEqual(
      golden.layout.regions.map(([region]) => region),
    );
  });

  it('chains the metadata to the listed hash', async () => {
    expect(toHex(await (await open()).computeChainHash())).toBe(golden.metadataChainHashByRegionNames);
  });

  it('tells that no integrity feature was stamped', async () => {
    const checks = await (await open()).checkIntegrity();
    expect(Object.fromEntries(checks.map((check) => [check.name, check.state]))).toEqual({
      headerIntegritySeal: 'absent',
      expectedFileSize: 'ok',
      formatFingerprint: 'absent',
      metadataChainHash: 'absent',
      namespaceSignature: 'absent',
    });
  });

  it('has the written blocks of the golden file, all of them intact', async () => {
    const image = await open();
    const written: [number, number][] = [];
    const { bytes: read } = await image.scan({ first: 0, count: image.presentBlocks }, ({ first, statuses }) => {
      statuses.forEach((status, i) => {
        expect([0, 1, 4]).toContain(status);
        if (status === 1) return;
        const last = written.at(-1);
        if (last && last[0] + last[1] === first + i) last[1]++;
        else written.push([first + i, 1]);
      });
    });
    expect(read).toBe(golden.size);
    expect(written).toEqual(golden.writtenBlocks);
  });
});
