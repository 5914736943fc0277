import type { FindingPlace, RegionReader, TraceRange, VariableRecords } from '@vde/format';
import { isZero } from '@vde/format';
import { Passport, passportLimits } from './records.ts';
import type { ComplianceVault } from './vault.ts';

/** The rules that one passport alone or two of them break (section 4; 6, rows 5 and 7). */
export function checkPassports(vault: ComplianceVault, reader: RegionReader, ranges: () => Iterable<TraceRange>): void {
  const { stored } = vault;
  const rangeOf = rangeFinder(ranges);
  const findEarlier = earlierFinder(vault);
  for (let i = 0; i < stored.length; i++) {
    if (isEmpty(stored, i)) {
      const place = { ...rangeOf(`passports[${i}].passportId`), length: Passport.size, path: `passports[${i}]` };
      reader.report('emptyPassport', `passport ${i} is all zero`, place);
      continue;
    }
    const earlier = findEarlier(i);
    if (earlier !== undefined) {
      const { passportId } = stored.at(i);
      const message = `passports ${earlier} and ${i} share the passportId ${passportId}; a look-up gives the first`;
      reader.report('duplicateKey', message, { ...rangeOf(`passports[${i}].passportId`), actual: passportId });
    }
    if (stored.sizeOf(i) > shortSize) checkLimits(stored.at(i), i, reader, rangeOf);
  }
}

/** Tells whether a passport consists of zero bytes only, as no writer makes one. */
function isEmpty(passports: VariableRecords<Passport>, index: number): boolean {
  return passports.view.getUint32(passports.startOf(index)) === 0 && isZero(passports.bytes(index, 1));
}

/** The first passport with the id of a later one; of all-zero passports there is none. */
function earlierFinder({ stored, ids }: ComplianceVault): (index: number) => number | undefined {
  if (!ids.hasDuplicates) return () => undefined;
  const firsts = new Map<number, number>();
  return (index) => {
    let before = ids.previous(index);
    while (before >= 0 && isEmpty(stored, before)) before = ids.previous(before);
    if (before < 0) return undefined;
    const first = firsts.get(before) ?? before;
    firsts.set(index, first);
    return first;
  };
}

const limits = [
  ['issuerId', passportLimits.issuerIdBytes],
  ['notes', passportLimits.notesBytes],
] as const;

/** No text of a passport of up to this size is above its limit. */
const shortSize = /* @__PURE__ */ (() => Passport.size + Math.min(...limits.map(([, limit]) => limit)))();

function checkLimits(
  passport: Passport,
  index: number,
  reader: RegionReader,
  rangeOf: (path: string) => FindingPlace,
): void {
  for (const [name, limit] of limits) {
    const { length } = passport[name];
    if (length <= limit) continue;
    const place = { ...rangeOf(`passports[${index}].${name}`), expected: limit, actual: length };
    reader.report('overLimit', `${name} of passport ${index} has ${length} bytes, expected at most ${limit}`, place);
  }
}

/** Places of fields by path. The region is traced when the first one is asked for: valid vaults never pay for it. */
function rangeFinder(ranges: () => Iterable<TraceRange>): (path: string) => FindingPlace {
  let traced: Map<string, FindingPlace> | undefined;
  return (path) => {
    traced ??= new Map(
      Array.from(ranges(), ({ block, offset, length, path }) => [path, { block, offset, length, path }]),
    );
    return traced.get(path) ?? { path };
  };
}
