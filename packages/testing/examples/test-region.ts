// examples/test-region.ts
import { encodeRegion, PackedRecords } from '@vde/format';
import { arbitraryPacked, testDamage, testRegion } from '@vde/testing';
import fc from 'fast-check';
// The plugin of the README of @vde/format; yours comes from '../src/index.ts'.
import { probeLog, Reading } from '../../format/examples/define-region.ts';

// A test file of vitest: one test for each law.
testRegion(probeLog, {
  states: fc.record({
    probeId: fc.nat({ max: 0xffff }),
    readings: arbitraryPacked(Reading, { maxLength: 120 }),
  }),
});

// One test for each damage: a mutation of valid blocks, and the finding that it must make.
const readings = PackedRecords.from(Reading, [{ takenUtcTicks: 0n, kelvin: 293.5 }]);
const blockSize = 512;
const blocks = encodeRegion(probeLog, { probeId: 7, readings }, { blockSize, generation: 1 });
testDamage(probeLog, [
  {
    name: 'count-beyond-blocks',
    blocks,
    blockSize,
    block: 0,
    offset: 0,
    bytes: Uint8Array.of(31, 0, 0, 0),
    finding: { code: 'badCount', severity: 'error', path: 'readingCount', actual: 31 },
  },
]);
