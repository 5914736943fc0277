import { geometryOf, openRegion, sealBlocks, stringToTag } from '@vde/format';
import fc from 'fast-check';
import { flipBit, mutate, punchHole, randomBytes, seededRandom, setGeneration, setTag } from '../damage.ts';
import { difference, present } from '../presentation.ts';
import { type Reading, readBoth, traceAll } from '../read.ts';
import { encodeRun, ensure, forAll, runsOf, type Subject } from '../subject.ts';
import { checkRanges } from './trace-ranges.ts';

/**
 * Whatever the bytes, only a VdeError escapes strict reading and nothing escapes lenient reading, `trace` and `match`; what was
 * decoded can be presented.
 */
export function checkArbitraryBytes<State>(subject: Subject<State>): void {
  forAll(subject, 'arbitrary bytes', anyBlocks(subject), ({ blocks, blockSize }) => {
    const { lenient } = readBoth(subject, blocks, { blockSize });
    checkRanges(traceAll(subject, blocks, { blockSize }), blocks.length / blockSize, geometryOf(blockSize));
    checkMatch(subject, blocks, blockSize);
    if (lenient.state === undefined) return;
    present(subject.plugin.describe(lenient.state));
  });
}

/** Strict reading throws what lenient reading finds first among its errors; where it throws nothing both decode the same. */
export function checkStrictLenient<State>(subject: Subject<State>): void {
  forAll(subject, 'strict and lenient', anyBlocks(subject), ({ blocks, blockSize }) => {
    checkAgreement(subject, readBoth(subject, blocks, { blockSize }));
  });
  forAll(subject, 'strict and lenient on valid blocks', runsOf(subject), (run) => {
    checkAgreement(subject, readBoth(subject, encodeRun(subject, run), { blockSize: run.blockSize }));
  });
}

function checkAgreement<State>(subject: Subject<State>, { strict, error, lenient }: Reading<State>): void {
  const first = lenient.findings.find((finding) => finding.severity === 'error');
  ensure(
    first?.code === error?.code,
    () => `strict throws ${error?.code ?? 'nothing'}, lenient finds ${first?.code ?? 'no error'}`,
  );
  ensure(
    lenient.partial === (first !== undefined),
    () => `partial is ${lenient.partial}, but lenient finds ${first?.code ?? 'no error'}`,
  );
  if (strict === undefined) return;
  ensure(lenient.state !== undefined, 'strict reading gives a state, lenient reading none');
  const { plugin } = subject;
  const other = difference(present(plugin.describe(strict.state)), present(plugin.describe(lenient.state)));
  ensure(other === undefined, () => `strict and lenient reading differ: ${other}`);
  ensure(subject.same(strict.state, lenient.state), 'strict and lenient reading differ, says `same`');
}

function checkMatch<State>({ plugin }: Subject<State>, blocks: Uint8Array, blockSize: number): void {
  if (plugin.match === undefined) return;
  try {
    const answer = plugin.match(openRegion(plugin, blocks, { blockSize, lenient: true }));
    ensure(['no', 'maybe', 'yes'].includes(answer), `match answered "${answer}"`);
  } catch (error) {
    throw new Error(`match threw ${error}`, { cause: error });
  }
}

/** Valid blocks with bytes changed and sealed again, some of them damaged besides; random payloads, sealed as this region's; plain random bytes. */
function anyBlocks<State>(subject: Subject<State>): fc.Arbitrary<{ blocks: Uint8Array; blockSize: number }> {
  const mutated = runsOf(subject).map((run) => {
    const { blockSize, seed } = run;
    const blocks = encodeRun(subject, run);
    const mutated = mutate(blocks, blockSize, seed, traceAll(subject, blocks, { blockSize }));
    return { blocks: damaged(mutated, blockSize, seed), blockSize };
  });
  const random = fc
    .record({
      blockSize: fc.constantFrom(...subject.blockSizes),
      count: fc.nat({ max: 5 }),
      seed: fc.nat(),
      isSealed: fc.boolean(),
    })
    .map(({ blockSize, count, seed, isSealed }) => {
      const blocks = randomBytes(count * blockSize, seed);
      if (isSealed) sealBlocks(blocks, blockSize, stringToTag(subject.plugin.blockTag), seed);
      return { blocks, blockSize };
    });
  return fc.oneof({ weight: 3, arbitrary: mutated }, { weight: 1, arbitrary: random });
}

/** In half of the cases one block gets a flipped bit, another tag or generation, or is punched out. */
function damaged(blocks: Uint8Array, blockSize: number, seed: number): Uint8Array {
  const random = seededRandom(~seed);
  const block = Math.floor((random() * blocks.length) / blockSize);
  switch (Math.floor(random() * 8)) {
    case 0:
      return flipBit(blocks, Math.floor(random() * blocks.length * 8));
    case 1:
      return punchHole(blocks, blockSize, block);
    case 2:
      return setTag(blocks, blockSize, block, 'ZZZZ');
    case 3:
      return setGeneration(blocks, blockSize, block, Math.floor(random() * 2 ** 32));
    default:
      return blocks;
  }
}
