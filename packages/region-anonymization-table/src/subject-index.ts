import { KeyIndex, type PackedRecords } from '@vde/format';
import { flagsAt, mappingFields } from './packed-mapping.ts';
import { Mapping, mappingFlags } from './records.ts';

/** What became of the mappings of a subject. `unknown`: it has none. */
export type SubjectStatus = 'unknown' | 'active' | 'partiallyErased' | 'erased';

/** By the two bits below: whether some mapping is kept, whether some is erased. */
const statuses: readonly SubjectStatus[] = ['unknown', 'active', 'erased', 'partiallyErased'];
const someKept = 1;
const someErased = 2;

/** The mappings of each subject. Takes in appended ones by itself; erasures are told by {@link noteErased}. */
export class SubjectIndex {
  readonly #mappings: PackedRecords<Mapping>;
  readonly #index: KeyIndex<Mapping, 'subjectId'>;
  /** Of each mapping what it and the earlier ones of its subject are. */
  #seen = new Uint8Array(16);
  #count = 0;

  constructor(mappings: PackedRecords<Mapping>) {
    this.#mappings = mappings;
    this.#index = new KeyIndex(mappings, 'subjectId');
  }

  /** Mappings of the subject whose id stands at `offset`, in list order. */
  indicesAt(view: DataView, offset: number): number[] {
    const indices: number[] = [];
    for (let i = this.#index.lastAt(view, offset); i >= 0; i = this.#index.previous(i)) indices.push(i);
    return indices.reverse();
  }

  /** The status of the subject whose id stands at `offset`; constant time. */
  statusAt(view: DataView, offset: number): SubjectStatus {
    this.#update();
    const last = this.#index.lastAt(view, offset);
    return statuses[last < 0 ? 0 : this.#seen[last]!]!;
  }

  /** Takes in that all mappings of a subject were erased. */
  noteErased(indices: readonly number[]): void {
    this.#update();
    for (const index of indices) this.#seen[index] = someErased;
  }

  /** How many subjects have each status. */
  countStatuses(): Readonly<Record<SubjectStatus, number>> {
    this.#update();
    const counts = { unknown: 0, active: 0, erased: 0, partiallyErased: 0 };
    const { view } = this.#mappings;
    for (let i = 0; i < this.#count; i++) {
      const isLast = this.#index.lastAt(view, i * Mapping.size + mappingFields.subjectId.offset) === i;
      if (isLast) counts[statuses[this.#seen[i]!]!]++;
    }
    return counts;
  }

  #update(): void {
    const { length } = this.#mappings;
    if (length === this.#count) return;
    if (length > this.#seen.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#seen.length));
      grown.set(this.#seen);
      this.#seen = grown;
    }
    for (let i = this.#count; i < length; i++) {
      const before = this.#index.previous(i);
      const own = (flagsAt(this.#mappings, i) & mappingFlags.erased) === 0 ? someKept : someErased;
      this.#seen[i] = own | (before < 0 ? 0 : this.#seen[before]!);
    }
    this.#count = length;
  }
}
