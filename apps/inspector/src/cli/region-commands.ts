import type { ArgSpec, CommandSpec } from './command-spec.ts';
import { editExits, imageToEdit, slotEditOptions } from './edit-options.ts';

const group = 'add, move and remove regions of an image';
const about =
  'All of the change is made, or nothing of it. The image is locked meanwhile by a file beside it, IMAGE.lock.';
const target: ArgSpec = {
  name: 'SLOT|TYPE',
  summary: 'slot number, or slot type or region id of the only such region',
};

/** Commands that change which regions an image has. */
export const regionCommands: readonly CommandSpec[] = [
  {
    name: 'region add',
    group,
    summary: 'add an empty region in the lowest free slot',
    about: `TYPE is a slot type or region id. blocks=N reserves so many blocks; vde plugins -f json lists the other options of a type. ${about}`,
    args: [
      imageToEdit,
      { name: 'TYPE[=OPTS]', summary: 'such as metrics-log, or WORM=blocks=256,totalCapacityBlocks=200' },
    ],
    options: slotEditOptions,
    takes: 'edit',
    exits: editExits,
    examples: [
      ['vde region add a.dwvd compliance-vault', 'of the usual size'],
      ['vde region add a.dwvd WORM=blocks=256,totalCapacityBlocks=200', 'of 256 blocks, 200 of them for data'],
    ],
    load: async () => ({ run: (await import('./run-region.ts')).addRegion }),
  },
  {
    name: 'region move',
    group,
    summary: 'move a region to other blocks, byte for byte, or give it another size',
    about,
    args: [imageToEdit, target],
    options: [
      { flags: '--blocks <N>', summary: 'blocks to reserve for it; as many as now where nothing is said' },
      ...slotEditOptions,
    ],
    takes: 'edit',
    exits: editExits,
    examples: [['vde region move a.dwvd metrics-log --blocks 128', 'room for more samples']],
    load: async () => ({ run: (await import('./run-region.ts')).moveRegion }),
  },
  {
    name: 'region remove',
    group,
    summary: 'remove a region with all that is in it, and free its blocks',
    about,
    args: [imageToEdit, target],
    options: slotEditOptions,
    takes: 'edit',
    exits: editExits,
    examples: [['vde region remove a.dwvd SNAP', 'the snapshots are gone']],
    load: async () => ({ run: (await import('./run-region.ts')).removeRegion }),
  },
];
