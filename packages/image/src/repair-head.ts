import {
  type ContainerBlock,
  checkSuperblock,
  decodeSuperblock,
  directoryStartBlock,
  encodeRegionPointerTable,
  groupBlockCount,
  groupGeneration,
  groupTags,
  sameBytes,
  stringToTag,
  trailerSize,
  writeTrailer,
} from '@vde/format';
import type { DeviceSpace } from './commit.ts';
import { type FoundHead, hasNewerTable, headBlockCount, intactCopy, readHead } from './read-head.ts';
import { directoryFor, recoverHead } from './recover.ts';

/** Something that a repair puts right. */
export interface RepairStep {
  /** What kind of repair it is, for programs. */
  readonly code: string;
  /** The blocks that are written. */
  readonly blocks: readonly number[];
  /** The same in words. */
  readonly what: string;
}

const pointerTableBlock = 1;

/** What a block of the primary group is written again from. */
type Source = 'mirror' | 'payload' | 'directory';

/**
 * Repairs blocks 0-9 in an order that keeps what a reader sees. Where neither copy of the group is complete the primary is, block by block
 * from the mirror, before the mirror changes; where a structure is lost, only damaged blocks are written. @internal
 */
export async function repairHead(space: DeviceSpace): Promise<RepairStep[]> {
  const found = await readHead(space);
  const isSure = intactCopy(found) !== undefined && !hasNewerTable(found, space);
  const sources = isSure ? new Map<number, Source>() : await mendPrimary(space, found);
  const mended = isSure ? found : await readHead(space);
  if (intactCopy(mended) === undefined) await mendRest(space, mended);
  else await recoverHead(space);
  return stepsOf(found, await readHead(space), sources, space.blockSize);
}

/** Gives every damaged block of the primary group what a reader takes for it, as far as there is something. */
async function mendPrimary(space: DeviceSpace, found: FoundHead): Promise<Map<number, Source>> {
  const sources = new Map<number, Source>();
  for (let block = 0; block < groupBlockCount; block++) {
    const source = sourceOf(space, found, block);
    if (source === undefined) continue;
    sources.set(block, source);
    if (source === 'mirror') await write(space, block, found.group.blocks[block + groupBlockCount]!.bytes);
    else if (source === 'payload') await seal(space, block, sealed(found, block, space.blockSize));
    else await writeTable(space, found);
  }
  await space.source.sync();
  return sources;
}

function sourceOf({ blockSize }: DeviceSpace, found: FoundHead, block: number): Source | undefined {
  const { blocks } = found.group;
  const primary = blocks[block]!;
  if (primary.state === 'ok') return undefined;
  const isTable = block === pointerTableBlock;
  if (isTable && hasNewerTable(found, { blockSize })) return 'payload';
  if (blocks[block + groupBlockCount]!.state === 'ok') return 'mirror';
  if (isTable && found.directory.slotsUsable) return 'directory';
  return primary.state === 'unsealed' && isPlausible(primary, blockSize) ? 'payload' : undefined;
}

/** A superblock tells whether it is one, other payloads do not. */
function isPlausible({ block, bytes }: ContainerBlock, blockSize: number): boolean {
  return block !== 0 || !checkSuperblock(decodeSuperblock(bytes, blockSize), { blockSize }).refused;
}

function sealed(found: FoundHead, block: number, blockSize: number): Uint8Array {
  const bytes = found.group.blocks[block]!.bytes.slice();
  writeTrailer(bytes, blockSize, stringToTag(groupTags[block]!), generationOf(found));
  return bytes;
}

/** The trailer alone: the payload stays as it stands. */
async function seal(space: DeviceSpace, block: number, bytes: Uint8Array): Promise<void> {
  const { source, base, blockSize } = space;
  const payloadSize = blockSize - trailerSize;
  await source.write(base + block * blockSize + payloadSize, bytes.subarray(payloadSize));
}

