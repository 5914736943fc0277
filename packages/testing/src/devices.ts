import { VdeError } from '@vde/format';
import type { BlockDevice } from '@vde/image';

/** One call that changes a device, or makes changes safe. */
export type DeviceCall =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'sync' };

/** A device that writes down every change, for tests that ask what a crash leaves. */
export interface RecordingDevice extends BlockDevice {
  /** The calls so far, in order. */
  readonly calls: readonly DeviceCall[];
}

/** Writes down what changes `device`. */
export function recordingDevice(device: BlockDevice): RecordingDevice {
  const calls: DeviceCall[] = [];
  return {
    ...reading(device),
    calls,
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

/** Which changes of a device go wrong. */
export interface DeviceFaults {
  /** The number of the change, 0 for the first: a write, a truncation or a sync. */
  readonly failAt: number;
  /** Every later one goes wrong, too: the device is gone. */
  readonly forGood?: boolean;
  /** A failing write leaves half of its bytes. */
  readonly short?: boolean;
}

/** Makes chosen changes of `device` fail with `writeFailed`, as a full or dying disk would. */
export function faultyDevice(
  device: BlockDevice,
  { failAt, forGood = false, short = false }: DeviceFaults,
): BlockDevice {
  let changes = 0;
  const next = () => {
    const number = changes++;
    return number === failAt || (forGood && number > failAt);
  };
  const fail = (): never => {
    throw new VdeError('writeFailed', `${device.name}: injected fault at change ${changes - 1}`);
  };
  return {
    ...reading(device),
    async write(offset, bytes) {
      if (!next()) return device.write(offset, bytes);
      if (short) await device.write(offset, bytes.subarray(0, bytes.length >>> 1));
      fail();
    },
    async truncate(size) {
      if (next()) fail();
      await device.truncate(size);
    },
    async sync() {
      if (next()) fail();
      await device.sync();
    },
  };
}

function reading(device: BlockDevice): Pick<BlockDevice, 'name' | 'size' | 'read'> {
  return {
    name: device.name,
    get size() {
      return device.size;
    },
    read: (offset, into, options) => device.read(offset, into, options),
  };
}
