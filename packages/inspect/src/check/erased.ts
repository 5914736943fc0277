import type { ErasedResidue, ResidueSearch } from '@vde/format';
import type { DiskImage, ImageSlot } from '@vde/image';
import { type Window, windowsOf } from '../find/windows.ts';
import { placeFinding } from '../findings.ts';
import type { ByteRange, ErasedModel, ImageFinding } from '../model.ts';
import type { CheckOptions } from './check.ts';

/** The search of a region, and the bytes where its own records stand as they are now. */
interface ErasedRegion {
  readonly slot: ImageSlot;
  readonly id: string;
  readonly title: string;
  readonly search: ResidueSearch;
  readonly live: ByteRange;
}

/** What is left of erased records in a block: the first of them, and of how many. */
interface Residues {
  readonly region: ErasedRegion;
  readonly first: ErasedResidue;
  count: number;
}

/** Searches every byte of the file, free space too, for what is left of records that regions call erased. */
export async function checkErased(
  image: DiskImage,
  { onProgress, signal }: Pick<CheckOptions, 'onProgress' | 'signal'>,
): Promise<ErasedModel & { readonly findings: readonly ImageFinding[] }> {
  const regions = await erasedRegions(image, signal);
  const records = regions.reduce((sum, { search }) => sum + search.recordCount, 0);
  if (regions.length === 0) return { records, bytes: 0, findings: [] };
  const { size } = image.source;
  const overlap = Math.max(...regions.map(({ search }) => search.recordBytes)) - 1;
  const found = new Map<string, Residues>();
  const findings: ImageFinding[] = [];
  const call = { overlap, unit: image.blockSize, signal };
  let searched = 0;
  for await (const window of windowsOf(image.source, { offset: 0, length: size }, call)) {
    for (const region of regions) collect(image, region, { ...window, searched }, found);
    const lost = window.lost.filter(({ offset }) => offset >= searched);
    findings.push(...lost.map((part) => lostFinding(image, part)));
    searched = window.offset + window.bytes.length;
    onProgress?.({ done: searched, total: size });
  }
  for (const residues of found.values()) findings.push(residueFinding(image, residues));
  return { records, bytes: size, findings };
}

/** The regions that have erased records, as far as they can be read: the rest of the check says of the others that they cannot. */
async function erasedRegions(image: DiskImage, signal: AbortSignal | undefined): Promise<ErasedRegion[]> {
  const found: ErasedRegion[] = [];
  for (const slot of image.slots) {
    const plugin = (await image.resolve(slot, { signal }))?.plugin;
    if (plugin?.residues === undefined) continue;
    const { state } = await image.region(plugin, { slot: slot.index, lenient: true, signal });
    const search = state === undefined ? undefined : plugin.residues(state);
    if (search === undefined) continue;
    const { base, blockSize, geometry } = image;
    const length = plugin.requiredBlocks(state, geometry) * blockSize;
    const live = { offset: base + slot.startBlock * blockSize, length };
    found.push({ slot, id: plugin.id, title: plugin.title, search, live });
  }
  return found;
}

/** Takes up what a window holds, but for records that lay in the bytes `searched` before wholly. */
function collect(
  image: DiskImage,
  region: ErasedRegion,
  window: Window & { readonly searched: number },
  found: Map<string, Residues>,
): void {
  const { slot, live, search } = region;
  const from = Math.max(window.offset, window.searched - search.recordBytes + 1);
  for (const residue of search.find(window.bytes.subarray(from - window.offset))) {
    const offset = from + residue.offset;
    if (offset >= live.offset && offset < live.offset + live.length) continue;
    const key = `${slot.index} ${blockOf(image, offset)}`;
    const known = found.get(key);
    if (known !== undefined) known.count++;
    else found.set(key, { region, first: { ...residue, offset }, count: 1 });
  }
}

const blockOf = ({ base, blockSize }: DiskImage, offset: number): number => Math.floor((offset - base) / blockSize);

/** The bytes themselves are not told: they are what should be gone. */
function residueFinding(image: DiskImage, { region, first, count }: Residues): ImageFinding {
  const { slot, id, title } = region;
  const others = count === 1 ? '' : `, and of ${count - 1} more in this block`;
  return {
    code: 'erasedResidue',
    severity: 'error',
    message: `${title}: bytes of ${first.path}, which is erased, are left here${others}`,
    ...placeOf(image, first),
    region: { slot: slot.index, type: slot.type, id },
    path: first.path,
    repair: { possible: false },
  };
}

function placeOf(image: DiskImage, range: ByteRange): Pick<ImageFinding, 'address' | 'block' | 'range'> {
  const block = blockOf(image, range.offset);
  const place = { offset: range.offset, length: range.length };
  return block < 0
    ? { address: `0x${range.offset.toString(16)}`, range: place }
    : { address: `b:${block}`, block, range: place };
}

function lostFinding(image: DiskImage, { offset, length }: ByteRange): ImageFinding {
  const message = `${length} bytes cannot be read, and were not searched for erased records`;
  const block = Math.max(0, blockOf(image, offset));
  return placeFinding(image, { code: 'blockUnreadable', severity: 'error', message, block });
}
