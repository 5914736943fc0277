import type { ArgSpec, CommandSpec } from './command-spec.ts';
import type { OptionSpec } from './options.ts';

/** The image of a command that edits it. */
export const imageToEdit: ArgSpec = { name: 'IMAGE', summary: 'path of a DWVD v2 image' };

const edits: readonly OptionSpec[] = [
  {
    flags: '--seal-key <FILE>',
    summary: 'the key of the header seal, to seal the header again; without it a seal is cleared',
  },
  { flags: '--now <TIME>', summary: 'time of the edit, such as 2026-01-31T08:30:00Z; now where nothing is said' },
];

/** Options of commands that change the slots of an image. */
export const slotEditOptions: readonly OptionSpec[] = edits;

/** Options of commands that edit a region. */
export const editOptions: readonly OptionSpec[] = [
  { flags: '--slot <N>', summary: 'the region in this slot; the first of its kind where nothing is said' },
  { flags: '--accept-loss', summary: 'also edit a damaged region; what could not be read of it is lost' },
  ...edits,
];

export const editExits: CommandSpec['exits'] = [0, 3, 75, 77];
