import { type AllocationBitmap, blockRuns, type Finding } from '@vde/format';
import { type DiskImage, type IntegrityCheck, loadBitmap } from '@vde/image';
import { checkBitmap } from '../bitmap.ts';
import { inOrder, placeFinding, withoutRepeats } from '../findings.ts';
import type { CheckModel, ImageFacts, ImageFinding, Verdict } from '../model.ts';
import { type Segment, segmentsOf } from '../segments.ts';
import { scanPlan } from './blocks.ts';
import { claimFindings } from './claims.ts';
import { checkErased } from './erased.ts';
import { headFindings } from './head.ts';
import { checkRegions } from './regions.ts';
import { ScanPlan } from './scan-plan.ts';
import type { CheckState } from './state.ts';

export type CheckLevel = 'quick' | 'full' | 'deep';

export interface CheckOptions {
  readonly level: CheckLevel;
  /** Report only these codes, or all but these. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Public keys for signatures, each as the bytes of its file: PEM, JWK or raw point. Used at level `deep`. */
  readonly keys?: readonly Uint8Array[];
  /** Signatures that are missing, or that no key could verify, decide the verdict; else they are only counted. */
  readonly requireSignatures?: boolean;
  /** Search the whole file for what is left of records that regions call erased. Not for bare blocks. */
  readonly erased?: boolean;
  /** Key of the header seal and of the namespace signature (page 02, 3.8 and 3.13); without one they are not judged. */
  readonly sealKey?: Uint8Array;
  readonly namespaceKey?: Uint8Array;
  /** Called now and then with bytes read and to be read. */
  onProgress?(progress: { readonly done: number; readonly total: number }): void;
  /** Goes on where the state ends, and is kept up to date. @throws VdeError `otherCheckState`, `badCheckState`. */
  readonly state?: CheckState;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks an image. `quick`: superblocks, directory, integrity features, the first block of each region. `full`: also every
 * block that directory or bitmap call in use, the bitmap, and every region decoded and verified. `deep`: also free space, and what
 * regions say of the rest of the image and of keys: content hashes, chains, signatures.
 */
export async function checkImage(image: DiskImage, facts: ImageFacts, options: CheckOptions): Promise<CheckModel> {
  const segments = segmentsOf(image);
  const found: ImageFinding[] = headFindings(image).map((finding) => placeFinding(image, finding));
  found.push(...integrityFindings(await image.checkIntegrity(options)).map((finding) => placeFinding(image, finding)));
  const isFull = options.level !== 'quick';
  // A quick check of a whole file needs no bitmap, which is large where the volume is.
  const isCut = image.size < image.totalBlocks * image.blockSize;
  const bitmap = isFull || isCut ? (await loadBitmap(image))?.bitmap : undefined;
  found.push(...truncation(image, bitmap, segments).map((finding) => placeFinding(image, finding)));
  const { regions, findings } = await checkRegions(image, options);
  const { level, state } = options;
  const plan = new ScanPlan(image, bitmap, level);
  const from = state?.begin({ image, level, bitmap, regions }, plan);
  const scanned = await scanPlan(image, plan, regions, { ...options, from, onBegin: (judge) => state?.follow(judge) });
  found.push(...scanned.findings, ...findings);
  if (isFull && bitmap)
    found.push(...checkBitmap(image, bitmap, segments).map((finding) => placeFinding(image, finding)));
  if (isFull) {
    const claims = await claimFindings(image, { bitmap, segments, regions }, options);
    found.push(...claims.map((finding) => placeFinding(image, finding)));
  }
  if (!options.erased) return summarise(facts, options, found, scanned.blocks);
  const { findings: left, ...erased } = await checkErased(image, options);
  return { ...summarise(facts, options, [...found, ...left], scanned.blocks), erased };
}

/** The result of a check: what it found without repeats and in order, as far as it was asked for. @internal */
export function summarise(
  facts: ImageFacts | null,
  { level, only, skip, requireSignatures = false }: CheckOptions,
  found: readonly ImageFinding[],
  blocks: Readonly<Record<string, number>>,
): CheckModel {
  const isAskedFor = ({ code }: Finding): boolean => (only?.includes(code) ?? true) && !(skip?.includes(code) ?? false);
  const all = withoutRepeats(inOrder(found)).filter(isAskedFor);
  const unproved = all.filter(({ code }) => code === 'unverifiable' || (requireSignatures && code === 'unsigned'));
  const findings = requireSignatures ? all : all.filter((finding) => !unproved.includes(finding));
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length;
  return {
    facts,
    level,
    verdict: verdictOf(findings, requireSignatures && unproved.length > 0),
    errors: count('error'),
    warnings: count('warning'),
    notices: count('notice'),
    unverifiable: unproved.length,
    blocks,
    findings,
    complete: true,
  };
}

function verdictOf(findings: readonly ImageFinding[], isUnproved: boolean): Verdict {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some(({ repair }) => !repair.possible)) return 'lost';
  if (errors.length > 0) return 'damaged';
  if (isUnproved) return 'unverifiable';
  return findings.some(({ severity }) => severity === 'warning') ? 'warnings' : 'clean';
}

