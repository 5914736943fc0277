import type { BlockSource } from '@vde/image';
import type { Address } from '../address.ts';
import type { ByteRange, ImageFacts } from '../model.ts';

/** The kinds of test damage; `docs/damage.md` says what each stands for. */
export const damageKinds = ['bit', 'byte', 'zero', 'swap', 'stale', 'truncate', 'slot'] as const;
export type DamageKind = (typeof damageKinds)[number];

/** The seed where none is given. */
export const defaultDamageSeed = 1;

/** Bytes of the file that change, from `offset` on; `before` and `after` are equally long. */
export interface DamagePatch {
  readonly offset: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** One damage: what it does to the bytes of the file, and where to look for it. */
export interface Damage {
  readonly kind: DamageKind;
  /** The block that is hit; of a truncation the one in which the file ends. */
  readonly block: number;
  /** The other block of an exchange, or the one whose bytes stand here now. */
  readonly other?: number;
  /** In the grammar of `cli.md`. */
  readonly address: string;
  /** Bytes of the file that are hit; of a truncation those that are lost. */
  readonly range: ByteRange;
  readonly description: string;
  readonly patches: readonly DamagePatch[];
  /** Of a truncation: the new size of the file, bytes. */
  readonly size?: number;
}

/** What to damage, and how often. */
export interface DamageOptions {
  readonly kind: DamageKind;
  /** The same damage for the same seed, on every machine; an integer from 0 to 2^32 - 1, {@link defaultDamageSeed} unless given. */
  readonly seed?: number;
  /** How many, one on top of the other; 1 unless given, at most {@link maxDamageCount}. */
  readonly count?: number;
  /** Where; unless given, written blocks are chosen, small regions, headers and trailers more often than by their size. */
  readonly at?: Address;
}

/** Damages are held in memory with the bytes that they change. */
export const maxDamageCount = 1000;

/** Damage as data: nothing was written. */
export interface DamagePlan {
  readonly facts: ImageFacts;
  readonly kind: DamageKind;
  readonly seed: number;
  /** In the order in which they strike. */
  readonly damages: readonly Damage[];
  /** The image with all of the damage, read from the intact one; closing it closes that. */
  readonly source: BlockSource;
}

/** Plans damage of one image, whose written blocks it knows. */
export interface Damager {
  /**
   * @throws VdeError `nothingToDamage` where the image, or the place, has nothing that this kind can strike; `addressNotFound`.
   * @throws RangeError for a kind that does not exist, a bad seed or count.
   */
  plan(options: DamageOptions): Promise<DamagePlan>;
}
