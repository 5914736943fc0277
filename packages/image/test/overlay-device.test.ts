import { sameBytes } from '@vde/format';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockDevice, type DeviceCall, memoryDevice, memorySource, overlayDevice } from '../src/index.ts';

const maxSize = 20_000;
const offset = fc.nat({ max: maxSize });
const operation = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), offset, bytes: fc.uint8Array({ maxLength: 9000 }) }),
  fc.record({ kind: fc.constant('truncate' as const), size: offset }),
  fc.record({ kind: fc.constant('read' as const), offset, length: offset }),
  fc.record({ kind: fc.constant('sync' as const) }),
);

async function change(device: BlockDevice, call: DeviceCall): Promise<void> {
  if (call.kind === 'write') await device.write(call.offset, call.bytes);
  else if (call.kind === 'truncate') await device.truncate(call.size);
  else await device.sync();
}

describe('an overlay', () => {
  it('reads as the device that it stands for, and leaves the source as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: maxSize, size: 'max' }),
        fc.array(operation, { maxLength: 30, size: 'max' }),
        async (bytes, operations) => {
          const before = bytes.slice();
          const overlay = overlayDevice(memorySource(bytes));
          const model = memoryDevice(bytes.slice());
          for (const one of operations) {
            if (one.kind === 'read') {
              const [a, b] = [new Uint8Array(one.length).fill(9), new Uint8Array(one.length).fill(9)];
              expect(await overlay.read(one.offset, a)).toBe(await model.read(one.offset, b));
              expect(sameBytes(a, b)).toBe(true);
            } else for (const device of [overlay, model]) await change(device, one);
            expect(overlay.size).toBe(model.size);
          }
          expect(sameBytes(bytes, before)).toBe(true);
          expect(overlay.calls.map(({ kind }) => kind)).toEqual(
            operations.map(({ kind }) => kind).filter((kind) => kind !== 'read'),
          );
        },
      ),
      { numRuns: 200, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });
});
