import type { CommandSpec } from './command-spec.ts';

/** Commands that put an image right, and take that back. */
export const repairCommands: readonly CommandSpec[] = [
  {
    name: 'repair',
    summary: 'show how to put superblocks, directory and allocation bitmap right, byte by byte; with --apply do it',
    about:
      'Damaged superblock blocks are written again from their copy, a pointer table that is lost in both from the directory, the directory from the pointer table, the allocation bitmap from the slots and what the data region holds; an interrupted commit is finished or rolled back, as vde recover does. A reader sees the same before, meanwhile and after. What --apply replaces is kept in the undo file, which is on the disk before the first byte changes. The image is locked meanwhile by a file beside it, IMAGE.lock.',
    args: [{ name: 'IMAGE', summary: 'path of a DWVD v2 image; without --apply also a URL' }],
    options: [
      { flags: '--apply', summary: 'repair the image; without it nothing is written' },
      { flags: '--undo <FILE>', summary: 'where to keep what is replaced; IMAGE.undo unless given' },
      { flags: '--force', summary: 'replace the undo file if it exists' },
    ],
    takes: 'image',
    exits: [0, 2, 3, 75, 77],
    examples: [
      ['vde repair a.dwvd', 'can it be repaired, and how?'],
      ['vde repair a.dwvd -f json', 'every byte that would change'],
      ['vde repair a.dwvd --apply', 'do it; a.dwvd.undo takes it back'],
    ],
    load: () => import('./run-repair.ts'),
  },
  {
    name: 'undo',
    summary: 'take a repair back, also one that was cut off',
    about:
      'Where the repair wrote, the image must hold what stood there before or what the repair wrote, sector by sector; else nothing is written. It may be cut off and repeated. The image is locked meanwhile by a file beside it, IMAGE.lock.',
    args: [
      { name: 'IMAGE', summary: 'path of the image that was repaired' },
      { name: 'UNDOFILE', summary: 'the file that the repair left, such as IMAGE.undo' },
    ],
    options: [],
    takes: 'edit',
    exits: [0, 75, 77],
    examples: [['vde undo a.dwvd a.dwvd.undo', 'the image is as it was before vde repair --apply']],
    load: () => import('./run-undo.ts'),
  },
];
