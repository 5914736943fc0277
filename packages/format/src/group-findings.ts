import { damageOf } from './block-fault.ts';
import { sameBytes } from './bytes.ts';
import { type ContainerBlock, reportDamage } from './container-block.ts';
import { extendedMetadataRanges } from './extended-metadata.ts';
import type { FindingPlace, Report } from './finding.ts';
import { geometryOf } from './geometry.ts';
import { bestOf, isIntact } from './group-choice.ts';
import { integrityAnchorRanges } from './integrity-anchor.ts';
import { regionPointerTableRanges } from './region-pointer-table.ts';
import { superblockRanges } from './superblock.ts';
import { trailerSize } from './trailer.ts';

const copySize = 4;

/** Reports what is wrong with blocks 0-7: damaged copies, lost blocks, copies and generations that differ. @internal */
export function reportGroup(blocks: readonly ContainerBlock[], blockSize: number, report: Report): void {
  const primary = blocks.slice(0, copySize);
  const mirror = blocks.slice(copySize);
  primary.forEach((block, i) => {
    reportPair(block, mirror[i]!, blockSize, report);
  });
  if (isIntact(primary) && isIntact(mirror)) reportMirror(primary, mirror, blockSize, report);
  reportGenerations(primary, 'primary', blockSize, report);
  reportGenerations(mirror, 'mirror', blockSize, report);
}

/** The two copies of one block. What is lost does not depend on the copy that the caller asked for. */
function reportPair(primary: ContainerBlock, mirror: ContainerBlock, blockSize: number, report: Report): void {
  const source = bestOf(primary, mirror);
  for (const found of [primary, mirror]) {
    if (found.state !== 'ok') reportDamage(found, blockSize, report, { repair: repairOf(found, source) });
  }
  if (source !== undefined) return;
  const what = `block ${primary.block} ${damageOf(primary)}, block ${mirror.block} ${damageOf(mirror)}`;
  report('unreadable', `${primary.expectedTag} is lost: ${what}`, {
    block: primary.block,
    offset: 0,
    length: blockSize,
    repair: { possible: false },
  });
}

/** A block that merely lacks its trailer is sealed again over its own payload (page 01, 6 #4). */
function repairOf(found: ContainerBlock, source: ContainerBlock | undefined): FindingPlace['repair'] & object {
  if (source === undefined) return { possible: false };
  if (source === found) return { possible: true, from: 'payload' };
  return { possible: true, from: source.block < copySize ? 'primary' : 'mirror' };
}

/** One finding for a mirror that differs: the first field that does, and the numbers of all blocks that do. */
function reportMirror(
  primary: readonly ContainerBlock[],
  mirror: readonly ContainerBlock[],
  blockSize: number,
  report: Report,
): void {
  const differing = mirror.filter(({ bytes }, i) => !sameBytes(primary[i]!.bytes, bytes));
  const first = differing[0];
  if (first === undefined) return;
  const numbers = differing.map(({ block }) => `${block} from ${block - copySize}`).join(', ');
  const place = firstDifference(primary[first.block - copySize]!, first, blockSize);
  report('mirrorDiffers', `both copies are intact, but block ${numbers} differ, first in ${place.path}`, {
    block: first.block,
    ...place,
    repair: { possible: true, from: 'primary' },
  });
}

const rangesOf = [superblockRanges, regionPointerTableRanges, extendedMetadataRanges, integrityAnchorRanges] as const;

/** The first field that differs, with its value in the primary and in the mirror. */
function firstDifference(primary: ContainerBlock, mirror: ContainerBlock, blockSize: number) {
  const [a, b] = [primary.bytes, mirror.bytes];
  let at = 0;
  while (a[at] === b[at]) at++;
  const { payloadSize } = geometryOf(blockSize);
  const field = rangesOf[primary.block]!(blockSize).find(({ offset, length }) => at < offset + length);
  if (field === undefined) return { offset: payloadSize, length: trailerSize, path: 'trailer' };
  const { offset, length, name: path, type } = field;
  const valueIn = (block: Uint8Array): unknown =>
    type.get(new DataView(block.buffer, block.byteOffset, payloadSize), offset);
  return { offset, length, path, expected: valueIn(a), actual: valueIn(b) };
}

function reportGenerations(
  copy: readonly ContainerBlock[],
  name: 'primary' | 'mirror',
  blockSize: number,
  report: Report,
): void {
  const sealed = copy.filter(({ state }) => state === 'ok');
  const first = sealed[0];
  const other = sealed.find(({ generation }) => generation !== first?.generation);
  if (first === undefined || other === undefined) return;
  const each = sealed.map(({ block, generation }) => `${block}: ${generation}`).join(', ');
  report('generationsDiffer', `blocks of the ${name} copy carry different generations (${each})`, {
    block: other.block,
    offset: geometryOf(blockSize).payloadSize + 4,
    length: 4,
    path: 'trailer.generation',
    expected: first.generation,
    actual: other.generation,
  });
}
