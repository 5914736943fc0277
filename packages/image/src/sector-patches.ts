import { sameBytes } from '@vde/format';
import type { DeviceCall } from './recording-device.ts';
import type { BlockSource } from './source.ts';

/** A medium writes so many bytes wholly or not at all. @internal */
export const sectorSize = 512;

/** Bytes that a change replaces: sectors of one block, one after another. */
export interface BytePatch {
  /** Offset in the file. */
  readonly offset: number;
  /** What stands there before and after, of the same length. Behind the end of the file it is zeros. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** What else stands there for a moment, sector by sector, where they are written several times. */
  readonly between?: readonly Uint8Array[];
}

interface Sector {
  readonly offset: number;
  readonly before: Uint8Array;
  /** What it held after each change. */
  readonly states: Uint8Array[];
}

/** What the calls change, as few bytes as sectors allow, in the order of offsets. @internal */
export async function sectorPatches(
  source: BlockSource,
  calls: readonly DeviceCall[],
  place: { readonly base: number; readonly blockSize: number },
): Promise<BytePatch[]> {
  const sectors = new Map<number, Sector>();
  for (const call of calls) {
    if (call.kind === 'write') await addWrite(sectors, source, call);
    else if (call.kind === 'truncate' && call.size < source.size)
      throw new TypeError(`${call.size} bytes: a change that shortens a file has no patches`);
  }
  const changed = [...sectors.values()].filter(({ states }) => states.length > 0);
  return runsOf(
    changed.sort((a, b) => a.offset - b.offset),
    place,
  ).map(joined);
}

async function addWrite(
  sectors: Map<number, Sector>,
  source: BlockSource,
  { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
): Promise<void> {
  const end = offset + bytes.length;
  const first = offset - (offset % sectorSize);
  const there = await readPadded(source, first, end - first + sectorSize);
  for (let at = first; at < end; at += sectorSize) {
    const before = there.slice(at - first, at - first + sectorSize);
    const sector = sectors.get(at) ?? { offset: at, before, states: [] };
    sectors.set(at, sector);
    const old = sector.states.at(-1) ?? sector.before;
    const next = old.slice();
    const from = Math.max(at, offset);
    next.set(bytes.subarray(from - offset, Math.min(at + sectorSize, end) - offset), from - at);
    if (!sameBytes(next, old)) sector.states.push(next);
  }
}

/** Sectors that follow one another in one block and were written as often. */
function runsOf(
  sectors: readonly Sector[],
  { base, blockSize }: { readonly base: number; readonly blockSize: number },
) {
  const blockOf = ({ offset }: Sector) => Math.floor((offset - base) / blockSize);
  const runs: Sector[][] = [];
  for (const sector of sectors) {
    const last = runs.at(-1)?.at(-1);
    const goesOn =
      last !== undefined &&
      last.offset + sectorSize === sector.offset &&
      last.states.length === sector.states.length &&
      blockOf(last) === blockOf(sector);
    if (goesOn) runs.at(-1)!.push(sector);
    else runs.push([sector]);
  }
  return runs;
}

function joined(run: readonly Sector[]): BytePatch {
  const [{ offset, states }] = run as [Sector];
  const join = (bytesOf: (sector: Sector) => Uint8Array) => {
    const bytes = new Uint8Array(run.length * sectorSize);
    for (const [i, sector] of run.entries()) bytes.set(bytesOf(sector), i * sectorSize);
    return bytes;
  };
  const between = states.map((_, i) => join((sector) => sector.states[i]!));
  const after = between.pop()!;
  return { offset, before: join(({ before }) => before), after, ...(between.length > 0 && { between }) };
}

/** Bytes of a source; behind its end they are zero. @internal */
export async function readPadded(
  source: BlockSource,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await source.read(offset, bytes);
  return bytes;
}
