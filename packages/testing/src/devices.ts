import { VdeError } from '@vde/format';
import type { BlockDevice } from '@vde/image';

export { type DeviceCall, type RecordingDevice, recordingDevice } from '@vde/image';

/** Which operations of a device go wrong. */
export interface DeviceFaults {
  /** The number of the operation, 0 for the first: a write, a truncation or a sync. */
  readonly failAt: number;
  /** Reads count, too, and fail with `readFailed`. */
  readonly withReads?: boolean;
  /** Every later one goes wrong, too: the device is gone. */
  readonly forGood?: boolean;
  /** A failing write leaves half of its bytes. */
  readonly short?: boolean;
}

/** A device whose chosen operations fail. */
export interface FaultyDevice extends BlockDevice {
  /** Operations so far that count. */
  readonly operations: number;
}

/** Makes chosen operations of `device` fail with `writeFailed`, or `readFailed`, as a full or dying disk would. */
export function faultyDevice(
  device: BlockDevice,
  { failAt, withReads = false, forGood = false, short = false }: DeviceFaults,
): FaultyDevice {
  let operations = 0;
  const next = () => {
    const number = operations++;
    return number === failAt || (forGood && number > failAt);
  };
  const fail = (code = 'writeFailed'): never => {
    throw new VdeError(code, `${device.name}: injected fault at operation ${operations - 1}`);
  };
  return {
    name: device.name,
    get size() {
      return device.size;
    },
    get operations() {
      return operations;
    },
    async read(offset, into, options) {
      if (withReads && next()) fail('readFailed');
      return device.read(offset, into, options);
    },
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