/** Exit code of a check (`cli.md`): warnings alone count only when they are asked to. */
export function exitCodeOf(
  { verdict }: Pick<CheckModel, 'verdict'>,
  { failOn }: { failOn: 'warning' | 'error' },
): 0 | 1 | 2 | 3 | 4 {
  if (verdict === 'lost') return 3;
  if (verdict === 'damaged') return 2;
  if (verdict === 'unverifiable') return 4;
  return verdict === 'warnings' && failOn === 'warning' ? 1 : 0;
}

/** What a mismatch is reported as, and the block that holds the stored value. */
const mismatches: Partial<Record<IntegrityCheck['name'], Pick<Finding, 'code' | 'severity' | 'block'>>> = {
  headerIntegritySeal: { code: 'sealMismatch', severity: 'error', block: 0 },
  namespaceSignature: { code: 'signatureMismatch', severity: 'error', block: 2 },
  formatFingerprint: { code: 'fingerprintMismatch', severity: 'warning', block: 3 },
  metadataChainHash: { code: 'chainMismatch', severity: 'warning', block: 3 },
};

/** The file size is left out: opening the image compared it already. */
function integrityFindings(checks: readonly IntegrityCheck[]): Finding[] {
  return checks.flatMap(({ name, state, detail }) => {
    const mismatch = mismatches[name];
    return state === 'mismatch' && mismatch ? [{ ...mismatch, message: `${name}: ${detail}` }] : [];
  });
}

/** Blocks in use that lie behind the end of the file. */
function truncation(image: DiskImage, bitmap: AllocationBitmap | undefined, segments: readonly Segment[]): Finding[] {
  const whole = Math.floor(image.size / image.blockSize);
  if (whole >= image.totalBlocks) return [];
  let first: number | undefined;
  let count = 0;
  const add = (start: number, end: number) => {
    const from = Math.max(start, whole);
    if (from >= end) return;
    first = Math.min(first ?? from, from);
    count += end - from;
  };
  if (bitmap) for (const run of blockRuns(bitmap)) add(run.start, run.start + run.count);
  else
    for (const { start, end, slot } of segments)
      if (slot && slot.type !== 'DATA') add(start, Math.min(end, image.totalBlocks));
  if (first === undefined) {
    const message = `the file ends in block ${whole} of ${image.totalBlocks}; no block in use lies behind its end`;
    return [{ code: 'lostToTruncation', severity: 'warning', message, block: whole }];
  }
  const message = `the file ends in block ${whole}, but ${count} blocks in use lie behind its end, the first at ${first}`;
  return [
    { code: 'lostToTruncation', severity: 'error', message, block: first, expected: image.totalBlocks, actual: whole },
  ];
}