/** The pointer table from the directory. Without its trailer a part of it would count: the trailer is written first. */
async function writeTable(space: DeviceSpace, found: FoundHead): Promise<void> {
  const { slots } = found.directory.directory!;
  const bytes = encodeRegionPointerTable({ slots }, space.blockSize);
  writeTrailer(bytes, space.blockSize, stringToTag(groupTags[pointerTableBlock]), generationOf(found));
  await seal(space, pointerTableBlock, bytes);
  await space.source.sync();
  await write(space, pointerTableBlock, bytes);
}

/** The generation of the group as far as it is known. */
function generationOf({ group: { parts, sources }, directory }: FoundHead): number {
  if (parts.superblock !== undefined) return groupGeneration(parts.superblock);
  const known = sources.find((source) => source?.state === 'ok') ?? directory.blocks[0]!;
  return known.state === 'ok' ? known.generation : 1;
}

/**
 * Mirror and directory of a group that is not whole: what is intact stays for a salvage. The file gets no longer: a block that its end
 * cuts would look like one without a trailer.
 */
async function mendRest(space: DeviceSpace, found: FoundHead): Promise<void> {
  const { blockSize, source } = space;
  const { blocks, parts } = found.group;
  const end = found.bytes.length / blockSize;
  for (const { block, state, bytes } of blocks.slice(0, groupBlockCount)) {
    const mirror = block + groupBlockCount;
    if (state === 'ok' && blocks[mirror]!.state !== 'ok' && mirror < end) await write(space, mirror, bytes);
  }
  const { directory, slotsUsable } = found.directory;
  const slots = slotsUsable ? directory!.slots : parts.regionPointers?.slots;
  if (slots !== undefined && end >= headBlockCount)
    await write(space, directoryStartBlock, directoryFor(slots, generationOf(found), found.directory, blockSize));
  await source.sync();
}

const write = ({ source, base, blockSize }: DeviceSpace, block: number, bytes: Uint8Array): Promise<void> =>
  source.write(base + block * blockSize, bytes);

const blocksOf = ({ bytes }: FoundHead, first: number, end: number, blockSize: number): Uint8Array =>
  bytes.subarray(first * blockSize, end * blockSize);

/** The steps by what has changed. */
function stepsOf(
  before: FoundHead,
  after: FoundHead,
  sources: ReadonlyMap<number, Source>,
  blockSize: number,
): RepairStep[] {
  const changed = Array.from({ length: headBlockCount }, (_, block) => block).filter(
    (block) => !sameBytes(blocksOf(before, block, block + 1, blockSize), blocksOf(after, block, block + 1, blockSize)),
  );
  const primary = changed.filter((block) => block < groupBlockCount);
  const madeOf = (source: Source) => primary.filter((block) => (sources.get(block) ?? 'mirror') === source);
  const mirror = changed.filter((block) => block >= groupBlockCount && block < directoryStartBlock);
  const directory = changed.filter((block) => block >= directoryStartBlock);
  const steps: RepairStep[] = [
    step('primaryRestored', madeOf('mirror'), 'written again from the mirror'),
    step('blockSealed', madeOf('payload'), 'sealed over the payload that stands there'),
    step('pointerTableRebuilt', madeOf('directory'), 'written again: the pointer table, from the directory'),
    step('mirrorRestored', mirror, 'written again from the primary superblocks'),
    step('directoryRebuilt', directory, 'written again: the directory, from the pointer table'),
  ];
  return steps.filter(({ blocks }) => blocks.length > 0);
}

function step(code: string, blocks: readonly number[], done: string): RepairStep {
  const last = blocks.at(-1);
  const numbers = blocks.length < 2 ? `${last}` : `${blocks.slice(0, -1).join(', ')} and ${last}`;
  return { code, blocks, what: `${blocks.length < 2 ? `block ${numbers} is` : `blocks ${numbers} are`} ${done}` };
}
