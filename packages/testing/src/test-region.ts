import type { RegionPlugin } from '@vde/format';
import { describe, it } from 'vitest';
import { checkArbitraryBytes, checkStrictLenient } from './laws/arbitrary-bytes.ts';
import { checkBlockCount, checkReach } from './laws/block-count.ts';
import { checkDamage } from './laws/damage.ts';
import { checkCodes, checkForeign } from './laws/foreign.ts';
import { checkEmptyForms, checkHoles } from './laws/holes.ts';
import { checkFixtures, checkRoundTrip, checkStableBytes } from './laws/round-trip.ts';
import { checkTrace, checkWindows } from './laws/trace.ts';
import { type AnySubject, type RegionTestOptions, subjectOf } from './subject.ts';

/** The laws by the fact that each states, in the order in which they run. The last two look at all runs before them. */
export const regionLaws: Readonly<Record<string, (subject: AnySubject) => void>> = {
  'decodes what it encodes, and encodes it to the same bytes': checkRoundTrip,
  'encodes a state to the same bytes every time': checkStableBytes,
  'reads foreign writers and writes the same bytes': checkFixtures,
  'counts its blocks exactly': checkBlockCount,
  'traces every byte, where its tables say': checkTrace,
  'traces any window as the whole': checkWindows,
  'survives arbitrary bytes': checkArbitraryBytes,
  'finds the same strictly and leniently': checkStrictLenient,
  'reads regions that were never written as empty': checkEmptyForms,
  'ignores holes behind its blocks and reports those among them': checkHoles,
  'notices damage and names the block': checkDamage,
  'leaves other regions alone': checkForeign,
  'declares every code it reports': checkCodes,
  'was tried on states of three blocks': checkReach,
};

/**
 * The conformance tests of a region plugin: registers a `describe` with one test per law. Runs repeat exactly; set `VDE_SEED` to
 * try others.
 */
export function testRegion<State>(plugin: RegionPlugin<State>, options: RegionTestOptions<State>): void {
  describe(`${plugin.id} is a region`, () => {
    const subject = subjectOf(plugin, options);
    for (const [fact, check] of Object.entries(regionLaws)) it(fact, () => check(subject));
  });
}
