import { createSha256 } from '@vde/crypto';
import { guidFromBytes, guidToBytes, VdeError } from '@vde/format';
import { copyPassport, createPassport, type NewPassport } from './new-passport.ts';
import { Passport } from './records.ts';
import { matches, type PassportFilter } from './select.ts';

/** Where a passport was removed: every later one moved down by one index. */
export interface Removal {
  /** Index that the passport had. */
  readonly index: number;
  /** Passports behind it, whose index is now one lower. */
  readonly shifted: number;
}

/**
 * The state of a compliance vault: passports in the order in which they were added. Passports go in and come out as copies. The vault as
 * a whole is not signed: nothing in it tells that a passport was removed, repeated or replaced by an older one.
 */
export class ComplianceVault implements Iterable<Passport> {
  #passports: Passport[] = [];
  #reserved: Uint8Array | undefined;
  /** First index of each id; made when asked for, dropped when indices move. */
  #indices: Map<string, number> | undefined;

  /** A vault of new passports. @throws as {@link add} does. */
  constructor(passports: Iterable<NewPassport> = []) {
    for (const passport of passports) this.add(passport);
  }

  /** Takes over passports as they were read, whatever their lengths and ids. @internal */
  static ofStored(passports: readonly Passport[], reserved?: Uint8Array): ComplianceVault {
    const vault = new ComplianceVault();
    vault.#passports = [...passports];
    vault.#reserved = reserved;
    return vault;
  }

  /** The passports themselves, not copies. @internal */
  get stored(): readonly Passport[] {
    return this.#passports;
  }

  /** A vault of its own with the same passports. */
  clone(): ComplianceVault {
    return ComplianceVault.ofStored(this.#passports, this.reserved);
  }

  get passportCount(): number {
    return this.#passports.length;
  }

  /** Reserved header bytes, when they are not zero. */
  get reserved(): Uint8Array | undefined {
    return this.#reserved?.slice();
  }

  /**
   * Appends a passport and gives its index.
   * @throws VdeError `duplicateKey` when its id is there already, unless duplicates are allowed; and as {@link createPassport}.
   */
  add(passport: NewPassport, { allowDuplicate = false }: { readonly allowDuplicate?: boolean } = {}): number {
    const added = createPassport(passport);
    const { passportId } = added;
    const indices = this.#indexed();
    const earlier = indices.get(passportId);
    if (earlier !== undefined && !allowDuplicate) {
      throw new VdeError('duplicateKey', `passport ${passportId} is in the vault already, at index ${earlier}`, {
        details: { passportId, index: earlier },
      });
    }
    const index = this.#passports.push(added) - 1;
    if (earlier === undefined) indices.set(passportId, index);
    return index;
  }

  /** Removes the first passport of an id; `undefined` when there is none. */
  remove(passportId: string): Removal | undefined {
    const index = this.findIndex(passportId);
    if (index === undefined) return undefined;
    this.#passports.splice(index, 1);
    this.#indices = undefined;
    return { index, shifted: this.#passports.length - index };
  }

  /** Puts a passport in the place of the first one of the same id: a newly signed one, above all. False when there is none. */
  replace(passport: NewPassport): boolean {
    const next = createPassport(passport);
    const index = this.findIndex(next.passportId);
    if (index === undefined) return false;
    this.#passports[index] = next;
    return true;
  }

  /** The first passport of an id. @throws RangeError when the text is no GUID. */
  find(passportId: string): Passport | undefined {
    const index = this.findIndex(passportId);
    return index === undefined ? undefined : this.at(index);
  }

  /** Index of the first passport of an id. It is no name: a removal moves it, so refer to a passport by its id (5.3). */
  findIndex(passportId: string): number | undefined {
    return this.#indexed().get(guidFromBytes(guidToBytes(passportId)));
  }

  /** The passport at an index. @throws RangeError outside 0 to passportCount - 1. */
  at(index: number): Passport {
    const passport = this.#passports[index];
    if (passport === undefined) throw new RangeError(`passport ${index}: expected 0 to ${this.passportCount - 1}`);
    return copyPassport(passport);
  }

  /** All passports that meet every given condition, in list order. @throws RangeError for an id that is no GUID. */
  select(filter: PassportFilter): Passport[] {
    return this.#passports.filter(matches(filter)).map(copyPassport);
  }

  *[Symbol.iterator](): Generator<Passport, void, undefined> {
    for (const passport of this.#passports) yield copyPassport(passport);
  }

  /**
   * SHA-256 of all records in order. Kept outside the image it tells removal, repetition and rollback, which no signature does (6,
   * row 14).
   */
  digest(): Uint8Array<ArrayBuffer> {
    const hash = createSha256();
    for (const passport of this.#passports) {
      const bytes = new Uint8Array(Passport.sizeOf(passport));
      Passport.set(new DataView(bytes.buffer), 0, passport);
      hash.update(bytes);
    }
    return hash.digest();
  }

  #indexed(): Map<string, number> {
    if (this.#indices === undefined) {
      this.#indices = new Map();
      for (let i = this.#passports.length - 1; i >= 0; i--) this.#indices.set(this.#passports[i]!.passportId, i);
    }
    return this.#indices;
  }
}
