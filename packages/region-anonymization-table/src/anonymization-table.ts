import { isZero, KeyIndex, PackedRecords, writeGuid } from '@vde/format';
import { Needles } from './needles.ts';
import { differingFields, flagsAt, mappingFields, newPackedMapping, packMapping, secretsOf } from './packed-mapping.ts';
import { isActive, isErased, Mapping, mappingFlags } from './records.ts';
import { checkSecret, duplicate, notScrubbed, previouslyErased } from './refusals.ts';
import { SubjectIndex, type SubjectStatus } from './subject-index.ts';

/** What adding a mapping gave. */
export interface Addition {
  /** Place of the mapping in the list. */
  readonly index: number;
  /** A mapping of the subject was erased before: the subject is back. */
  readonly subjectPreviouslyErased: boolean;
}

/** What erasing a subject gave. */
export interface Erasure {
  /** Mappings that were not flagged erased before. */
  readonly erasedCount: number;
  /** Mappings that were flagged erased, but still held bytes or the active bit. */
  readonly scrubbedCount: number;
  /**
   * The different hashes and tokens that stood in the table, as copies: what to search the image for. They are the caller's; zero-fill
   * them with `wipeNeedles` when done, and never log them.
   */
  readonly needles: readonly Uint8Array<ArrayBuffer>[];
}

/** What purging gave. */
export interface Purge {
  readonly purgedCount: number;
  /** As those of {@link Erasure}, of mappings that were flagged erased without being so. */
  readonly needles: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * The state of an anonymization table: which hash and which token stand for which datum of which subject. Mappings are packed bytes in the
 * order in which they were added, and erasing a subject zeroes them where they are. Mappings go in and come out as copies.
 */
export class AnonymizationTable {
  #mappings = new PackedRecords(Mapping);
  #reserved: Uint8Array | undefined;
  /** The mapping that is being added. */
  readonly #packed = newPackedMapping();
  #ids: KeyIndex<Mapping, 'mappingId'> | undefined;
  #subjects: SubjectIndex | undefined;

  /** A table of new mappings. @throws as {@link add} does. */
  constructor(mappings: Iterable<Mapping> = []) {
    for (const mapping of mappings) this.add(mapping);
  }

  /** Takes over mappings as they were read, whatever their ids and flags. @internal */
  static ofStored(mappings: PackedRecords<Mapping>, reserved?: Uint8Array): AnonymizationTable {
    const table = new AnonymizationTable();
    table.#mappings = mappings;
    table.#reserved = reserved;
    return table;
  }

