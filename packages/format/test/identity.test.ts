import { describe, expect, it } from 'vitest';
import { fromHex, textOf, toHex } from '../src/bytes.ts';
import { NamespaceRegistration, signedNamespaceBytes } from '../src/extended-metadata.ts';
import {
  decodeEmergencyRecovery,
  decodeRecoveryControl,
  encodeEmergencyRecovery,
  HealthMetadata,
  healthStates,
  RecoveryControl,
  recoveryControlMagic,
} from '../src/recovery-blocks.ts';
import { goldenJson } from './golden.ts';

const identity = goldenJson('format/identity.json');

describe.each([4096, 65536])('emergency recovery block of %i', (bs) => {
  const { fields, first256, trailer } = identity[`emergencyRecovery${bs}`];
  const block = new Uint8Array(bs);
  block.set(fromHex(first256));
  block.set(fromHex(trailer), bs - 16);

  it('decodes to the values of the reference', () => {
    const found = decodeEmergencyRecovery(block, bs)!;
    expect(found.volumeUuid).toBe(fields.volumeUuid);
    expect(`${found.creationTimestamp}`).toBe(fields.creationTimestampUtcTicks);
    expect(toHex(found.volumeLabel)).toBe(fields.volumeLabel);
    expect(toHex(found.contactInfo)).toBe(fields.contactInfo);
    expect(textOf(found.volumeLabel)).toBe('label ü');
    expect([found.majorVersion, found.minorVersion, found.specRevision]).toEqual([
      fields.majorVersion,
      fields.minorVersion,
      fields.specRevision,
    ]);
    expect([`${found.errorCount}`, `${found.mountCount}`]).toEqual([fields.errorCount, fields.mountCount]);
  });

  it('encodes to the bytes of the reference, trailer included', () => {
    expect(toHex(encodeEmergencyRecovery(decodeEmergencyRecovery(block, bs)!, bs))).toBe(toHex(block));
  });

  it('is not read from a block that begins otherwise', () => {
    expect(decodeEmergencyRecovery(new Uint8Array(bs), bs)).toBeUndefined();
  });
});

describe('health metadata', () => {
  const { fields, bytes } = identity.health;
  const stored = fromHex(bytes);

  it('has the values and bytes of the reference', () => {
    const found = HealthMetadata.get(new DataView(stored.buffer));
    expect({
      state: found.state,
      mountCount: `${found.mountCount}`,
      errorCount: `${found.errorCount}`,
      creationTimestampUtcTicks: `${found.creationTimestamp}`,
      lastMountTimestampUtcTicks: `${found.lastMountTimestamp}`,
      lastUnmountTimestampUtcTicks: `${found.lastUnmountTimestamp}`,
      totalMountedDurationTicks: `${found.totalMountedDuration}`,
    }).toEqual(fields);
    expect(healthStates[found.state]).toBe('clean');
    const out = new Uint8Array(HealthMetadata.size);
    HealthMetadata.set(new DataView(out.buffer), 0, found);
    expect(toHex(out)).toBe(bytes);
  });

  it('is 64 bytes long', () => {
    expect(HealthMetadata.size).toBe(64);
  });
});

describe('namespace registration', () => {
  const { registration } = identity.namespace;
  const stored = fromHex(registration);

  it('has the bytes of the reference', () => {
    const found = NamespaceRegistration.get(new DataView(stored.buffer));
    expect(textOf(found.namespacePrefix)).toBe('dw');
    expect(textOf(found.namespaceAuthority)).toBe('datawarehouse.local');
    const out = new Uint8Array(NamespaceRegistration.size);
    NamespaceRegistration.set(new DataView(out.buffer), 0, found);
    expect(toHex(out)).toBe(registration);
  });

  it('is signed up to its signature', () => {
    expect(NamespaceRegistration.size).toBe(176);
    expect(NamespaceRegistration.field('namespaceSignature').offset).toBe(signedNamespaceBytes);
  });
});

describe('recovery control block', () => {
  it('is 700 bytes long and begins with RVCRDVWD', () => {
    expect(RecoveryControl.size).toBe(0x2bc);
    expect(RecoveryControl.field('hmac').offset).toBe(0x29c);
    const payload = new Uint8Array(4080);
    payload.set(new TextEncoder().encode('RVCRDVWD'));
    payload[0x24] = 7;
    expect(decodeRecoveryControl(payload)).toMatchObject({ magic: recoveryControlMagic, moduleManifest: 7n });
    expect(decodeRecoveryControl(payload.subarray(0, 496))).toBeUndefined();
    expect(decodeRecoveryControl(new Uint8Array(4080))).toBeUndefined();
  });
});
