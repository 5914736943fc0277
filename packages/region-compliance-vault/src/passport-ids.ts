import { guid, KeyIndex, PackedRecords, record, type VariableRecords } from '@vde/format';
import { Passport } from './records.ts';

const PassportId = /* @__PURE__ */ record('PassportId', { passportId: guid });

/** The ids of packed passports: found without an object or a text for each. */
export class PassportIds {
  readonly #ids: PackedRecords<{ readonly passportId: string }>;
  readonly #index: KeyIndex<{ readonly passportId: string }>;

  constructor(passports: VariableRecords<Passport>) {
    this.#ids = new PackedRecords(PassportId, passports.length);
    this.#ids.extend(passports.length);
    copyIds(passports, this.#ids.view);
    this.#index = new KeyIndex(this.#ids, 'passportId');
  }

  /** Takes in the id of a passport that was appended. */
  add(passportId: string): void {
    this.#ids.push({ passportId });
  }

  get hasDuplicates(): boolean {
    return this.#index.keyCount < this.#ids.length;
  }

  /** Index of the first passport of an id. @throws RangeError when the text is no GUID. */
  first(passportId: string): number | undefined {
    let first = -1;
    for (let i = this.#index.last(passportId); i >= 0; i = this.#index.previous(i)) first = i;
    return first < 0 ? undefined : first;
  }

  /** Index of the passport before `index` with the same id, -1 when there is none. */
  previous(index: number): number {
    return this.#index.previous(index);
  }
}

function copyIds(passports: VariableRecords<Passport>, to: DataView): void {
  const { view, length } = passports;
  const { offset } = Passport.field('passportId');
  const { size } = PassportId;
  for (let i = 0; i < length; i++) {
    const from = passports.startOf(i) + offset;
    for (let word = 0; word < size; word += 4) to.setUint32(i * size + word, view.getUint32(from + word));
  }
}
