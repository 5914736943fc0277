import { isVdeError, sameBytes } from '@vde/format';
import { memorySource } from '@vde/image';
import { allRegions } from '@vde/regions';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Damage,
  type DamageKind,
  damageKinds,
  exitCodeOf,
  type ImageFinding,
  openInspection,
  parseAddress,
} from '../src/index.ts';
import { filledImages, type GoldenImage, goldenBytes, goldenJson } from './golden-images.ts';
import { harmlessDamage, slotList } from './harmless.ts';

const deep = process.env['VDE_DEEP'] === '1';
const images = deep ? filledImages : filledImages.slice(0, 1);
/** Damages of each image, by kind. */
const counts: Readonly<Record<DamageKind, number>> = {
  bit: 550,
  byte: 400,
  zero: 350,
  swap: 350,
  stale: 375,
  slot: 375,
  truncate: 100,
};
const times = deep ? 4 : 1;
const seed = 20_260_214;
/** Single bytes are seen by what `full` reads; contents against their hashes are compared at `deep`. */
const levelOf = (kind: DamageKind) => (kind === 'bit' || kind === 'byte' ? 'full' : 'deep');

interface Tally {
  found: number;
  readonly listed: Map<string, number>;
  missed: number;
  readonly codes: Set<string>;
}
const tallies = new Map<string, Tally>();

function tallyOf(name: string, kind: DamageKind): Tally {
  const key = `${name}: ${kind}`;
  const tally = tallies.get(key) ?? { found: 0, listed: new Map(), missed: 0, codes: new Set() };
  tallies.set(key, tally);
  return tally;
}

/** Findings that speak of the damage, at the right place. */
function naming(damage: Damage, golden: GoldenImage): (finding: ImageFinding) => boolean {
  const { kind, block, other, range } = damage;
  if (kind === 'bit' || kind === 'byte')
    return (finding) =>
      finding.block === block &&
      finding.range !== undefined &&
      range.offset >= finding.range.offset &&
      range.offset < finding.range.offset + finding.range.length;
  // What lies behind the end begins in the block where the file ends, or is the first that is in use.
  if (kind === 'truncate')
    return (finding) => finding.block === block || (finding.code === 'lostToTruncation' && finding.block! >= block);
  if (kind === 'slot')
    return ({ block: at }) => at !== undefined && placesOfSlot(damage, golden).some((place) => place(at));
  // A hash stands in another block than what it is the hash of.
  const entries = golden.regions?.find(({ id }) => id === 'compression-dictionary');
  return ({ code, block: at }) =>
    at === block ||
    (other !== undefined && at === other) ||
    (code === 'contentHashMismatch' && at === entries?.startBlock);
}

/** Both copies of the list, the bitmap that says otherwise, and what the slot claimed or claims now. */
function placesOfSlot({ patches }: Damage, { blockSize, slots }: GoldenImage): ((block: number) => boolean)[] {
  const { before, after } = patches.find(({ offset }) => offset / blockSize === 8) ?? patches[0]!;
  const [was, is] = [slotList(before), slotList(after)];
  const index = was.findIndex((pointer, i) => Object.values(pointer).some((v, k) => v !== Object.values(is[i]!)[k]));
  const extents = [was[index]!, is[index]!].map(({ startBlock, blockCount }) => [startBlock, startBlock + blockCount]);
  const bitmap = Number(slots.find(({ type }) => type === 'BMAP')!.startBlock);
  return [
    (block) => [1, 5, 8, 9, bitmap].includes(block),
    ...extents.map(
      ([start, end]) =>
        (block: number) =>
          block >= start! && block < end!,
    ),
  ];
}

async function checked(source: Parameters<typeof openInspection>[0], kind: DamageKind) {
  try {
    const check = await (await openInspection(source, { regions: allRegions })).check({ level: levelOf(kind) });
    return { exitCode: exitCodeOf(check, { failOn: 'warning' }), findings: check.findings };
  } catch (error) {
    // Of a file that ends in its first block nothing is left to open.
    if (isVdeError(error, 'notDwvd')) return { exitCode: 65, findings: undefined };
    throw error;
  }
}