  /** A table of its own with the same mappings. */
  clone(): AnonymizationTable {
    const mappings = new PackedRecords(Mapping, this.mappingCount);
    mappings.pushBytes(this.#mappings.bytes());
    return AnonymizationTable.ofStored(mappings, this.reserved);
  }

  /**
   * All mappings, erased ones included: `at(i)`, `reader(field)`, `length`, and they can be iterated. To be read only; what is changed past
   * this table is not found by id.
   */
  get mappings(): PackedRecords<Mapping> {
    return this.#mappings;
  }

  get mappingCount(): number {
    return this.#mappings.length;
  }

  /** Reserved header bytes, when they are not zero. */
  get reserved(): Uint8Array | undefined {
    return this.#reserved?.slice();
  }

  /** Places of the mappings by their ids. @internal */
  get ids(): KeyIndex<Mapping, 'mappingId'> {
    this.#ids ??= new KeyIndex(this.#mappings, 'mappingId');
    return this.#ids;
  }

  /**
   * Appends a mapping; its bytes are copied. Checked in this order, before anything changes: hash, token, the other fields, what an erased
   * mapping may hold, the id, the subject.
   * @throws RangeError or TypeError, naming the field, for a value that does not fit.
   * @throws VdeError `erasedButNotScrubbed` for a mapping that is flagged erased and holds bytes, `duplicateKey` when its id is there
   * already, `subjectPreviouslyErased` with `refuseErasedSubject` when a mapping of its subject was erased before.
   */
  add(mapping: Mapping, { refuseErasedSubject = false }: { readonly refuseErasedSubject?: boolean } = {}): Addition {
    checkSecret('piiHash', mapping.piiHash);
    checkSecret('anonymizedToken', mapping.anonymizedToken);
    const { bytes, view } = this.#packed;
    try {
      packMapping(this.#packed, mapping);
      if (isErased(mapping) && !isZero(secretsOf(bytes))) throw notScrubbed(mapping);
      const earlier = this.ids.lastAt(view, mappingFields.mappingId.offset);
      if (earlier >= 0) throw duplicate(mapping, earlier, differingFields(bytes, this.#mappings.bytes(earlier, 1)));
      const status = this.#subjectIndex().statusAt(view, mappingFields.subjectId.offset);
      const subjectPreviouslyErased = status === 'erased' || status === 'partiallyErased';
      if (subjectPreviouslyErased && refuseErasedSubject) throw previouslyErased(mapping);
      this.#mappings.pushBytes(bytes);
      return { index: this.mappingCount - 1, subjectPreviouslyErased };
    } finally {
      bytes.fill(0);
    }
  }

  /** The mapping of an id, erased or not; the last one where a damaged table has several. @throws RangeError when the text is no GUID. */
  find(mappingId: string): Mapping | undefined {
    const index = this.findIndex(mappingId);
    return index === undefined ? undefined : this.#mappings.at(index);
  }

  /** Place of the mapping of an id. @throws RangeError when the text is no GUID. */
  findIndex(mappingId: string): number | undefined {
    const index = this.ids.lastAt(keyOf(mappingId), 0);
    return index < 0 ? undefined : index;
  }

  /** All mappings of a subject in list order, erased ones included. @throws RangeError when the text is no GUID. */
  bySubject(subjectId: string): Mapping[] {
    return this.#indicesOf(subjectId).map((index) => this.#mappings.at(index));
  }

  /** Mappings with the active bit and without the erased one, in list order. */
  active(): Generator<Mapping, void, undefined> {
    return this.#select((flags) => isActive({ flags }));
  }

  /** Mappings with the erased bit, in list order. */
  erased(): Generator<Mapping, void, undefined> {
    return this.#select((flags) => isErased({ flags }));
  }

  /** Mappings without the erased bit, in list order: those that the existing implementation calls active, flags 0 included. */
  notErased(): Generator<Mapping, void, undefined> {
    return this.#select((flags) => !isErased({ flags }));
  }

  /** What became of a subject; constant time. @throws RangeError when the text is no GUID. */
  subjectStatus(subjectId: string): SubjectStatus {
    return this.#subjectIndex().statusAt(keyOf(subjectId), 0);
  }

  /** Whether a subject has mappings and all are flagged erased: false for an unknown one, which `subjectStatus` tells apart. */
  isSubjectErased(subjectId: string): boolean {
    return this.subjectStatus(subjectId) === 'erased';
  }

  /**
   * Zeroes hash and token of all mappings of a subject, where they are, and flags them erased. What was flagged before is scrubbed of what it
   * still holds. Id, subject, type, time and the other flags stay. A second call finds nothing to do.
   * @throws RangeError when the text is no GUID.
   */
  eraseSubject(subjectId: string): Erasure {
    const indices = this.#indicesOf(subjectId);
    const needles = new Needles();
    let erasedCount = 0;
    let scrubbedCount = 0;
    for (const index of indices) {
      const wasErased = isErased({ flags: flagsAt(this.#mappings, index) });
      const isChanged = this.#scrub(index, needles);
      if (!wasErased) erasedCount++;
      else if (isChanged) scrubbedCount++;
    }
    this.#subjectIndex().noteErased(indices);
    return { erasedCount, scrubbedCount, needles: needles.finish() };
  }

  /**
   * Takes all erased mappings out of the list; later ones move up, and the room behind them is zeroed. Nothing tells afterwards that their
   * subjects were ever here.
   */
  purgeErased(): Purge {
    const mappings = this.#mappings;
    const stored = mappings.bytes();
    const needles = new Needles();
    let kept = 0;
    for (let i = 0; i < mappings.length; i++) {
      if (isErased({ flags: flagsAt(mappings, i) })) this.#takeSecrets(i, needles);
      else stored.copyWithin(kept++ * Mapping.size, i * Mapping.size, (i + 1) * Mapping.size);
    }
    const purgedCount = mappings.length - kept;
    mappings.truncate(kept);
    this.#ids = undefined;
    this.#subjects = undefined;
    return { purgedCount, needles: needles.finish() };
  }

  /** Erases one mapping; whether that changed anything. */
  #scrub(index: number, needles: Needles): boolean {
    const flags = flagsAt(this.#mappings, index);
    const next = (flags | mappingFlags.erased) & ~mappingFlags.active;
    const hadSecrets = this.#takeSecrets(index, needles);
    if (next !== flags) this.#mappings.setField(index, 'flags', next);
    return hadSecrets || next !== flags;
  }

  /** Moves hash and token of a mapping to the needles; whether they held anything. */
  #takeSecrets(index: number, needles: Needles): boolean {
    const { view } = this.#mappings;
    const at = index * Mapping.size;
    const hadHash = needles.take(view, at + mappingFields.piiHash.offset);
    const hadToken = needles.take(view, at + mappingFields.anonymizedToken.offset);
    return hadHash || hadToken;
  }

  *#select(isWanted: (flags: number) => boolean): Generator<Mapping, void, undefined> {
    for (let i = 0; i < this.mappingCount; i++) if (isWanted(flagsAt(this.#mappings, i))) yield this.#mappings.at(i);
  }

  #indicesOf(subjectId: string): number[] {
    return this.#subjectIndex().indicesAt(keyOf(subjectId), 0);
  }

  #subjectIndex(): SubjectIndex {
    this.#subjects ??= new SubjectIndex(this.#mappings);
    return this.#subjects;
  }
}

const key = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(16));

function keyOf(id: string): DataView<ArrayBuffer> {
  writeGuid(key, 0, id);
  return key;
}
