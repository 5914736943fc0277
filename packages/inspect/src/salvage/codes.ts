import type { CodeRegistry } from '@vde/format';

/** Codes of what salvaging an image finds, besides those of checks. */
export const salvageCodes = {
  containerLost: {
    severity: 'error',
    explain:
      'Neither copy of a structure of the container can be used. Superblock: a rebuilt image gets a new identity, and what blocks elsewhere do not tell (label, cluster, sizes of policies, timestamps) is zero. Extended metadata or integrity anchor: theirs is zero.',
  },
  slotsLost: {
    severity: 'warning',
    explain:
      'Neither the directory nor a copy of the pointer table can be used. The regions were found by their blocks; each says how sure that is.',
  },
  headerLost: {
    severity: 'error',
    explain:
      'The first block of a region is damaged or missing; later blocks of it, or the room that the layout has for it, were found. Its records cannot be located without that block, but the blocks are all in the rebuilt image.',
  },
  regionInferred: {
    severity: 'warning',
    explain:
      'Nothing was found of this region: never written regions leave no trace. The layout that creators follow has room for exactly this one between two others, so the rebuilt directory lists it there.',
  },
  unknownRoom: {
    severity: 'warning',
    explain:
      'Between two regions there is room for more of them, and nothing tells of which types. The rebuilt directory lists none there; the blocks are kept as they are.',
  },
  regionLeftOut: {
    severity: 'notice',
    explain:
      'Blocks that look like a region are not listed in the rebuilt directory: an older copy in free space, a block that stands in the midst of another region, or an image inside the image. They are kept where they are.',
  },
  strayBlock: {
    severity: 'warning',
    explain:
      'A block of one region stands inside another: blocks were moved or swapped. It is kept where it is; nothing tells where it belongs.',
  },
  stampDropped: {
    severity: 'warning',
    explain:
      'The header seal or the metadata chain hash covers blocks that a rebuilt image writes anew. It cannot hold for them, so it is zero there: not stamped. Stamp the image again once its contents were looked at.',
  },
  tooFragmented: {
    severity: 'warning',
    explain:
      'The file holds more runs of tagged blocks, or more that look like regions, than any image has. What lies behind the named block was not looked at, or is not told one by one.',
  },
} as const satisfies CodeRegistry;