describe.each(images)('located damage of %s', (name) => {
  const golden = goldenJson(name);
  const bytes = goldenBytes(name);
  const source = memorySource(bytes, name);
  const harmlessKind = harmlessDamage(golden, bytes, allRegions);

  it.each(damageKinds)(
    'of the kind %s is reported where it is, but for what docs/damage.md lists',
    async (kind) => {
      const damager = await (await openInspection(source, { regions: allRegions })).damager();
      const tally = tallyOf(name, kind);
      const wrong: unknown[] = [];
      for (let i = 0; i < counts[kind] * times; i++) {
        const plan = await damager.plan({ kind, seed: seed + i });
        const damage = plan.damages[0]!;
        const listed = harmlessKind(damage);
        const { exitCode, findings } = await checked(plan.source, kind);
        const named = findings?.filter(naming(damage, golden)).filter(({ severity }) => severity !== 'notice');
        const isSeen = exitCode !== 0 && (named === undefined ? damage.block === 0 : named.length > 0);
        if (listed) tally.listed.set(listed, (tally.listed.get(listed) ?? 0) + 1);
        else if (isSeen) tally.found++;
        else tally.missed++;
        for (const { code } of named ?? []) tally.codes.add(code);
        // What is listed and found after all has no place in the list any more.
        if (isSeen === (listed !== undefined)) {
          const said = findings
            ?.slice(0, 8)
            .map(({ code, severity, block, message }) => `${severity} ${code} ${block}: ${message}`);
          wrong.push({ seed: seed + i, address: damage.address, what: damage.description, listed, exitCode, said });
        }
      }
      expect(wrong).toEqual([]);
    },
    deep ? 1_800_000 : 120_000,
  );

  it('leaves the image as it was, in which nothing is found', async () => {
    expect(sameBytes(bytes, goldenBytes(name))).toBe(true);
    const { exitCode } = await checked(source, 'zero');
    expect(exitCode).toBe(0);
  });
});

describe('slots changed in every copy', () => {
  it.each([
    ['s:27', /flags 9 made 8,/, { code: 'limbo', severity: 'warning', block: 2383 }],
    ['s:2', /flags 1 made 0,/, { code: 'limbo', severity: 'warning', block: 8 }],
    ['s:26', /startBlock 2383 made 23[67]\d,/, { code: 'overlap', severity: 'warning', block: 8 }],
    ['s:23', /flags 1 made 0,/, { code: 'unclaimedBlocks', severity: 'warning', block: 2127 }],
    ['s:23', /blockCount 64 made [1-9],/, { code: 'unclaimedBlocks', severity: 'warning' }],
  ])('are found: %s, %s', async (address, what, found) => {
    const source = memorySource(goldenBytes('all-regions'), 'all-regions');
    const damager = await (await openInspection(source, { regions: allRegions })).damager();
    for (let tried = 0; ; tried++) {
      const plan = await damager.plan({ kind: 'slot', seed: tried, at: parseAddress(address) });
      const { description } = plan.damages[0]!;
      if (!description.includes('every copy') || !what.test(description)) continue;
      const { findings, exitCode } = await checked(plan.source, 'slot');
      expect(findings).toContainEqual(expect.objectContaining(found));
      expect(exitCode).toBeGreaterThan(0);
      return;
    }
  });
});

describe('damage by a seed', () => {
  it('strikes the same places on every machine', async () => {
    const source = memorySource(goldenBytes('all-regions'), 'all-regions');
    const damager = await (await openInspection(source, { regions: allRegions })).damager();
    const struck: Record<string, string[]> = {};
    for (const kind of damageKinds) {
      const { damages } = await damager.plan({ kind, seed: 7, count: 3 });
      struck[kind] = damages.map(({ address }) => address);
    }
    expect(struck).toEqual({
      bit: ['b:11', 'b:2138', 'b:2396'],
      byte: ['b:11', 'b:2258', 'b:1426'],
      zero: ['b:11', 'b:1743', 'b:2138'],
      swap: ['b:11', 'b:5', 'b:1743'],
      stale: ['b:11', 'b:1743', 'b:5'],
      slot: ['s:0.usedBlocks', 's:15.flags', 's:21.regionTypeId'],
      truncate: ['b:185', 'b:5', 'b:3'],
    });
  });

  it('is refused with a kind, seed or count that there is not', async () => {
    const source = memorySource(goldenBytes('fresh-minimal'), 'fresh-minimal');
    const damager = await (await openInspection(source, { regions: allRegions })).damager();
    for (const wrong of [{ seed: -1 }, { seed: 2 ** 32 }, { seed: 0.5 }, { count: 0 }, { count: 1001 }])
      await expect(damager.plan({ kind: 'bit', ...wrong })).rejects.toBeInstanceOf(RangeError);
    await expect(damager.plan({ kind: 'bits' as DamageKind })).rejects.toBeInstanceOf(RangeError);
    const at = parseAddress('b:2');
    await expect(damager.plan({ kind: 'slot', at })).rejects.toMatchObject({ code: 'nothingToDamage' });
  });
});

afterAll(() => {
  const rows = [...tallies].map(([kind, { found, listed, missed, codes }]) => ({
    kind,
    found,
    listed: [...listed].map(([why, count]) => `${why} ${count}`).join(', '),
    missed,
    codes: [...codes].sort().join(' '),
  }));
  console.table(rows);
});
