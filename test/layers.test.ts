import { describe, expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { layerFaults } from '../scripts/layers.mjs';

const faults = (file: string, source: string): string[] => layerFaults(file, source);

describe('the layer check', () => {
  it.each([
    ['packages/format/src/a.ts', "import { sha256 } from '@vde/crypto';", 'must not import "@vde/crypto"'],
    [
      'packages/region-worm-immutable/src/a.ts',
      "import { openImage } from '@vde/image';",
      'must not import "@vde/image"',
    ],
    ['packages/region-a/src/a.ts', "export { b } from '@vde/region-b';", 'must not import "@vde/region-b"'],
    ['packages/image/src/a.ts', "import { allRegions } from '@vde/regions';", 'must not import "@vde/regions"'],
    ['packages/image/src/a.ts', "import { open } from 'node:fs/promises';", 'belongs to Node'],
    ['packages/inspect/src/a.ts', "import type { X } from '../../format/src/x.ts';", 'leaves its package'],
    ['packages/inspect/src/a.ts', "const m = await import('@vde/testing');", 'must not import "@vde/testing"'],
    ['packages/format/src/a.ts', 'const b = Buffer.from([]);', '"Buffer" is not there everywhere'],
    ['packages/image/src/a.ts', 'const t = document.title;', '"document" is not there everywhere'],
    ['packages/nobody/src/a.ts', '', 'no arrows are declared'],
  ])('%s: %s', (file, source, expected) => {
    expect(faults(file, source).join('\n')).toContain(expected);
  });

  it.each([
    ['packages/region-a/src/a.ts', "import { record } from '@vde/format';\nimport { sha256 } from '@vde/crypto';"],
    ['packages/image/src/node/a.ts', "import { open } from 'node:fs/promises';\nprocess.platform;"],
    ['packages/crypto/src/hash.node.ts', "import { createHash } from 'node:crypto';"],
    ['packages/format/src/a.ts', "// a document, a process\n/* Buffer.from() */\nconst text = 'document.title';"],
    [
      'apps/inspector/src/cli/a.ts',
      "import { Command } from 'commander';\nimport { openInspection } from '@vde/inspect';",
    ],
  ])('lets %s pass', (file, source) => {
    expect(faults(file, source)).toEqual([]);
  });
});
