import type { BlockDevice } from './device.ts';

/** One call that changes a device, or makes changes safe. */
export type DeviceCall =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'sync' };

/** A device that writes down every change. */
export interface RecordingDevice extends BlockDevice {
  /** The calls so far, in order. */
  readonly calls: readonly DeviceCall[];
}

/** Writes down what changes `device`. */
export function recordingDevice(device: BlockDevice): RecordingDevice {
  const calls: DeviceCall[] = [];
  return {
    name: device.name,
    get size() {
      return device.size;
    },
    calls,
    read: (offset, into, options) => device.read(offset, into, options),
    async write(offset, bytes) {
      calls.push({ kind: 'write', offset, bytes: bytes.slice() });
      await device.write(offset, bytes);
    },
    async truncate(size) {
      calls.push({ kind: 'truncate', size });
      await device.truncate(size);
    },
    async sync() {
      calls.push({ kind: 'sync' });
      await device.sync();
    },
  };
}

/** Makes the calls again. @internal */
export async function replayCalls(device: BlockDevice, calls: readonly DeviceCall[]): Promise<void> {
  for (const call of calls) {
    if (call.kind === 'write') await device.write(call.offset, call.bytes);
    else if (call.kind === 'truncate') await device.truncate(call.size);
    else await device.sync();
  }
}
