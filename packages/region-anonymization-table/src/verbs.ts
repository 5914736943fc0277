import type { RegionVerb } from '@vde/format';
import type { AnonymizationTable } from './anonymization-table.ts';
import { wipeNeedles } from './needles.ts';

/** Editing commands of the table. Each works on a copy. */
export const anonymizationCommands: Readonly<Record<string, RegionVerb<AnonymizationTable>>> = {
  'erase-subject': {
    summary: 'zero all hashes and tokens of a subject',
    args: { 'subject-id': { summary: 'id of the subject', required: true } },
    run(table, { 'subject-id': subjectId = '' }) {
      // A mistyped id must not look like an erasure.
      if (table.subjectStatus(subjectId) === 'unknown')
        throw new RangeError(`subject ${subjectId} is not in the table`);
      const next = table.clone();
      wipeNeedles(next.eraseSubject(subjectId).needles);
      return next;
    },
  },
  'purge-erased': {
    summary: 'take erased mappings out of the table; nothing tells afterwards that they were there',
    args: {},
    run(table) {
      const next = table.clone();
      wipeNeedles(next.purgeErased().needles);
      return next;
    },
  },
};
