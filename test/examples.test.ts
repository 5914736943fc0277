import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';

/** What each example of a README exports. An example without a line here fails, and so does a line without an example. */
const expected: Readonly<Record<string, object>> = {
  'crypto/examples/sign.ts': { genuine: true },
  'format/examples/define-region.ts': { codes: ['badTrailer', 'belowZero'] },
  'image/examples/create.ts': {
    types: ['SUPB', 'SUPB', 'RMAP', 'POLV', 'ENCR', 'BMAP', 'INOD', 'MWAL', 'DICT', 'MTRK', 'SNAP', 'DATA'],
  },
  'image/examples/edit.ts': { refused: 'noSpace', syncs: 4 },
  'image/examples/open.ts': { counts: { sealed: 183, holes: 2817, others: 0 } },
  'inspect/examples/check.ts': { result: { intact: 'clean', damaged: 'lost', errors: ['badTrailer'] } },
  'region-anonymization-table/examples/count.ts': {
    summary: [
      ['mappingCount', 42],
      ['activeCount', 37],
      ['erasedCount', 5],
      ['subjectCount', 11],
      ['erasedSubjectCount', 1],
      ['partiallyErasedSubjectCount', 0],
    ],
  },
  'region-anonymization-table/examples/erase.ts': {
    result: { index: 2, erasedCount: 2, residues: [4, 0], active: 1 },
  },
  'region-compression-dictionary/examples/load.ts': { result: { layout: 'trailered', blocks: 1, free: 2468n } },
  'region-compliance-vault/examples/verify.ts': { unsigned: 9, mineIs: 'valid' },
  'region-metrics-log/examples/read.ts': { result: { samples: 271, raw: 38 } },
  'region-metrics-log/examples/record.ts': { result: { samples: 314, averages: 3, raw: 200 } },
  'region-streaming-append/examples/append.ts': { result: { read: 36, block: 38, header: 4096, left: 27n } },
  'region-worm-immutable/examples/append.ts': { refused: ['wormViolation', 'retentionShortened'], writes: 1 },
  'regions/examples/all-regions.ts': {
    counts: ['passports: 25', 'dictionaries: 6', 'mappings: 500', 'samples: 3000', 'writes: 40'],
  },
  'testing/examples/crash.ts': {
    seen: new Set([0, 7]),
    failed: new Set(['readFailed', 'writeFailed', 'outcomeUnknown']),
  },
  // Its tests run with these.
  'testing/examples/test-region.ts': {},
};

const packages = new URL('../packages/', import.meta.url);
const examples = readdirSync(packages)
  .map((name) => `${name}/examples/`)
  .filter((folder) => existsSync(new URL(folder, packages)))
  .flatMap((folder) => readdirSync(new URL(folder, packages)).map((file) => folder + file));

// Imported while tests are collected, because the example of @vde/testing registers tests.
const modules = new Map<string, object>();
vi.spyOn(console, 'log').mockImplementation(() => undefined);
for (const example of examples) modules.set(example, await import(new URL(example, packages).href));
vi.restoreAllMocks();

describe('the examples of the READMEs', () => {
  it('are the expected ones', () => expect(examples.toSorted()).toEqual(Object.keys(expected).toSorted()));

  it.each(examples)('%s exports what it says', (example) => {
    expect({ ...modules.get(example) }).toMatchObject(expected[example] ?? {});
  });
});
