import { encodeRegion, geometryOf, isZero, openRegion, sealBlocks, stringToTag } from '@vde/format';
import fc from 'fast-check';
import { punchHole } from '../damage.ts';
import { difference, present } from '../presentation.ts';
import { readBoth, readValid } from '../read.ts';
import { encodeRun, ensure, forAll, type Run, runsOf, type Subject } from '../subject.ts';

/** All zero is `uninitialised`; a sealed zero payload is `formattedEmpty`; both read as the empty state, without findings. */
export function checkEmptyForms<State>(subject: Subject<State>): void {
  const { plugin } = subject;
  const values = fc.record({
    blockSize: fc.constantFrom(...subject.blockSizes),
    blockCount: fc.integer({ min: 1, max: 70 }),
    generation: fc.nat({ max: 0xffff_ffff }),
    tag: fc.constantFrom(undefined, plugin.blockTag, ...plugin.slotTypes),
  });
  forAll(subject, 'empty forms', values, ({ blockSize, blockCount, generation, tag }) => {
    const blocks = new Uint8Array(blockCount * blockSize);
    if (tag !== undefined) sealBlocks(blocks.subarray(0, blockSize), blockSize, stringToTag(tag), generation);
    const decoded = readValid(subject, blocks, { blockSize });
    const [form, expected] = tag === undefined ? ['uninitialised', 0] : ['formattedEmpty', generation];
    const what = tag === undefined ? 'all-zero blocks' : `a zero payload tagged ${tag}`;
    ensure(decoded.form === form, () => `${what}: form ${decoded.form}, expected ${form}`);
    ensure(decoded.generation === expected, () => `${what}: generation ${decoded.generation}, expected ${expected}`);
    ensure(decoded.findings.length === 0, () => `${what}: reports ${decoded.findings[0]?.code}`);
    const empty = plugin.empty({}, { geometry: geometryOf(blockSize), blockCount });
    const other = difference(present(plugin.describe(empty)), present(plugin.describe(decoded.state)));
    ensure(other === undefined, () => `${what}: does not read as the empty state: ${other}`);
    const match = plugin.match?.(openRegion(plugin, blocks, { blockSize, lenient: true }));
    ensure(match === undefined || match === 'maybe', () => `${what}: match says ${match}, expected maybe`);
  });
}

/** Holes behind the written blocks do not matter and are not entered; a hole among the written ones is `truncated`. */
export function checkHoles<State>(subject: Subject<State>): void {
  forAll(subject, 'holes', runsOf(subject), (run) => {
    checkHolesBehind(subject, run);
    const blocks = encodeRun(subject, run);
    const count = blocks.length / run.blockSize;
    if (count < 2) return;
    const hole = run.seed % count;
    const isDetectable = hole < count - 1 ? holdsData(blocks, run.blockSize, hole + 1) : !subject.zeroTail;
    if (holdsData(blocks, run.blockSize, hole) && isDetectable) checkHoleAt(subject, run, blocks, hole);
  });
}

function checkHolesBehind<State>(subject: Subject<State>, run: Run<State>): void {
  const { plugin } = subject;
  const { blockSize, generation, state } = run;
  const required = plugin.requiredBlocks(state, geometryOf(blockSize));
  const blockCount = required + 1 + (run.seed % 4);
  const shown = present(plugin.describe(state));
  const forms = {
    'holes behind the written blocks': [encodeRun(subject, run, blockCount), {}],
    'blocks that are not loaded behind the written ones': [encodeRun(subject, run), { blockCount }],
    'sealed zero payloads behind the written blocks': [
      encodeRegion(plugin, state, { blockSize, generation, blockCount, sealAll: true }),
      {},
    ],
  } as const;
  for (const [what, [blocks, reserved]] of Object.entries(forms)) {
    const { strict, error, entered } = readBoth(subject, blocks, { blockSize, ...reserved });
    ensure(strict !== undefined, () => `${what}: strict reading threw ${error?.code}: ${error?.message}`);
    if (strict.form === 'formattedEmpty') continue;
    const other = difference(shown, present(plugin.describe(strict.state)));
    ensure(other === undefined, () => `${what} change what is read: ${other}`);
    const stray = Math.max(...entered);
    ensure(stray < required, () => `${what}: block ${stray} was entered, written are ${required}`);
  }
}

function checkHoleAt<State>(
  subject: Subject<State>,
  { blockSize }: Run<State>,
  blocks: Uint8Array,
  hole: number,
): void {
  const { error, lenient } = readBoth(subject, punchHole(blocks, blockSize, hole), { blockSize });
  const what = `a hole in place of block ${hole} of ${blocks.length / blockSize}`;
  ensure(
    error?.code === 'truncated',
    () => `${what}: strict reading threw ${error?.code ?? 'nothing'}, expected truncated`,
  );
  const finding = lenient.findings.find(({ code }) => code === 'truncated');
  ensure(finding !== undefined && lenient.partial, `${what}: lenient reading reports no truncated, or is not partial`);
  ensure(finding.block === hole, () => `${what}: the finding names block ${finding.block}`);
}

function holdsData(blocks: Uint8Array, blockSize: number, block: number): boolean {
  const start = block * blockSize;
  return !isZero(blocks.subarray(start, start + geometryOf(blockSize).payloadSize));
}
