import { type RegionVerb, textArgument } from '@vde/format';
import type { AnonymizationTable } from './anonymization-table.ts';
import { wipeNeedles } from './needles.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Editing commands of the table. */
export const anonymizationCommands: Readonly<Record<string, RegionVerb<AnonymizationTable>>> = {
  'erase-subject': {
    summary: 'zero all hashes and tokens of a subject',
    args: {
      'subject-id': { summary: 'id of the subject', required: true, example: '00112233-4455-6677-8899-aabbccddeeff' },
    },
    run(table, args) {
      const subjectId = textArgument(args, 'subject-id', guid, 'a GUID');
      // A mistyped id must not look like an erasure.
      if (table.subjectStatus(subjectId) === 'unknown')
        throw new RangeError(`subject-id "${subjectId}" is not in the table`);
      const state = table.clone();
      wipeNeedles(state.eraseSubject(subjectId).needles);
      return { state };
    },
  },
  'purge-erased': {
    summary: 'take erased mappings out of the table; nothing tells afterwards that they were there',
    args: {},
    run(table) {
      const state = table.clone();
      wipeNeedles(state.purgeErased().needles);
      return { state };
    },
  },
};
