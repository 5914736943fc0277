import { encodeRegion, geometryOf, type RegionPlugin } from '@vde/format';
import fc from 'fast-check';

/** Region blocks with a name: golden files of the plugin, or of others. */
export interface RegionCase {
  readonly name: string;
  readonly blocks: Uint8Array;
  readonly blockSize: number;
}

/** Cases, or a function that loads them when the tests run. */
export type RegionCases = readonly RegionCase[] | (() => readonly RegionCase[]);

/** What {@link testRegion} needs to know of a region type besides its plugin. */
export interface RegionTestOptions<State> {
  /** Valid states: strict decoding of what they encode to throws nothing. Some must span three blocks. */
  readonly states: fc.Arbitrary<State>;
  /** Blocks that foreign writers wrote for this region: they decode, and re-encode byte for byte. */
  readonly fixtures?: RegionCases;
  /** Blocks of other regions, of those above all that share a slot type or tag. */
  readonly notOurs?: RegionCases;
  /** Block sizes tried, bytes. Left out: 512 and 4096. */
  readonly blockSizes?: readonly number[];
  /** Whether two states are the same, where `describe` does not show all of a state. */
  readonly same?: (a: State, b: State) => boolean;
  /** Runs of each property. Left out: 100. */
  readonly numRuns?: number;
  /** Fields on which the place or meaning of others depends: flipping a byte in them may change what others show. */
  readonly structural?: readonly string[];
  /**
   * Records of variable size: the zero-tail rule PR-5 takes a zero tail for a record when nothing of this write follows, so
   * that a damaged last block may show as zero records instead of damage.
   */
  readonly zeroTail?: boolean;
  /** Blocks that some state must span at the smallest block size. Left out: 3; less only where a region cannot grow. */
  readonly spans?: number;
  /** Time after which a property stops, with the runs it made, in milliseconds. Left out: 4000. */
  readonly timeLimit?: number;
}

/** A plugin under test: its options with the defaults filled in, and what all runs have seen so far. */
export interface Subject<State = unknown> {
  readonly plugin: RegionPlugin<State>;
  readonly states: fc.Arbitrary<State>;
  readonly fixtures: () => readonly RegionCase[];
  readonly notOurs: () => readonly RegionCase[];
  readonly blockSizes: readonly number[];
  readonly same: (a: State, b: State) => boolean;
  readonly numRuns: number;
  readonly structural: readonly string[];
  readonly zeroTail: boolean;
  readonly spans: number;
  readonly timeLimit: number;
  readonly seed: number;
  readonly seen: Seen;
}

// biome-ignore lint/suspicious/noExplicitAny: laws that look at no state take a subject of any
export type AnySubject = Subject<any>;

/** Counted over all runs of a subject. */
export interface Seen {
  readonly codes: Set<string>;
  states: number;
  /** Most blocks that a state needed at the smallest block size. */
  span: number;
}

/** One run: a state and how it is encoded. `seed` drives every further choice. */
export interface Run<State> {
  readonly state: State;
  readonly blockSize: number;
  readonly generation: number;
  readonly seed: number;
}

const defaultSeed = 20_250_101;
/** Milliseconds per property when many runs are asked for. */
const deepTimeLimit = 50_000;

/**
 * Fills in the defaults. The seed is fixed, so that runs repeat. Environment variables: `VDE_SEED` sets another seed, `VDE_RUNS` the
 * number of runs, `VDE_DEEP` makes it twenty times as many.
 */
export function subjectOf<State>(plugin: RegionPlugin<State>, options: RegionTestOptions<State>): Subject<State> {
  return {
    plugin,
    states: options.states,
    fixtures: once(options.fixtures ?? []),
    notOurs: once(options.notOurs ?? []),
    blockSizes: options.blockSizes ?? [512, 4096],
    same: options.same ?? (() => true),
    numRuns: environmentInteger('VDE_RUNS') ?? (options.numRuns ?? 100) * (isDeep() ? 20 : 1),
    structural: options.structural ?? [],
    zeroTail: options.zeroTail ?? false,
    spans: options.spans ?? 3,
    timeLimit: isDeep() ? deepTimeLimit : (options.timeLimit ?? 4000),
    seed: environmentInteger('VDE_SEED') ?? defaultSeed,
    seen: { codes: new Set(), states: 0, span: 0 },
  };
}

/** The runs of a subject: its states at its block sizes with generations from 0 to the largest. */
export function runsOf<State>(subject: Subject<State>): fc.Arbitrary<Run<State>> {
  return fc.record({
    state: subject.states,
    blockSize: fc.constantFrom(...subject.blockSizes),
    generation: fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.constantFrom(0, 1, 0xffff_ffff)),
    seed: fc.nat(),
  });
}

/** The sealed blocks of a run. Counts the blocks that its state needs at the smallest block size. */
export function encodeRun<State>(
  subject: Subject<State>,
  run: Run<State>,
  blockCount?: number,
): Uint8Array<ArrayBuffer> {
  const { plugin, seen, blockSizes } = subject;
  const { state, blockSize, generation } = run;
  try {
    seen.states++;
    seen.span = Math.max(seen.span, plugin.requiredBlocks(state, geometryOf(Math.min(...blockSizes))));
    return encodeRegion(plugin, state, { blockSize, generation, ...(blockCount !== undefined && { blockCount }) });
  } catch (error) {
    throw new Error(`encoding a valid state threw ${error}`, { cause: error });
  }
}

/** Runs `check` on arbitrary values; a failure names law, seed and run. Nothing is shrunk: the seed repeats the run. */
export function forAll<T>(subject: AnySubject, law: string, values: fc.Arbitrary<T>, check: (value: T) => void): void {
  const result = fc.check(fc.property(values, check), {
    seed: subject.seed,
    numRuns: subject.numRuns,
    endOnFailure: true,
    interruptAfterTimeLimit: subject.timeLimit,
  });
  if (!result.failed || result.errorInstance === null) return;
  const { errorInstance: cause } = result;
  const message = cause instanceof Error ? cause.message : String(cause);
  const again = `run ${result.numRuns} of seed ${subject.seed}; VDE_SEED=${subject.seed} repeats it`;
  throw new Error(`${subject.plugin.id}, ${law}: ${message} (${again})`, { cause });
}

/** Throws an error with the message unless the condition holds. */
export function ensure(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new Error(typeof message === 'string' ? message : message());
}

function once(cases: RegionCases): () => readonly RegionCase[] {
  let loaded: readonly RegionCase[] | undefined;
  return () => {
    loaded ??= typeof cases === 'function' ? cases() : cases;
    return loaded;
  };
}

function isDeep(): boolean {
  return environmentInteger('VDE_RUNS') !== undefined || environmentInteger('VDE_DEEP') === 1;
}

function environmentInteger(name: string): number | undefined {
  const given = globalThis.process?.env[name];
  if (given === undefined || given === '') return undefined;
  const value = Number(given);
  if (!Number.isInteger(value)) throw new RangeError(`${name} is "${given}", expected an integer`);
  return value;
}
