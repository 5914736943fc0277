import { bytes, enumeration, flags, guid, i32, type Infer, pad, record, ticks, u16 } from '@vde/format';

/** Header of block 0 (3.1). */
export const Header = /* @__PURE__ */ record('AnonymizationHeader', {
  mappingCount: i32,
  reserved: /* @__PURE__ */ pad(12),
});
export type Header = Infer<typeof Header>;

/** Bits of `flags` (3.2). */
export const activeFlag = 1;
export const erasedFlag = 2;

/** One mapping (3.2). Hash and token are zero once the subject is erased. */
export const Mapping = /* @__PURE__ */ record('Mapping', {
  mappingId: guid,
  subjectId: guid,
  piiType: /* @__PURE__ */ enumeration(u16, ['name', 'email', 'phone', 'ssn', 'address', 'dateOfBirth', 'ip', 'custom']),
  piiHash: /* @__PURE__ */ bytes(32),
  anonymizedToken: /* @__PURE__ */ bytes(32),
  createdUtcTicks: ticks,
  flags: /* @__PURE__ */ flags(u16, ['active', 'erased']),
});
export type Mapping = Infer<typeof Mapping>;
