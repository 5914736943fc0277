import { blockCodes, openRegion, tagToString } from '@vde/format';
import { readBoth } from '../read.ts';
import { encodeRun, ensure, forAll, runsOf, type Subject } from '../subject.ts';

/**
 * Blocks of other regions: `match` does not claim them, and where their tag differs strict reading throws `wrongTag` (or the code
 * of the plugin's `variant`). What the plugin encodes itself `match` does not refuse.
 */
export function checkForeign<State>(subject: Subject<State>): void {
  for (const { name, blocks, blockSize } of subject.notOurs()) checkOther(subject, name, blocks, blockSize);
  const { plugin } = subject;
  if (plugin.match === undefined) return;
  forAll(subject, 'match', runsOf(subject), (run) => {
    const { blockSize } = run;
    const blocks = encodeRun(subject, run);
    const { strict } = readBoth(subject, blocks, { blockSize });
    if (strict === undefined || strict.findings.length > 0) return;
    const answer = plugin.match?.(openRegion(plugin, blocks, { blockSize }));
    ensure(answer !== 'no', 'match refuses blocks of the region itself');
  });
}

/** Every code that any run reported is declared, and every declared code is explained. Run this last. */
export function checkCodes<State>({ plugin, seen }: Subject<State>): void {
  for (const [code, { severity, explain }] of Object.entries(plugin.codes ?? {})) {
    ensure(['error', 'warning', 'notice'].includes(severity), `${plugin.id}: code ${code} has severity "${severity}"`);
    ensure(explain.trim().length > 0, `${plugin.id}: code ${code} is not explained`);
  }
  const stray = [...seen.codes].filter((code) => !Object.hasOwn({ ...blockCodes, ...plugin.codes }, code));
  ensure(stray.length === 0, `${plugin.id} reports codes that neither it nor core declares: ${stray.join(', ')}`);
}

function checkOther<State>(subject: Subject<State>, name: string, blocks: Uint8Array, blockSize: number): void {
  const { plugin } = subject;
  const answer = plugin.match?.(openRegion(plugin, blocks, { blockSize, lenient: true }));
  ensure(answer !== 'yes', `${plugin.id}: match claims ${name}`);
  const { strict, error } = readBoth(subject, blocks, { blockSize });
  const tag = tagToString(new DataView(blocks.buffer, blocks.byteOffset).getUint32(blockSize - 16, true));
  if (tag === plugin.blockTag) {
    ensure(
      plugin.match !== undefined,
      `${plugin.id}: ${name} carries the same tag ${tag}; a \`match\` must tell them apart`,
    );
    return;
  }
  if (strict?.form === 'formattedEmpty' && plugin.slotTypes.includes(tag)) return;
  const isNamed = error?.code === 'wrongTag' || (error !== undefined && Object.hasOwn(plugin.codes ?? {}, error.code));
  ensure(
    isNamed,
    () => `${plugin.id}: strict reading of ${name} (${tag}) threw ${error?.code ?? 'nothing'}, expected wrongTag`,
  );
}
