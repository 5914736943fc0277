import { damageOf } from './block-fault.ts';
import type { ContainerBlock } from './container-block.ts';

const copySize = 4;

/** Which blocks a superblock group is read from, and why. */
export interface GroupChoice {
  /**
   * The block that serves for each of the four structures, `undefined` where none does. Each says its absolute number and its
   * state.
   */
  readonly sources: readonly (ContainerBlock | undefined)[];
  /** Where they come from: one copy, blocks of both, or nothing at all. */
  readonly copyUsed: 'primary' | 'mirror' | 'mixed' | 'none';
  /** The reason in one sentence, for people. */
  readonly why: string;
}

/**
 * Chooses among blocks 0-7 (page 02, 4.2, step 3): the primary if its four blocks are ok, else the mirror if its four are,
 * else block by block, with a primary block that merely lacks its trailer as the last resort. Neither generation nor
 * `checkpointSequence` chooses. A forced copy is taken as it stands. @internal
 */
export function chooseBlocks(blocks: readonly ContainerBlock[], use: 'auto' | 'primary' | 'mirror'): GroupChoice {
  const primary = blocks.slice(0, copySize);
  const mirror = blocks.slice(copySize);
  if (use !== 'auto') return forced(use === 'primary' ? primary : mirror, use);
  if (isIntact(primary)) {
    return { sources: primary, copyUsed: 'primary', why: 'Blocks 0-3 are intact, so the primary copy is used.' };
  }
  if (isIntact(mirror)) {
    const why = `${sentence(damage(primary))} Blocks 4-7 are intact, so the mirror is used.`;
    return { sources: mirror, copyUsed: 'mirror', why };
  }
  const sources = primary.map((block, i) => bestOf(block, mirror[i]!));
  return { sources, copyUsed: copyOf(sources), why: whyMixed(blocks, sources) };
}

/** Tells whether all blocks of a copy are ok. @internal */
export function isIntact(copy: readonly ContainerBlock[]): boolean {
  return copy.every(({ state }) => state === 'ok');
}

/** The block that serves for one structure when neither copy is intact. @internal */
export function bestOf(primary: ContainerBlock, mirror: ContainerBlock): ContainerBlock | undefined {
  if (primary.state === 'ok') return primary;
  if (mirror.state === 'ok') return mirror;
  return primary.state === 'unsealed' ? primary : undefined;
}

function forced(copy: readonly ContainerBlock[], use: 'primary' | 'mirror'): GroupChoice {
  const sources = copy.map((block) => (block.state === 'hole' ? undefined : block));
  const bad = damage(copy);
  const why = `The ${use} copy is used because it was asked for${bad === '' ? '.' : `, although ${bad}.`}`;
  return { sources, copyUsed: copyOf(sources) === 'none' ? 'none' : use, why };
}

function copyOf(sources: GroupChoice['sources']): GroupChoice['copyUsed'] {
  const used = sources.filter((source) => source !== undefined);
  if (used.length === 0) return 'none';
  if (used.every(({ block }) => block < copySize)) return 'primary';
  return used.every(({ block }) => block >= copySize) ? 'mirror' : 'mixed';
}

function whyMixed(blocks: readonly ContainerBlock[], sources: GroupChoice['sources']): string {
  const used = sources.flatMap((source) => (source === undefined ? [] : [source.block]));
  const lost = sources.flatMap((source, i) => (source === undefined ? [`${i}/${i + copySize}`] : []));
  const taken = used.length === 0 ? 'No block can be used.' : `Taken block by block: ${list(used.map(String))}.`;
  const missing = lost.length === 0 || used.length === 0 ? '' : ` No copy of ${list(lost)} can be used.`;
  return `Neither copy is intact: ${damage(blocks)}. ${taken}${missing}`;
}

function damage(blocks: readonly ContainerBlock[]): string {
  return list(blocks.filter(({ state }) => state !== 'ok').map((found) => `block ${found.block} ${damageOf(found)}`));
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
