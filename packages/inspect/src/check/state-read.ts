import { VdeError } from '@vde/format';
import type { DiskImage } from '@vde/image';
import { headBlocks, type ScanState } from './block-judge.ts';
import { mustBeSealed } from './block-rules.ts';
import { watchedBlocks } from './generation-watch.ts';
import { damagedKinds, type OddBlock } from './odd-blocks.ts';
import type { ScanPlan } from './scan-plan.ts';

/** The form of a state of which nothing is known yet. */
type Fields = Readonly<Record<string, unknown>>;

const blockKinds = ['ok', 'hole', 'raw', ...damagedKinds] as const;

/** Refuses a state. */
export function badState(why: string): VdeError {
  return new VdeError('badCheckState', `the state of the check is damaged: ${why}`, { details: { why } });
}

/** The fields of an object with exactly these names. @throws VdeError `badCheckState`. */
export function fieldsOf(value: unknown, what: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badState(`${what} is no object`);
  const keys = Object.keys(value);
  if (keys.length !== names.length || names.some((name) => !Object.hasOwn(value, name)))
    throw badState(`${what} has fields ${keys.slice(0, 20).join(', ')}, expected ${names.join(', ')}`);
  return value as Fields;
}

/** Where a scan stood, by its form alone. @throws VdeError `badCheckState`. */
export function parseScanState(value: unknown): ScanState {
  const { next, counts, odd, watches } = fieldsOf(value, 'scan', ['next', 'counts', 'odd', 'watches']);
  const each = fieldsOf(counts, 'counts', blockKinds);
  return {
    next: integer(next, 'next'),
    counts: Object.fromEntries(blockKinds.map((kind) => [kind, integer(each[kind], kind)])) as ScanState['counts'],
    odd: list(odd, 'odd').map(parseOdd),
    watches: list(watches, 'watches').map(parseWatch),
  };
}

function parseOdd(value: unknown): OddBlock {
  const kind = (value as OddBlock | null)?.kind;
  if (kind === 'oddGeneration') {
    const fields = fieldsOf(value, 'odd', ['kind', 'by', 'block', 'generation', 'expected']);
    const { by } = fields;
    if (by !== 'place' && by !== 'neighbours') throw badState('odd.by is unknown');
    const [generation, expected] = [u32(fields['generation'], 'generation'), u32(fields['expected'], 'expected')];
    return { kind, by, block: integer(fields['block'], 'block'), generation, expected };
  }
  const { block, tag, ...rest } = fieldsOf(value, 'odd', ['kind', 'block', 'tag']);
  const known = damagedKinds.find((name) => name === rest['kind']);
  if (known === undefined) throw badState('odd.kind is unknown');
  return { kind: known, block: integer(block, 'block'), tag: u32(tag, 'tag') };
}

function parseWatch(value: unknown): ScanState['watches'][number] {
  const { slot, mayCount, blocks } = fieldsOf(value, 'watch', ['slot', 'mayCount', 'blocks']);
  if (typeof mayCount !== 'boolean') throw badState('mayCount is no boolean');
  const kept = list(blocks, 'blocks').map((each) => {
    const { block, generation } = fieldsOf(each, 'watched block', ['block', 'generation']);
    return { block: integer(block, 'block'), generation: u32(generation, 'generation') };
  });
  return { slot: integer(slot, 'slot'), mayCount, blocks: kept };
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badState(`${what} is no list`);
  return value;
}

function integer(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw badState(`${what} is no integer from 0`);
  return value as number;
}

function u32(value: unknown, what: string): number {
  const number = integer(value, what);
  if (number > 0xffff_ffff) throw badState(`${what} is no u32`);
  return number;
}

/** Checks a state against what it goes on with: no such scan can have left it otherwise. @throws VdeError `badCheckState`. */
export function requireConsistent({ next, counts, odd, watches }: ScanState, image: DiskImage, plan: ScanPlan): void {
  const passed = blocksBefore(plan, next);
  const counted = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (counted !== passed) throw badState(`${counted} blocks are counted, ${passed} lie before block ${next}`);
  requireOdd(odd, next, plan);
  for (const kind of damagedKinds) {
    const told = odd.filter((found) => found.kind === kind).length;
    // Damage in blocks 0-9 is counted, and reported when the image is opened.
    const untold = counts[kind] - told;
    if (untold < 0 || untold > headBlocks) throw badState(`${counts[kind]} blocks are ${kind}, ${told} are named`);
  }
  const slots = new Set<number>();
  for (const { slot, blocks } of watches) {
    const owner = image.slots.find(({ index }) => index === slot);
    if (owner === undefined || slots.has(slot)) throw badState(`slot ${slot} is watched twice, or is none`);
    slots.add(slot);
    const isRow = blocks.every(({ block }, i) => block === blocks[0]!.block + i && block < next);
    const isInside = blocks.every(({ block }) => plan.partAt(block)?.slot === owner);
    if (!isRow || !isInside || blocks.length > watchedBlocks)
      throw badState(`slot ${slot} cannot have left these blocks to watch`);
  }
}

function requireOdd(odd: readonly OddBlock[], next: number, plan: ScanPlan): void {
  const seen = new Set<string>();
  for (const { kind, block } of odd) {
    const part = plan.partAt(block);
    const key = `${block} ${kind === 'oddGeneration'}`;
    if (part === undefined || block >= next || block < headBlocks || seen.has(key))
      throw badState(`block ${block} cannot have been found ${kind}`);
    seen.add(key);
    const { slot } = part;
    if (kind === 'oddGeneration' && !(slot && mustBeSealed(slot.type, block - slot.startBlock)))
      throw badState(`block ${block} has no generation to be judged`);
  }
}

function blocksBefore(plan: ScanPlan, next: number): number {
  let count = 0;
  for (const { first, segments } of plan.runs()) {
    if (first >= next) break;
    for (const { start, end } of segments) count += Math.max(0, Math.min(end, next) - start);
  }
  return count;
}
