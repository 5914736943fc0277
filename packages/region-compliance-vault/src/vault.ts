import { sha256 } from '@vde/crypto';
import { VariableRecords, VdeError } from '@vde/format';
import { createPassport, type NewPassport } from './new-passport.ts';
import { PassportIds } from './passport-ids.ts';
import { Passport } from './records.ts';
import { matcher, type PassportFilter } from './select.ts';

/** Where a passport was removed: every later one moved down by one index. */
export interface Removal {
  /** Index that the passport had. */
  readonly index: number;
  /** Passports behind it, whose index is now one lower. */
  readonly shifted: number;
}

/**
 * The state of a compliance vault: passports in the order in which they were added, kept as the bytes they are. Passports go in and come
 * out as copies. The vault as a whole is not signed: nothing in it tells that a passport was removed, repeated or replaced by an older one.
 */
export class ComplianceVault implements Iterable<Passport> {
  #passports = new VariableRecords(Passport);
  #reserved: Uint8Array | undefined;
  /** Made when asked for, dropped when indices move. */
  #ids: PassportIds | undefined;

  /** A vault of new passports. @throws as {@link add} does. */
  constructor(passports: Iterable<NewPassport> = []) {
    for (const passport of passports) this.add(passport);
  }

  /** Takes over passports as they were read, whatever their lengths and ids. Records are not copied. @internal */
  static ofStored(passports: Iterable<Passport>, reserved?: Uint8Array): ComplianceVault {
    const vault = new ComplianceVault();
    vault.#passports = passports instanceof VariableRecords ? passports : VariableRecords.from(Passport, passports);
    vault.#reserved = reserved;
    return vault;
  }

  /** The passports themselves, not copies. @internal */
  get stored(): VariableRecords<Passport> {
    return this.#passports;
  }

  /** @internal */
  get ids(): PassportIds {
    this.#ids ??= new PassportIds(this.#passports);
    return this.#ids;
  }

  /** A vault of its own with the same passports. */
  clone(): ComplianceVault {
    const passports = new VariableRecords(Passport);
    passports.pushBytes(this.#passports.bytes());
    return ComplianceVault.ofStored(passports, this.reserved);
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
    const earlier = this.ids.first(passportId);
    if (earlier !== undefined && !allowDuplicate) {
      throw new VdeError('duplicateKey', `passport ${passportId} is in the vault already, at index ${earlier}`, {
        details: { passportId, index: earlier },
      });
    }
    this.#passports.push(added);
    this.ids.add(passportId);
    return this.passportCount - 1;
  }

  /** Removes the first passport of an id; `undefined` when there is none. */
  remove(passportId: string): Removal | undefined {
    const index = this.findIndex(passportId);
    if (index === undefined) return undefined;
    this.#passports.remove(index);
    this.#ids = undefined;
    return { index, shifted: this.passportCount - index };
  }

  /** Puts a passport in the place of the first one of the same id: a newly signed one, above all. False when there is none. */
  replace(passport: NewPassport): boolean {
    const next = createPassport(passport);
    const index = this.findIndex(next.passportId);
    if (index === undefined) return false;
    this.#passports.replace(index, next);
    return true;
  }

  /** The first passport of an id. @throws RangeError when the text is no GUID. */
  find(passportId: string): Passport | undefined {
    const index = this.findIndex(passportId);
    return index === undefined ? undefined : this.at(index);
  }

  /** Index of the first passport of an id. It is no name: a removal moves it, so refer to a passport by its id (5.3). */
  findIndex(passportId: string): number | undefined {
    return this.ids.first(passportId);
  }

  /** The passport at an index. @throws RangeError outside 0 to passportCount - 1. */
  at(index: number): Passport {
    return this.#passports.at(index);
  }

  /** All passports that meet every given condition, in list order. @throws RangeError for an id that is no GUID. */
  select(filter: PassportFilter): Passport[] {
    const isMatch = matcher(this.#passports, filter);
    const found: Passport[] = [];
    for (let i = 0; i < this.passportCount; i++) if (isMatch(i)) found.push(this.at(i));
    return found;
  }

  [Symbol.iterator](): Iterator<Passport, void, undefined> {
    return this.#passports[Symbol.iterator]();
  }

  /**
   * SHA-256 of all records in order. Kept outside the image it tells removal, repetition and rollback, which no signature does (6,
   * row 14).
   */
  digest(): Uint8Array<ArrayBuffer> {
    return sha256(this.#passports.bytes());
  }
}
