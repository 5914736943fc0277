import { type AnyRegionPlugin, RegionPointer, sameBytes, slotFlags } from '@vde/format';
import type { Damage } from '../src/index.ts';
import type { GoldenImage, GoldenRegion, GoldenSlot } from './golden-images.ts';
import { writtenBlocks } from './golden-images.ts';

/** The kinds of `docs/damage.md`: damage that no rule of the format lets a check see. */
export type HarmlessKind =
  | 'oneBlock'
  | 'noNeighbours'
  | 'data'
  | 'logRewrite'
  | 'neverWritten'
  | 'exchanged'
  | 'lastBlock'
  | 'droppedEntry'
  | 'usedBlocks'
  | 'slotFlags'
  | 'reservedTail'
  | 'wormCapacity';

/** A part of a block: the payload, or a field of its trailer. */
export type BlockPart = 'payload' | 'tag' | 'generation' | 'checksum';

export function partOf(offset: number, blockSize: number): BlockPart {
  const inTrailer = offset - (blockSize - 16);
  if (inTrailer < 0) return 'payload';
  if (inTrailer < 4) return 'tag';
  return inTrailer < 8 ? 'generation' : 'checksum';
}

/** Types without a plugin of which a check knows that blocks of one write follow each other. */
const gapless = ['INTE', 'XREF', 'CLOG', 'CODE', 'SNAP', 'ALOG', 'TAGI'];
/** Structures of the container that no image is without; their payload behind what they hold is not looked at. */
const container = ['BMAP', 'INOD', 'MWAL', 'DWAL'];
/** Regions whose records have keys: a block that is there twice shows. */
const keyed = ['anonymization-table', 'compliance-vault'];

/**
 * Tells which damage of a golden image nobody can see, by the list of `docs/damage.md` and by nothing else: from the golden
 * file, the trailers of the bytes, and the names of the regions that have a plugin.
 */
