import { isVdeError } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { seededRandom } from '@vde/testing';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import {
  type Difference,
  differenceJson,
  openBareRegion,
  openInspection,
  parseAddress,
  schemaOf,
} from '../src/index.ts';
import { compactImage } from './compact-image.ts';
import { collect } from './diff-edits.ts';
import { Canvas, containerAims, mutateBlocks, mutateImage } from './mutate.ts';

const deep = process.env['VDE_DEEP'] === '1';
const timeout = deep ? 3_600_000 : 120_000;

const document = schemaOf('diff') as { definitions: object };
const isDifference = new Ajv({ strictRequired: false, allowUnionTypes: true }).compile({
  $ref: '#/definitions/difference',
  definitions: document.definitions,
});

/** What holds for a difference whatever the images are. */
function requireSound(difference: Difference): void {
  const json = differenceJson(difference);
  if (!isDifference(JSON.parse(JSON.stringify(json))))
    throw new Error(`${JSON.stringify(json)}: ${JSON.stringify(isDifference.errors)}`);
  const { path, kind, a, b, part, addressA, addressB } = difference;
  for (const address of [path, part.path, addressA, addressB]) if (address !== null) parseAddress(address);
  const isPossible = {
    added: a === null && b !== null,
    removed: a !== null && b === null,
    changed: a !== null && b !== null,
  };
  if (!isPossible[kind])
    throw new Error(`${kind} ${path} has ${a === null ? 'no' : 'an'} a and ${b === null ? 'no' : 'a'} b`);
}

const opposite = { added: 'removed', removed: 'added', changed: 'changed' } as const;
const countsOf = (found: readonly Difference[]) => {
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const { kind } of found) counts[kind]++;
  return counts;
};

describe('hostile images', () => {
  it.each([
    ['all-regions', 4096, deep ? 6000 : 90, { inodes: 11, logs: [13, 15] }],
    ['seed-regions-16k', 16384, deep ? 2000 : 30, { inodes: 11, logs: [12] }],
  ] as const)(
    '%s: only a VdeError escapes, and what differs is told',
    async (name, blockSize, inputs, places) => {
      const base = compactImage(name);
      const intact = await openInspection(memorySource(base), { regions: allRegions });
      const canvas = new Canvas(base, blockSize);
      const aims = containerAims(blockSize, places);
      let compared = 0;
      for (let seed = 0; seed < inputs; seed++) {
        const random = seededRandom(seed);
        mutateImage(canvas, random, aims);
        try {
          const bytes = canvas.bytes.slice();
          const other = await openInspection(memorySource(bytes), { regions: allRegions });
          const options = { consequences: random() < 0.5 };
          const forth = await collect(intact.diff(other, options));
          forth.forEach(requireSound);
          expect(await collect(other.diff(other))).toEqual([]);
          const back = await collect(other.diff(intact, options));
          back.forEach(requireSound);
          // Its bitmap calls every block in use. What a longer file has more is zero.
          const isSame = base.every((byte, i) => byte === (bytes[i] ?? 0));
          expect([seed, forth.length > 0, back.length > 0]).toEqual([seed, !isSame, !isSame]);
          const kinds = countsOf(back);
          for (const kind of ['added', 'removed'] as const)
            expect([seed, kinds[kind] > 0]).toEqual([seed, countsOf(forth)[opposite[kind]] > 0]);
          compared++;
        } catch (error) {
          if (!isVdeError(error)) throw new Error(`seed ${seed}: ${error}`, { cause: error });
          if (isVdeError(error, 'pluginFailed')) throw error;
        } finally {
          canvas.restore();
        }
      }
      expect(compared).toBeGreaterThan(inputs / 2);
    },
    timeout,
  );
});

describe('hostile region blocks', () => {
  const base = compactImage('all-regions');

  it(
    'only a VdeError escapes, and what differs is told',
    async () => {
      const image = await openInspection(memorySource(base), { regions: allRegions });
      for (const { id, startBlock, blockCount } of await image.slots()) {
        const plugin = allRegions.find((candidate) => candidate.id === id);
        if (plugin === undefined) continue;
        const blocks = base.slice(Number(startBlock) * 4096, Number(startBlock + blockCount) * 4096);
        const canvas = new Canvas(blocks, 4096, 0);
        const open = (bytes: Uint8Array) => openBareRegion(memorySource(bytes), { plugin, blockSize: 4096 });
        for (let seed = 0; seed < (deep ? 2000 : 25); seed++) {
          mutateBlocks(canvas, seededRandom(seed), []);
          const bytes = canvas.bytes.slice();
          const found = await collect((await open(blocks)).diff(await open(bytes)));
          found.forEach(requireSound);
          expect([id, seed, found.length > 0]).toEqual([id, seed, blocks.some((byte, i) => byte !== bytes[i])]);
          canvas.restore();
        }
      }
    },
    timeout,
  );
});
