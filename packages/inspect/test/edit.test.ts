import { createImage, memoryDevice, openForEdit } from '@vde/image';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { metricsLog } from '@vde/region-metrics-log';
import { appendEntries, streamingAppend } from '@vde/region-streaming-append';
import { worm } from '@vde/region-worm-immutable';
import { describe, expect, it } from 'vitest';
import { openInspection } from '../src/index.ts';

const now = 638396640000000000n;

async function fresh(totalBlocks = 1400) {
  const device = memoryDevice();
  await createImage(device, {
    profile: 'minimal',
    totalBlocks,
    now,
    volumeUuid: '00112233-4455-6677-8899-aabbccddeeff',
  });
  const image = await openForEdit(device, { now: () => now });
  return { device, image };
}

const regions = [metricsLog, anonymizationTable, streamingAppend, worm];

async function checked(device: Parameters<typeof openInspection>[0]) {
  const inspection = await openInspection(device, { regions });
  const { findings } = await inspection.check({ level: 'deep' });
  return findings.map(({ code, message }) => `${code}: ${message}`);
}

describe('an edit', () => {
  it('adds regions, changes them and removes them again', async () => {
    const { device, image } = await fresh();
    await image.edit((tx) => {
      tx.add(metricsLog, { options: { capacity: 1000 } });
      tx.add(anonymizationTable);
    });
    expect(await checked(device)).toEqual([]);
    for (let i = 0; i < 3; i++) {
      await image.edit(async (tx) => {
        const log = await tx.region(metricsLog);
        log.record({ metricId: 1, timestampUtcTicks: now + BigInt(i), value: i });
        tx.put(metricsLog, log);
      });
    }
    expect((await image.image.region(metricsLog)).state.samples.length).toBe(3);
    expect(await checked(device)).toEqual([]);
    await image.edit((tx) => tx.remove(metricsLog));
    expect(await checked(device)).toEqual([]);
  });

  it('WORM and ring', async () => {
    const { device, image } = await fresh();
    await image.edit((tx) => {
      tx.add(worm, { blockCount: 64, options: { createdUtcTicks: now } });
      tx.add(streamingAppend, { blockCount: 6 });
    });
    expect(await checked(device)).toEqual([]);
    for (let i = 0; i < 12; i++) {
      await image.edit(async (tx) => {
        const log = await tx.region(worm);
        const data = new Uint8Array(100).fill(i);
        const index = log.append(data, { now: now + BigInt(i), blockSize: 4096 });
        tx.put(worm, log);
        tx.writeBlock(worm, index, data);
        const ring = await tx.region(streamingAppend);
        const { state, writes } = appendEntries(ring, [data], { blockSize: 4096 });
        tx.put(streamingAppend, state);
        for (const write of writes) tx.writeBlock(streamingAppend, write.index, write.payload);
      });
      expect(await checked(device), `${i}`).toEqual([]);
    }
    const { state } = await image.image.region(streamingAppend);
    expect([state.readTail, state.writeHead]).toEqual([8n, 12n]);
  });
});
