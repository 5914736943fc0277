import { raisedCodes } from './container-codes.ts';
import { bytes, type FieldType, text, u16, u32, u64 } from './field.ts';
import { collectFindings, type Finding, type Report } from './finding.ts';
import { type Infer, record } from './record.ts';

const preambleFlags: FieldType<number> = {
  ...u16,
  kind: 'flags',
  // Bits 3 to 5 are the architecture: see `preambleArchitecture`.
  names: { 0: 'compressed', 1: 'signed', 2: 'encryptedRuntime' },
};

/** A boot preamble in front of block 0 (page 02, 3.1). Offsets and sizes are bytes from the start of the file. */
export const PreambleHeader = /* @__PURE__ */ record('PreambleHeader', {
  magic: /* @__PURE__ */ text(8),
  preambleVersion: u16,
  flags: preambleFlags,
  /** Where the SHA-256 over kernel, driver pack and runtime stands. */
  contentHashOffset: u32,
  totalSize: u64,
  /** Where block 0 stands. */
  vdeOffset: u64,
  kernelOffset: u32,
  kernelSize: u32,
  driverPackOffset: u32,
  driverPackSize: u32,
  runtimeOffset: u32,
  runtimeSize: u32,
  /** First 8 bytes of the SHA-256 over the 56 bytes before. */
  headerChecksum: /* @__PURE__ */ bytes(8),
});
export type PreambleHeader = Infer<typeof PreambleHeader>;

/** The processor that a preamble boots, `undefined` for a number without a name. */
export function preambleArchitecture({ flags }: PreambleHeader): 'x86-64' | 'arm64' | 'riscv64' | undefined {
  return (['x86-64', 'arm64', 'riscv64'] as const)[(flags >> 3) & 7];
}

/** What a file is by its first bytes: `dwvd-v2`, the same behind a boot `preamble`, `legacy-v1` (not covered), `not-dwvd`. */
export type FileKind = 'dwvd-v2' | 'preamble' | 'legacy-v1' | 'not-dwvd';

/** Where the image stands in its file. */
export interface FileStart {
  readonly kind: FileKind;
  /** Byte offset of block 0; `undefined` when the file is no v2 image, or its preamble gives an impossible place. */
  readonly offset: number | undefined;
  /** The preamble when all its 64 bytes are there. */
  readonly preamble?: PreambleHeader;
  /** Offsets in findings are file offsets. */
  readonly findings: readonly Finding[];
}

/** Bytes at the start of a file that {@link locateBlock0} wants to see: a whole preamble header. */
export const fileStartSize = 64;

/**
 * Finds block 0 from the first 64 bytes of a file (fewer are taken as they are). Whether block 0 holds a superblock is not
 * looked at. Never throws because of data.
 */
export function locateBlock0(start: Uint8Array, { fileSize }: { readonly fileSize?: number } = {}): FileStart {
  const signature = String.fromCharCode(...start.subarray(0, 8));
  // The preamble first: it also begins with DWVD.
  if (signature === 'DWVD-BOO') return behindPreamble(start, fileSize);
  if (!signature.startsWith('DWVD') || start.length < 5) return { kind: 'not-dwvd', offset: undefined, findings: [] };
  if (start[4]! < 2) return { kind: 'legacy-v1', offset: undefined, findings: [] };
  return { kind: 'dwvd-v2', offset: 0, findings: [] };
}

function behindPreamble(start: Uint8Array, fileSize: number | undefined): FileStart {
  const { findings, report } = collectFindings(raisedCodes);
  if (start.length < PreambleHeader.size) {
    const message = `the boot preamble has ${start.length} bytes, expected ${PreambleHeader.size}`;
    report('badPreamble', message, { offset: 0, length: start.length });
    return { kind: 'preamble', offset: undefined, findings };
  }
  const preamble = PreambleHeader.get(new DataView(start.buffer, start.byteOffset, start.length));
  const offset = checkOffset(preamble, fileSize, report) ? Number(preamble.vdeOffset) : undefined;
  return { kind: 'preamble', offset, preamble, findings };
}

/** Smallest block size: block 0 stands at a multiple of it whatever the block size is. */
const offsetStep = 512n;

function checkOffset({ vdeOffset, totalSize }: PreambleHeader, fileSize: number | undefined, report: Report): boolean {
  const { offset, type } = PreambleHeader.field('vdeOffset');
  const problem = problemOf(vdeOffset, totalSize, fileSize);
  if (problem === undefined) return true;
  const place = { offset, length: type.size, path: 'vdeOffset', actual: vdeOffset };
  report('badPreamble', `the boot preamble places block 0 at byte ${vdeOffset}: ${problem}`, place);
  return false;
}

function problemOf(vdeOffset: bigint, totalSize: bigint, fileSize: number | undefined): string | undefined {
  if (vdeOffset > BigInt(Number.MAX_SAFE_INTEGER)) return 'beyond 2^53 - 1';
  if (vdeOffset % offsetStep !== 0n) return `expected a multiple of ${offsetStep}`;
  if (vdeOffset < totalSize) return `inside the preamble of ${totalSize} bytes`;
  if (fileSize !== undefined && vdeOffset >= BigInt(fileSize)) return `the file has ${fileSize} bytes`;
  return undefined;
}
