import { blockStatus, isZero, readTrailer, sameBytes, sealBlocks, trailerSize, verifyBlocks } from '@vde/format';
import { below, type Draw, drawBlock, offsetOf, oneOf, type Random, readBlock, regionOf, wholeBlocks } from './draw.ts';
import type { Damage, DamageKind, DamagePatch } from './model.ts';

/** One bit or byte of a written block. */
export async function changedByte(draw: Draw, kind: 'bit' | 'byte'): Promise<Damage | undefined> {
  const drawn = drawBlock(draw);
  if (drawn === undefined) return undefined;
  const { space, random } = draw;
  const [first, end] = bytesToHit(draw, drawn);
  if (first >= end) return undefined;
  const offset = first + below(random, end - first);
  const at = offset - offsetOf(draw, drawn.block);
  const before = (await readBlock(draw, drawn.block)).slice(at, at + 1);
  const bit = below(random, 8);
  const after = Uint8Array.of(before[0]! ^ (kind === 'bit' ? 1 << bit : 1 + below(random, 255)));
  const part = partName(at, space.blockSize);
  return struck(draw, kind, drawn.block, [{ offset, before, after }], {
    range: { offset, length: 1 },
    description: kind === 'bit' ? `bit ${bit} of byte ${at} turned over, ${part}` : `byte ${at} changed, ${part}`,
  });
}

/** The bytes of the file among which one is drawn: the block or its trailer, as far as the file and an address go. */
function bytesToHit(
  draw: Draw,
  { block, inTrailer }: { block: number; inTrailer: boolean },
): readonly [number, number] {
  const { space, places } = draw;
  const start = offsetOf(draw, block);
  const from = inTrailer && places.within === undefined ? start + space.blockSize - trailerSize : start;
  const { offset, length } = places.within ?? { offset: 0, length: Number.MAX_SAFE_INTEGER };
  return [Math.max(from, offset), Math.min(start + space.blockSize, offset + length, space.source.size)];
}

function partName(at: number, blockSize: number): string {
  const inTrailer = at - (blockSize - trailerSize);
  if (inTrailer < 0) return 'in the payload';
  return `in the ${inTrailer < 4 ? 'tag' : inTrailer < 8 ? 'generation' : 'checksum'} of the trailer`;
}

/** A written block is zeroed, trailer included. */
export async function zeroedBlock(draw: Draw): Promise<Damage | undefined> {
  const block = drawWhole(draw);
  if (block === undefined) return undefined;
  const before = await readBlock(draw, block);
  if (isZero(before)) return undefined;
  const patch = { offset: offsetOf(draw, block), before, after: new Uint8Array(before.length) };
  return struck(draw, 'zero', block, [patch], { description: 'block zeroed, trailer included' });
}

/** A written block is exchanged with the one before or behind it in its region. */
export async function swappedBlocks(draw: Draw): Promise<Damage | undefined> {
  const block = drawWhole(draw);
  if (block === undefined) return undefined;
  const neighbours = [block - 1, block + 1].filter(regionOf(draw, block).isOf);
  if (neighbours.length === 0) return undefined;
  const other = oneOf(draw.random, neighbours);
  const [one, two] = [await readBlock(draw, block), await readBlock(draw, other)];
  if (sameBytes(one, two)) return undefined;
  const patches = [
    { offset: offsetOf(draw, block), before: one, after: two },
    { offset: offsetOf(draw, other), before: two, after: one },
  ];
  return { ...struck(draw, 'swap', block, patches, { description: `exchanged with block ${other}` }), other };
}

/** An older version of a sealed block, or another sealed block of its region in its place: what a lost or misplaced write leaves. */
export async function staleBlock(draw: Draw): Promise<Damage | undefined> {
  const block = drawWhole(draw);
  if (block === undefined) return undefined;
  const before = await readBlock(draw, block);
  if (!isSealed(before)) return undefined;
  const found = draw.random() < 0.6 ? olderVersion(draw.random, before) : await strangerFor(draw, block, before);
  if (found === undefined) return undefined;
  const { after, description, ...origin } = found;
  const patch = { offset: offsetOf(draw, block), before, after };
  return { ...struck(draw, 'stale', block, [patch], { description }), ...origin };
}

/** Steps of the generation back at most. */
const maxSteps = 3;

/** The block under a smaller generation, with another byte behind what it holds, where there is room: nothing else tells it. */
function olderVersion(random: Random, block: Uint8Array) {
  const { tag, generation } = readTrailer(block, block.length);
  if (generation === 0) return undefined;
  const after = block.slice();
  const payload = after.subarray(0, after.length - trailerSize);
  let used = payload.length;
  while (used > 0 && payload[used - 1] === 0) used--;
  const at = used < payload.length ? used + below(random, payload.length - used) : below(random, payload.length);
  payload[at]! ^= 1 + below(random, 255);
  const older = generation - 1 - below(random, Math.min(maxSteps, generation));
  sealBlocks(after, after.length, tag, older);
  return { after, description: `older version in its place: generation ${older}, byte ${at} differs` };
}

/** How many blocks of the region are looked at for another sealed one. */
const maxLooks = 8;

async function strangerFor(draw: Draw, block: number, before: Uint8Array) {
  const { start, end, isOf } = regionOf(draw, block);
  const others = draw.places.all.within(start, end);
  for (let look = 0; look < maxLooks; look++) {
    const other = others.count === 0 ? block : others.blockAt(below(draw.random, others.count));
    if (other === block || !isOf(other)) continue;
    const after = await readBlock(draw, other);
    if (isSealed(after) && !sameBytes(after, before))
      return { after, other, description: `block ${other} of the region in its place` };
  }
  return undefined;
}

function isSealed(block: Uint8Array): boolean {
  const status = new Uint8Array(1);
  verifyBlocks(block, block.length, status);
  return status[0] === blockStatus.ok || status[0] === blockStatus.formattedEmpty;
}

/** The file ends early: in or at the edge of a written block, or anywhere. */
export function truncatedFile(draw: Draw): Damage | undefined {
  const { space, places } = draw;
  const { source, base, blockSize } = space;
  const size = places.within?.offset ?? drawEnd(draw);
  if (size === undefined || size >= source.size) return undefined;
  const lost = source.size - size;
  const block = Math.max(0, Math.floor((size - base) / blockSize));
  const description = `file ends after ${size} of ${source.size} bytes, in block ${block}`;
  return { ...struck(draw, 'truncate', block, [], { range: { offset: size, length: lost }, description }), size };
}

function drawEnd(draw: Draw): number | undefined {
  const { space, random } = draw;
  if (random() < 0.3) return below(random, space.source.size);
  const drawn = drawBlock(draw);
  if (drawn === undefined) return undefined;
  const inside = random() < 0.5 ? 0 : below(random, space.blockSize);
  return offsetOf(draw, drawn.block) + inside;
}

/** A written block that the file has as a whole. */
function drawWhole(draw: Draw): number | undefined {
  const block = drawBlock(draw)?.block;
  return block !== undefined && block < wholeBlocks(draw) ? block : undefined;
}

/** A damage of one block; its range is the block unless told. @internal */
export function struck(
  draw: Draw,
  kind: DamageKind,
  block: number,
  patches: readonly DamagePatch[],
  more: Pick<Damage, 'description'> & Partial<Pick<Damage, 'range' | 'address'>>,
): Damage {
  const range = { offset: offsetOf(draw, block), length: draw.space.blockSize };
  return { kind, block, address: `b:${block}`, range, patches, ...more };
}
