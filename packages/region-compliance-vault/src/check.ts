import type { FindingPlace, RegionReader, TraceRange } from '@vde/format';
import { isEmptyPassport } from './new-passport.ts';
import { Passport, passportLimits } from './records.ts';
import type { ComplianceVault } from './vault.ts';

/** The rules that one passport alone or two of them break (section 4; 6, rows 5 and 7). */
export function checkPassports(vault: ComplianceVault, reader: RegionReader, ranges: () => Iterable<TraceRange>): void {
  const rangeOf = rangeFinder(ranges);
  const seen = new Map<string, number>();
  for (const [i, passport] of vault.stored.entries()) {
    if (isEmptyPassport(passport)) {
      const place = { ...rangeOf(`passports[${i}].passportId`), length: Passport.size, path: `passports[${i}]` };
      reader.report('emptyPassport', `passport ${i} is all zero`, place);
      continue;
    }
    const { passportId } = passport;
    const earlier = seen.get(passportId);
    if (earlier === undefined) seen.set(passportId, i);
    else {
      const message = `passports ${earlier} and ${i} share the passportId ${passportId}; a look-up gives the first`;
      reader.report('duplicateKey', message, { ...rangeOf(`passports[${i}].passportId`), actual: passportId });
    }
    for (const [name, limit] of limits) {
      const { length } = passport[name];
      if (length <= limit) continue;
      const place = { ...rangeOf(`passports[${i}].${name}`), expected: limit, actual: length };
      reader.report('overLimit', `${name} of passport ${i} has ${length} bytes, expected at most ${limit}`, place);
    }
  }
}

const limits = [
  ['issuerId', passportLimits.issuerIdBytes],
  ['notes', passportLimits.notesBytes],
] as const;

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
