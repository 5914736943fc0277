import { encodeRegion, geometryOf, sameBytes } from '@vde/format';
import { difference, present } from '../presentation.ts';
import { readValid } from '../read.ts';
import { encodeRun, ensure, forAll, type Run, runsOf, type Subject } from '../subject.ts';

/** What was encoded decodes to the same, and encodes to the same bytes again. */
export function checkRoundTrip<State>(subject: Subject<State>): void {
  checkRoundTripOfEmpty(subject);
  forAll(subject, 'round trip', runsOf(subject), (run) => checkRoundTripOf(subject, run));
}

/** Encoding twice gives the same bytes and leaves the state as it was; another generation changes trailers only. */
export function checkStableBytes<State>(subject: Subject<State>): void {
  forAll(subject, 'stable bytes', runsOf(subject), (run) => {
    const { plugin } = subject;
    const before = present(plugin.describe(run.state));
    const first = encodeRun(subject, run);
    ensure(sameBytes(first, encodeRun(subject, run)), 'encoding the same state twice gives different bytes');
    const changed = difference(before, present(plugin.describe(run.state)));
    ensure(changed === undefined, () => `encoding changed the state: ${changed}`);
    const next = encodeRun(subject, { ...run, generation: (run.generation ^ 1) >>> 0 });
    const { payloadSize } = geometryOf(run.blockSize);
    for (let start = 0; start < first.length; start += run.blockSize) {
      const end = start + payloadSize;
      ensure(sameBytes(first.subarray(start, end), next.subarray(start, end)), 'the payload depends on the generation');
    }
  });
}

/** Fixtures decode without error and re-encode byte for byte, unless their bytes break a rule that a finding names. */
export function checkFixtures<State>(subject: Subject<State>): void {
  for (const { name, blocks, blockSize } of subject.fixtures()) {
    const decoded = readValid(subject, blocks, { blockSize });
    if (decoded.form !== 'written' || decoded.findings.length > 0) continue;
    const options = { blockSize, generation: decoded.generation, blockCount: blocks.length / blockSize };
    const again = encodeRegion(subject.plugin, decoded.state, options);
    ensure(sameBytes(again, blocks), `${subject.plugin.id}, fixture ${name}: encodes to other bytes`);
  }
}

function checkRoundTripOf<State>(subject: Subject<State>, run: Run<State>): void {
  const { plugin, same } = subject;
  const { blockSize, generation } = run;
  const blocks = encodeRun(subject, run);
  const decoded = readValid(subject, blocks, { blockSize });
  ensure(decoded.form !== 'uninitialised', 'an encoded state reads as never written');
  ensure(decoded.generation === generation, `generation is ${decoded.generation}, encoded was ${generation}`);
  const lost = difference(present(plugin.describe(run.state)), present(plugin.describe(decoded.state)));
  ensure(lost === undefined, () => `the decoded state differs: ${lost}`);
  ensure(same(run.state, decoded.state), 'the decoded state is not the same, says `same`');
  const kept = blocks.slice();
  blocks.fill(0xa5);
  const again = encodeRegion(plugin, decoded.state, { blockSize, generation });
  ensure(sameBytes(again, kept), () => `encode(decode(b)) differs from b ${firstDifference(again, kept, blockSize)}`);
}

function checkRoundTripOfEmpty<State>(subject: Subject<State>): void {
  for (const blockSize of subject.blockSizes) {
    const state = subject.plugin.empty({}, { geometry: geometryOf(blockSize), blockCount: 64 });
    checkRoundTripOf(subject, { state, blockSize, generation: 1, seed: 0 });
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array, blockSize: number): string {
  if (a.length !== b.length) return `in length: ${a.length} bytes instead of ${b.length}`;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return `in block ${Math.floor(at / blockSize)} at offset ${at % blockSize} (or it reads the caller's blocks after decoding)`;
}
