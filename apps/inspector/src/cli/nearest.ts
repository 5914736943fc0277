import { distance } from 'fastest-levenshtein';

/** The name that is most like a mistyped one, `undefined` when none is near. Letter case costs little. */
export function nearestOf(name: string, names: Iterable<string>): string | undefined {
  const wanted = name.slice(0, 100).toLowerCase();
  let nearest: string | undefined;
  // Half of the letters may be wrong, but not all of a short name.
  let least = Math.ceil(wanted.length / 2) + 1;
  for (const candidate of names) {
    const steps = distance(wanted, candidate.toLowerCase());
    if (steps < least) {
      least = steps;
      nearest = candidate;
    }
  }
  return nearest;
}
