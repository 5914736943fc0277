import { encodeRegion, geometryOf, isVdeError } from '@vde/format';
import { difference, present } from '../presentation.ts';
import { readBoth, readValid } from '../read.ts';
import { encodeRun, ensure, forAll, type Run, runsOf, type Subject } from '../subject.ts';

/** `requiredBlocks` is what `encode` needs and no more: they read back, one fewer is refused, the last one is missed. */
export function checkBlockCount<State>(subject: Subject<State>): void {
  forAll(subject, 'block count', runsOf(subject), (run) => {
    const required = subject.plugin.requiredBlocks(run.state, geometryOf(run.blockSize));
    ensure(
      Number.isSafeInteger(required) && required >= 1,
      `requiredBlocks is ${required}, expected an integer from 1`,
    );
    const blocks = encodeRun(subject, run);
    ensure(
      blocks.length === required * run.blockSize,
      `${blocks.length} bytes written, required are ${required} blocks`,
    );
    readValid(subject, blocks, { blockSize: run.blockSize });
    checkRefusal(subject, run, required - 1);
    if (required > 1) checkLastBlock(subject, run, blocks);
  });
}

/** Some state spans three blocks at the smallest block size: else no law has seen a block edge. Run this last. */
export function checkReach<State>(subject: Subject<State>): void {
  const { seen, spans, blockSizes } = subject;
  if (seen.states === 0) forAll(subject, 'reach', runsOf(subject), (run) => void encodeRun(subject, run));
  ensure(
    seen.span >= spans,
    `${subject.plugin.id}: no state spanned ${spans} blocks of ${Math.min(...blockSizes)}, the longest ${seen.span}; ` +
      'let arrays grow (fc.array(..., { size: "max" }), arbitraryPacked)',
  );
}

function checkRefusal<State>(
  subject: Subject<State>,
  { state, blockSize, generation }: Run<State>,
  blockCount: number,
): void {
  try {
    encodeRegion(subject.plugin, state, { blockSize, generation, blockCount });
  } catch (error) {
    ensure(isVdeError(error, 'capacityExceeded'), () => `one block too few threw ${error}, expected capacityExceeded`);
    return;
  }
  ensure(false, 'one block too few was accepted, expected capacityExceeded');
}

function checkLastBlock<State>(subject: Subject<State>, { state, blockSize }: Run<State>, blocks: Uint8Array): void {
  const { strict } = readBoth(subject, blocks.subarray(0, blocks.length - blockSize), { blockSize });
  if (strict === undefined) return;
  const lost = difference(present(subject.plugin.describe(state)), present(subject.plugin.describe(strict.state)));
  ensure(lost !== undefined, 'the last block is not needed: without it the same decodes');
}
