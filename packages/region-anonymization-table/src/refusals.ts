import { VdeError } from '@vde/format';
import { mappingFields } from './packed-mapping.ts';
import type { Mapping } from './records.ts';

/** @throws TypeError or RangeError unless the value is 32 bytes. */
export function checkSecret(name: 'piiHash' | 'anonymizedToken', value: unknown): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`Mapping.${name}: expected a Uint8Array`);
  const { size } = mappingFields[name].type;
  if (value.length !== size) throw new RangeError(`Mapping.${name}: expected ${size} bytes, got ${value.length}`);
}

/** A mapping that is flagged erased and holds bytes. */
export function notScrubbed({ mappingId }: Mapping): VdeError {
  const message = `mapping ${mappingId} is flagged erased, but its hash or token is not zero`;
  return new VdeError('erasedButNotScrubbed', message, { details: { path: 'flags' } });
}

/** A mapping whose id is in use. The conflict is named by its fields; that they are none means the same mapping once more. */
export function duplicate({ mappingId }: Mapping, index: number, differing: readonly string[]): VdeError {
  const message = `mapping ${mappingId} is in the table already, at index ${index}, ${conflict(differing)}`;
  return new VdeError('duplicateKey', message, { details: { mappingId, index, differing } });
}

/** How two mappings of one id compare, in words. */
export function conflict(differing: readonly string[]): string {
  return differing.length === 0 ? 'with the same content' : `with another ${differing.join(', ')}`;
}

/** A mapping of a subject that was erased before. */
export function previouslyErased({ subjectId }: Mapping): VdeError {
  const message = `subject ${subjectId} was erased before`;
  return new VdeError('subjectPreviouslyErased', message, { details: { subjectId } });
}
