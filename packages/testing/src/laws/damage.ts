import { type FindingPlace, geometryOf } from '@vde/format';
import { flipBit, setGeneration, setTag } from '../damage.ts';
import { difference, present } from '../presentation.ts';
import { readBoth } from '../read.ts';
import { encodeRun, ensure, forAll, type Run, runsOf, type Subject } from '../subject.ts';

/** A tag that no region has. */
const strangeTag = 'ZZZZ';

/** A flipped bit is `badTrailer`, another tag `wrongTag`, another generation `tornWrite`: strict throws, lenient is partial. */
export function checkDamage<State>(subject: Subject<State>): void {
  forAll(subject, 'damage', runsOf(subject), (run) => {
    const { blockSize, generation, seed } = run;
    const { payloadSize } = geometryOf(blockSize);
    const blocks = encodeRun(subject, run);
    const block = seed % (blocks.length / blockSize);
    const start = block * blockSize * 8;
    const inPayload = seed % (payloadSize * 8);
    const inChecksum = payloadSize * 8 + 64 + (seed % 64);
    const hurt = { subject, run, intact: blocks, block };
    checkOne(hurt, flipBit(blocks, start + inPayload), 'badTrailer');
    checkOne(hurt, flipBit(blocks, start + inChecksum), 'badTrailer');
    checkOne(hurt, setTag(blocks, blockSize, block, strangeTag), 'wrongTag');
    if (block > 0) checkOne(hurt, setGeneration(blocks, blockSize, block, generation ^ 0x100), 'tornWrite');
  });
}

interface Hurt<State> {
  readonly subject: Subject<State>;
  readonly run: Run<State>;
  readonly intact: Uint8Array;
  readonly block: number;
}

function checkOne<State>({ subject, run, intact, block }: Hurt<State>, blocks: Uint8Array, code: string): void {
  const { blockSize } = run;
  const count = intact.length / blockSize;
  const what = `block ${block} of ${count} damaged, expected ${code}`;
  const { strict, error, lenient } = readBoth(subject, blocks, { blockSize });
  if (subject.zeroTail && block === count - 1 && block > 0 && error?.code !== code) {
    const seen =
      strict && difference(present(subject.plugin.describe(run.state)), present(subject.plugin.describe(strict.state)));
    ensure(strict === undefined || seen !== undefined, `${what}: nothing tells`);
    return;
  }
  ensure(error?.code === code, () => `${what}: strict reading threw ${error?.code ?? 'nothing'}`);
  const named = (error.details as FindingPlace | undefined)?.block;
  ensure(named === block, () => `${what}: the error names block ${named}`);
  const finding = lenient.findings.find((one) => one.code === code && one.block === block);
  ensure(
    finding !== undefined,
    () => `${what}: lenient reading finds ${lenient.findings.map((one) => one.code).join() || 'nothing'}`,
  );
  ensure(lenient.partial, `${what}: lenient reading is not partial`);
}
