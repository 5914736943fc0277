import { blockStatus, verifyBlocks } from '@vde/format';
import type { DiskImage } from '@vde/image';
import { headFindings } from '../check/head.ts';
import { placeFinding } from '../findings.ts';
import type { BlockPairing, DifferentBlock } from './blocks.ts';
import type { DiffCall, Side } from './model.ts';
import type { BothRegions } from './pairs.ts';

/** Passes on the errors that opening an image found. */
export function reportHead({ options }: DiffCall, side: Side, image: DiskImage): void {
  for (const finding of headFindings(image))
    if (finding.severity === 'error') options.onFinding?.(side, placeFinding(image, finding));
}

/** Passes on that a block of a region, which must be sealed, does not match its checksum on one side. */
export function reportBroken(call: DiffCall, both: BothRegions, pairing: BlockPairing, block: DifferentBlock): void {
  const { index, blockA, blockB } = block;
  if (isBroken(blockA)) report(call, 'a', both, pairing.startA + index);
  if (isBroken(blockB)) report(call, 'b', both, pairing.startB + index);
}

const intact: readonly number[] = [blockStatus.ok, blockStatus.formattedEmpty, blockStatus.hole];
const status = /* @__PURE__ */ new Uint8Array(1);

function isBroken(block: Uint8Array): boolean {
  verifyBlocks(block, block.length, status);
  return !intact.includes(status[0]!);
}

function report(call: DiffCall, side: Side, both: BothRegions, block: number): void {
  const { slot, id } = both[side];
  const { blockSize } = call[side];
  const message = `block ${block} (slot ${slot.index}, ${slot.name}) does not match its checksum`;
  const place = { block: block - slot.startBlock, offset: 0, length: blockSize };
  const finding = { code: 'badTrailer', severity: 'error', message, ...place } as const;
  call.options.onFinding?.(side, placeFinding(call[side], finding, { slot, id }));
}
