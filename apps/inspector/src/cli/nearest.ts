import { distance } from 'fastest-levenshtein';

/** The name that is most like a mistyped one, `undefined` when none is near. Letter case costs little. */
export function nearestOf(name: string, names: Iterable<string>): string | undefined {
  const wanted = name.slice(0, 100).toLowerCase();
  let nearest: string | undefined;
  let least = Math.max(1.5, wanted.length * 0.5);
  for (const candidate of names) {
    const steps = distance(wanted, candidate.toLowerCase());
    if (steps < least) {
      least = steps;
      nearest = candidate;
    }
  }
  return nearest;
}
