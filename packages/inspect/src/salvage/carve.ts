/** What a block tagged MTRK is by the shape of its header. Metrics logs are told by their plugin. */
export type TreeShape = 'integrityTree' | 'objectTree';

/**
 * Tells the trees that share the tag MTRK apart (page region-integrity-tree, section 2): the region begins with its number of leaves and the next
 * power of two; the tree of a single object has an inode number in front of the two, and is no region.
 */
export function treeShapeOf(payload: DataView): TreeShape | undefined {
  if (hasLeaves(payload, 0)) return 'integrityTree';
  return hasLeaves(payload, 8) ? 'objectTree' : undefined;
}

function hasLeaves(payload: DataView, offset: number): boolean {
  const leafCount = payload.getInt32(offset, true);
  const capacity = payload.getInt32(offset + 4, true);
  return leafCount >= 1 && capacity === nextPowerOfTwo(leafCount);
}

/** 0 where no i32 is large enough. */
const nextPowerOfTwo = (value: number): number => (value > 1 << 30 ? 0 : 1 << (32 - Math.clz32(value - 1)));
