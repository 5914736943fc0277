import { bytes, enumeration, flags, guid, type Infer, i32, pad, record, ticks, u16 } from '@vde/format';

/** Header of block 0 (3.1). */
export const AnonymizationTableHeader = /* @__PURE__ */ record('AnonymizationTableHeader', {
  mappingCount: i32,
  reserved: /* @__PURE__ */ pad(12),
});
export type AnonymizationTableHeader = Infer<typeof AnonymizationTableHeader>;

/** Bits of `flags` (3.2). Unknown bits are kept. */
export const mappingFlags = { active: 0x01, erased: 0x02 } as const;

/** One mapping (3.2). Hash and token are zero once the subject is erased. */
export const Mapping = /* @__PURE__ */ record('Mapping', {
  mappingId: guid,
  subjectId: guid,
  piiType: /* @__PURE__ */ enumeration(u16, [
    'name',
    'email',
    'phone',
    'ssn',
    'address',
    'dateOfBirth',
    'ip',
    'custom',
  ]),
  piiHash: /* @__PURE__ */ bytes(32),
  anonymizedToken: /* @__PURE__ */ bytes(32),
  createdUtcTicks: ticks,
  flags: /* @__PURE__ */ flags(u16, /* @__PURE__ */ Object.keys(mappingFlags)),
});
export type Mapping = Infer<typeof Mapping>;

/** Whether a mapping is erased: bit 1 of its flags, whatever the other bits and bytes say. */
export function isErased({ flags }: Pick<Mapping, 'flags'>): boolean {
  return (flags & mappingFlags.erased) !== 0;
}

/** Whether a mapping is active: bit 0 set and not erased. With flags 0 it is neither active nor erased. */
export function isActive({ flags }: Pick<Mapping, 'flags'>): boolean {
  return (flags & (mappingFlags.active | mappingFlags.erased)) === mappingFlags.active;
}
