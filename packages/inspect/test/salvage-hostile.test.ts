import { isVdeError, sealBlocks, stringToTag, tagMeanings } from '@vde/format';
import { memorySource, openImage } from '@vde/image';
import { allRegions } from '@vde/regions';
import { seededRandom } from '@vde/testing';
import { describe, expect, it } from 'vitest';
import type { SalvageModel } from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { goldenBytes } from './golden-images.ts';
import { type Aim, Canvas, containerAims, mutateImage, type Random } from './mutate.ts';
import { rescue } from './salvage-kit.ts';

const deep = process.env['VDE_DEEP'] === '1';
const counts = deep ? { compact: 3000, golden: 200, sprayed: 1000 } : { compact: 100, golden: 6, sprayed: 20 };
const timeout = deep ? 3_600_000 : 120_000;

/** What holds for whatever was salvaged. */
function expectSane(model: SalvageModel): void {
  const listed = model.regions.filter((region) => region.listed);
  expect(listed.length).toBeLessThanOrEqual(124);
  for (const { startBlock, blockCount, writtenBlocks, damagedBlocks } of listed) {
    expect(startBlock).toBeGreaterThanOrEqual(10);
    expect(startBlock + blockCount).toBeLessThanOrEqual(model.blocks);
    expect(writtenBlocks).toBeLessThanOrEqual(blockCount);
    expect(damagedBlocks).toBeLessThanOrEqual(blockCount);
  }
  const hasSlots = model.copies.some(({ structure, used }) => used && /^(directory|pointerTable)$/.test(structure));
  if (hasSlots) return;
  // Slots that survive may overlap; what was pieced together never does, but inside the data region.
  const apart = listed.filter(
    ({ type, startBlock, blockCount }) => type !== 'DATA' || startBlock + blockCount < model.blocks,
  );
  for (const [i, region] of apart.entries()) {
    const next = apart[i + 1];
    if (next) expect(region.startBlock + region.blockCount).toBeLessThanOrEqual(next.startBlock);
  }
}

/** A superblock that survives says them, and its values are kept. */
const kept = ['unknownIncompatibleFeatures', 'unsupportedVersion', 'badField'];

/** Salvages, rebuilds, opens and checks; the source stays as it was. Nothing but a VdeError may come out. */
async function attack(bytes: Uint8Array): Promise<'rebuilt' | 'refused'> {
  const before = bytes.slice();
  try {
    const { model, rebuilt, bytes: out, check } = await rescue(bytes);
    expectSane(model);
    const image = await openImage(memorySource(out), { regions: allRegions, lenient: true });
    expect(image.findings.filter(({ severity, code }) => severity === 'error' && !kept.includes(code))).toEqual([]);
    expect(image.slots).toHaveLength(rebuilt.regions + 3);
    expect(check.findings.filter(({ code }) => code === 'pluginFailed' || code === 'bitmapMissing')).toEqual([]);
    return 'rebuilt';
  } catch (error) {
    if (!isVdeError(error)) throw error;
    return 'refused';
  } finally {
    expect(Buffer.compare(bytes, before)).toBe(0);
  }
}

async function campaign(canvas: Canvas, aims: readonly Aim[], inputs: number): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = { rebuilt: 0, refused: 0 };
  for (let seed = 0; seed < inputs; seed++) {
    const random: Random = seededRandom(seed);
    mutateImage(canvas, random, aims);
    // Without copies at all, then with whatever the mutations left of them.
    if (random() < 0.6) canvas.edit(0, 10 * canvas.blockSize).fill(0);
    outcomes[
      await attack(canvas.bytes).catch((error) => Promise.reject(new Error(`seed ${seed}`, { cause: error })))
    ]!++;
    canvas.restore();
  }
  return outcomes;
}

describe('hostile images', () => {
  it.each(['all-regions', 'seed-regions-16k'] as const)(
    'compact %s: nothing but a VdeError comes out',
    async (name) => {
      const blockSize = name === 'all-regions' ? 4096 : 16384;
      const canvas = new Canvas(compactImage(name), blockSize);
      const outcomes = await campaign(canvas, containerAims(blockSize, { inodes: 11, logs: [13] }), counts.compact);
      expect(outcomes['rebuilt']).toBeGreaterThan(counts.compact * 0.8);
    },
    timeout,
  );

  it(
    'golden images: nothing but a VdeError comes out',
    async () => {
      const canvas = new Canvas(goldenBytes('all-regions'), 4096);
      const outcomes = await campaign(canvas, containerAims(4096, { inodes: 15, logs: [1039, 1103] }), counts.golden);
      expect(outcomes['rebuilt']).toBeGreaterThan(0);
    },
    timeout,
  );

  it(
    'blocks of any tag in any order: nothing but a VdeError comes out',
    async () => {
      const tags = Object.keys(tagMeanings).map(stringToTag);
      for (let seed = 0; seed < counts.sprayed; seed++) {
        const random = seededRandom(seed);
        const below = (n: number) => Math.floor(random() * n);
        const bytes = new Uint8Array((20 + below(600)) * 4096);
        for (let at = 0; at < bytes.length; at += 4096) {
          const block = bytes.subarray(at, at + 4096);
          if (random() < 0.2) continue;
          // Small numbers at the start are what headers are made of.
          for (let i = 0; i < 64; i++) if (random() < 0.2) block[i] = below(4);
          if (random() < 0.9) sealBlocks(block, 4096, tags[below(tags.length)]!, below(3));
        }
        expect(await attack(bytes), `seed ${seed}`).toBe('rebuilt');
      }
    },
    timeout,
  );
});