export function harmlessDamage(golden: GoldenImage, bytes: Uint8Array, plugins: readonly AnyRegionPlugin[]) {
  const { blockSize } = golden;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const generation = (block: number): number => view.getUint32((block + 1) * blockSize - 12, true);
  const written = new Set(writtenBlocks(golden));
  const isWritten = (block: number): boolean => written.has(block);

  function ownerOf(block: number): GoldenSlot {
    const owners = golden.slots.filter(
      (slot) => block >= Number(slot.startBlock) && block < Number(slot.startBlock) + Number(slot.blockCount),
    );
    return owners.sort((a, b) => Number(a.blockCount) - Number(b.blockCount))[0]!;
  }

  /** The region that a plugin decodes, with the blocks of its one write. */
  function decodedRegion(slot: GoldenSlot): GoldenRegion | undefined {
    const region = golden.regions?.find(
      ({ startBlock }) => startBlock === Number(slot.startBlock) && slot.type !== 'DATA',
    );
    return plugins.some(({ id }) => id === region?.id) ? region : undefined;
  }

  /** A block of the ring in which a live entry stands: it carries the position. */
  function isLiveEntry({ id, summary }: GoldenRegion, relative: number): boolean {
    const position = relative - 1;
    return (
      id === 'streaming-append' && position >= Number(summary['readTail']) && position < Number(summary['writeHead'])
    );
  }

  /** Write-once data stand in the block, of which the log has the hash. */
  function isWormData(region: GoldenRegion, relative: number): boolean {
    if (region.id !== 'worm-immutable') return false;
    const { columns, rows } = region.tables['writes']!;
    const first = region.blockCount - Number(region.summary['totalCapacityBlocks']);
    return rows.some((cells) => Number(cells[columns.indexOf('blockIndex')]) === relative - first);
  }

  /** Both neighbours are data blocks of the region and agree; or count up, where no plugin says that they do not. */
  function hasAgreeingNeighbours(block: number, slot: GoldenSlot, region: GoldenRegion | undefined): boolean {
    const [before, after] = [block - 1, block + 1];
    if (
      before < Number(slot.startBlock) + (region?.codecBlocks ?? 0) ||
      !isWritten(before) ||
      !isWritten(after) ||
      ownerOf(after).index !== slot.index
    )
      return false;
    return generation(before) === generation(after) || (!region && generation(after) - generation(before) === 2);
  }

  /** Why another generation of a block cannot be told from the right one. */
  function generationKind(block: number, changed: number): HarmlessKind | undefined {
    if (block < 10) return undefined;
    const slot = ownerOf(block);
    const relative = block - Number(slot.startBlock);
    if (slot.type === 'DATA') return 'data';
    if (slot.type === 'MWAL') {
      const sequenceEnd = view.getUint32(block * blockSize + 14, true);
      return changed === sequenceEnd || changed === 1 ? 'logRewrite' : undefined;
    }
    const region = decodedRegion(slot);
    if (region !== undefined && relative < region.codecBlocks) return region.codecBlocks > 1 ? undefined : 'oneBlock';
    if (region !== undefined && isLiveEntry(region, relative)) return undefined;
    if (!isWritten(block - 1) && !isWritten(block + 1)) return 'oneBlock';
    return hasAgreeingNeighbours(block, slot, region) ? undefined : 'noNeighbours';
  }

  /** The bytes of a dictionary change, of which its entry has the hash. */
  function hitsDictionary({ patches }: Damage): boolean {
    const region = golden.regions?.find(({ id }) => id === 'compression-dictionary');
    const { columns, rows } = region!.tables['dictionaries']!;
    const cell = (row: (typeof rows)[number], name: string) => Number(row[columns.indexOf(name)]);
    return patches.some(({ offset, before, after }) => {
      const block = Math.floor(offset / blockSize);
      const row = rows.find((cells) => {
        const first = cell(cells, 'blockOffset');
        return block >= first && block < first + cell(cells, 'blockCount');
      });
      if (row === undefined) return false;
      const payload = blockSize - 16;
      const skipped = (block - cell(row, 'blockOffset')) * payload;
      const length = Math.max(0, Math.min(payload, cell(row, 'dictionarySizeBytes') - skipped));
      return !sameBytes(before.subarray(0, length), after.subarray(0, length));
    });
  }

  /** A data block that no state of its region refers to. */
  function isDropped(block: number): boolean {
    const slot = ownerOf(block);
    const region = decodedRegion(slot);
    const relative = block - Number(slot.startBlock);
    const isAnchored = region?.id === 'streaming-append' || region?.id === 'worm-immutable';
    if (!region || !isAnchored || relative < region.codecBlocks) return false;
    return !isLiveEntry(region, relative) && !isWormData(region, relative);
  }

  function changedByte({ block, range, patches }: Damage): HarmlessKind | undefined {
    if (block >= 10 && isDropped(block)) return 'droppedEntry';
    const at = range.offset - block * blockSize;
    if (partOf(at, blockSize) !== 'generation') return undefined;
    const changed = new DataView(new ArrayBuffer(4));
    changed.setUint32(0, generation(block), true);
    changed.setUint8(at - (blockSize - 12), patches[0]!.after[0]!);
    return generationKind(block, changed.getUint32(0, true));
  }

  function zeroedBlock(damage: Damage): HarmlessKind | undefined {
    const { block } = damage;
    if (block < 10) return undefined;
    const slot = ownerOf(block);
    const start = Number(slot.startBlock);
    if (slot.type === 'DATA') return hitsDictionary(damage) ? undefined : 'data';
    if (container.includes(slot.type)) return slot.type === 'DWAL' ? 'neverWritten' : undefined;
    const region = decodedRegion(slot);
    const relative = block - start;
    if (relative === 0) return isWritten(block + 1) && ownerOf(block + 1) === slot ? undefined : 'neverWritten';
    if (region === undefined) {
      const isInside = isWritten(block + 1) && ownerOf(block + 1) === slot;
      return gapless.includes(slot.type) && isInside ? undefined : 'lastBlock';
    }
    if (relative < region.codecBlocks) return undefined;
    return isLiveEntry(region, relative) || isWormData(region, relative) ? undefined : 'droppedEntry';
  }

  /** Blocks of one write in others' places: packed full, they are lists in another order, or with records twice. */
  function movedBlocks(damage: Damage, isCopy: boolean): HarmlessKind | undefined {
    const { block, other } = damage;
    if (block < 10) return undefined;
    const slot = ownerOf(block);
    if (slot.type === 'DATA') return hitsDictionary(damage) ? undefined : 'data';
    if (container.includes(slot.type)) return undefined;
    const region = decodedRegion(slot);
    const relatives = [block, other!].map((place) => place - Number(slot.startBlock));
    if (region === undefined) {
      if (isWritten(block) && isWritten(other!)) return 'exchanged';
      return relatives.includes(0) || gapless.includes(slot.type) ? undefined : 'lastBlock';
    }
    const isFull = (relative: number) => relative > 0 && relative < region.codecBlocks - 1;
    // A copy puts its bytes where full records stood, and any bytes are records where nothing is a key.
    if (isCopy && isFull(relatives[0]!)) return keyed.includes(region.id) ? undefined : 'exchanged';
    if (relatives.every(isFull)) return 'exchanged';
    const isBehind = (relative: number) =>
      relative >= region.codecBlocks && !isLiveEntry(region, relative) && !isWormData(region, relative);
    const struck = isCopy ? relatives.slice(0, 1) : relatives;
    return struck.every(isBehind) ? 'droppedEntry' : undefined;
  }

  function olderBlock(damage: Damage): HarmlessKind | undefined {
    const { block, patches } = damage;
    if (block >= 10 && isDropped(block)) return 'droppedEntry';
    const slot = ownerOf(block);
    if (slot.type === 'DATA' && hitsDictionary(damage)) return undefined;
    const { after } = patches[0]!;
    const changed = new DataView(after.buffer, after.byteOffset).getUint32(blockSize - 12, true);
    const region = decodedRegion(slot);
    const relative = block - Number(slot.startBlock);
    // What stands behind the records of a decoded region must be zero, and so must what follows the inode layout.
    const isDecoded = slot.type === 'INOD' || (region !== undefined && relative < region.codecBlocks);
    // In the header of a ring it is only noted.
    if (isDecoded && region?.id !== 'streaming-append') return undefined;
    // Write-once data have a hash, and nothing behind them.
    if (region && isWormData(region, relative)) return undefined;
    return generationKind(block, changed);
  }

  function changedSlot({ patches }: Damage): HarmlessKind | undefined {
    const blocks = patches.map(({ offset }) => offset / blockSize);
    if (![1, 5, 8].every((block) => blocks.includes(block))) return undefined;
    const { before, after } = slotsOf(patches.find(({ offset }) => offset === 8 * blockSize)!);
    const index = after.findIndex((pointer, i) =>
      Object.entries(pointer).some(([k, v]) => v !== before[i]![k as 'flags']),
    );
    const [was, is] = [before[index]!, after[index]!];
    if (was.usedBlocks !== is.usedBlocks)
      return is.usedBlocks >= 0n && is.usedBlocks <= is.blockCount ? 'usedBlocks' : undefined;
    const flags = was.flags ^ is.flags;
    if (flags !== 0) {
      const isAsked = flags === slotFlags.active || (flags === slotFlags.worm && was.regionTypeId === 'WORM');
      return isAsked ? undefined : 'slotFlags';
    }
    if (is.blockCount < 0n || is.blockCount >= was.blockCount) return undefined;
    if (was.regionTypeId === 'WORM') return 'wormCapacity';
    if (['SUPB', 'RMAP', 'BMAP', 'STRE'].includes(was.regionTypeId)) return undefined;
    const [from, to] = [Number(was.startBlock + is.blockCount), Number(was.startBlock + was.blockCount)];
    const isLost = (block: number) => block >= from && block < to && ownerOf(block).index === index;
    return [...written].some(isLost) ? undefined : 'reservedTail';
  }

  const slotsOf = ({ before, after }: Damage['patches'][number]) => ({
    before: slotList(before),
    after: slotList(after),
  });

  return function harmlessKind(damage: Damage): HarmlessKind | undefined {
    switch (damage.kind) {
      case 'bit':
      case 'byte':
        return changedByte(damage);
      case 'zero':
        return zeroedBlock(damage);
      case 'swap':
        return movedBlocks(damage, false);
      case 'stale':
        return damage.other === undefined ? olderBlock(damage) : movedBlocks(damage, true);
      case 'truncate':
        return undefined;
      case 'slot':
        return changedSlot(damage);
    }
  };
}

/** The slots in a block of the directory or of the pointer table. */
export function slotList(block: Uint8Array): RegionPointer[] {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  return Array.from({ length: 127 }, (_, i) => RegionPointer.get(view, i * RegionPointer.size));
}
