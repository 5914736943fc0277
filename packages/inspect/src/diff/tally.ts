import type { Difference, DiffKind, DiffPart } from './model.ts';

/** Differences of one part. */
export interface DiffPartCount extends Readonly<Record<DiffKind, number>> {
  readonly path: string;
  readonly title: string;
}

/** How many differences there are. */
export interface DiffSummary extends Readonly<Record<DiffKind, number>> {
  readonly same: boolean;
  /** How many of them were listed. */
  readonly listed: number;
  readonly parts: readonly DiffPartCount[];
}

type Count = { -readonly [Key in keyof DiffPartCount]: DiffPartCount[Key] };

/** Counts differences as they come. */
export class DiffTally {
  readonly #parts = new Map<string, Count>();
  #listed = 0;

  /** Counts one; tells whether it is among the first `max`, so that it is to be listed. */
  take({ part, kind }: Difference, max = Number.POSITIVE_INFINITY): boolean {
    const { path, title } = part;
    const id = identityOf(part);
    const count = this.#parts.get(id) ?? { path, title, added: 0, removed: 0, changed: 0 };
    this.#parts.set(id, count);
    count[kind]++;
    if (this.#listed >= max) return false;
    this.#listed++;
    return true;
  }

  get summary(): DiffSummary {
    const parts = [...this.#parts.values()];
    const sum = (kind: DiffKind) => parts.reduce((total, part) => total + part[kind], 0);
    const counts = { added: sum('added'), removed: sum('removed'), changed: sum('changed') };
    return { same: parts.length === 0, ...counts, listed: this.#listed, parts };
  }
}

/** Two regions may have one path where each image has only one of them. */
const identityOf = ({ path, addressA, addressB }: DiffPart): string => `${path} ${addressA} ${addressB}`;
