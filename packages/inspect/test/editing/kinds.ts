import { generateKeyPairSync } from 'node:crypto';
import { type AnyRegionPlugin, seededRandom } from '@vde/format';
import {
  type BlockDevice,
  createImage,
  type EditableImage,
  type MemoryDevice,
  memoryDevice,
  openForEdit,
} from '@vde/image';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { complianceVault, createPassport, signPassport } from '@vde/region-compliance-vault';
import { compressionDictionary } from '@vde/region-compression-dictionary';
import { metricsLog } from '@vde/region-metrics-log';
import { appendEntries, streamingAppend } from '@vde/region-streaming-append';
import { worm } from '@vde/region-worm-immutable';
import { allRegions } from '@vde/regions';

export const now = 638396640000000000n;
export const blockSize = 4096;
export const plugins: readonly AnyRegionPlugin[] = allRegions;

/** A kind of transaction: how its image is made, and what it does to that. */
export interface TransactionKind {
  readonly name: string;
  setup(image: EditableImage): Promise<void>;
  /** `round` counts from 0 where it is done again. */
  act(image: EditableImage, round?: number): Promise<void>;
  /** How often it can be done; left out: as often as one likes. */
  readonly rounds?: number;
}

export const openEditor = (device: BlockDevice): Promise<EditableImage> =>
  openForEdit(device, { regions: plugins, now: () => now, sessionId: '00112233-4455-6677-8899-aabbccddeeff' });

/** An image with what a kind needs, as small as can be. */
export async function imageFor({ setup }: Pick<TransactionKind, 'setup'>, totalBlocks = 1180): Promise<MemoryDevice> {
  const device = memoryDevice();
  await createImage(device, {
    profile: 'minimal',
    totalBlocks,
    now,
    volumeUuid: '00112233-4455-6677-8899-aabbccddeeff',
  });
  await setup(await openEditor(device));
  return device;
}

const bytesOf = (count: number, seed: number) => {
  const next = seededRandom(seed);
  return Uint8Array.from({ length: count }, () => Math.floor(next() * 256));
};

export const subject = (number: number) => `00000000-0000-4000-8000-${`${number}`.padStart(12, '0')}`;

/** Hash and token of a mapping: bytes that stand nowhere else. */
export const secretOf = (number: number, part: number) => bytesOf(32, 1000 + 2 * number + part);

async function addMappings(image: EditableImage, from: number, count: number): Promise<void> {
  await image.edit(async (tx) => {
    const table = await tx.region(anonymizationTable);
    for (let i = from; i < from + count; i++)
      table.add({
        subjectId: subject(i % 3),
        mappingId: subject(100 + i),
        piiType: 1,
        piiHash: secretOf(i, 0),
        anonymizedToken: secretOf(i, 1),
        createdUtcTicks: now,
        flags: 1,
      });
    tx.put(anonymizationTable, table);
  });
}

async function record(image: EditableImage, count: number): Promise<void> {
  await image.edit(async (tx) => {
    const log = await tx.region(metricsLog);
    const first = log.samples.length;
    for (let i = 0; i < count; i++)
      log.record({ metricId: i % 2, timestampUtcTicks: now + BigInt(first + i), value: i });
    tx.put(metricsLog, log);
  });
}

async function appendWorm(image: EditableImage, count: number): Promise<void> {
  await image.edit(async (tx) => {
    const log = await tx.region(worm);
    for (let i = 0; i < count; i++) {
      const data = bytesOf(900, i);
      tx.writeBlock(worm, log.append(data, { now, blockSize }), data);
    }
    tx.put(worm, log);
  });
}

async function appendRing(image: EditableImage, count: number): Promise<void> {
  await image.edit(async (tx) => {
    const entries = Array.from({ length: count }, (_, i) => bytesOf(700, 50 + i));
    tx.apply(streamingAppend, appendEntries(await tx.region(streamingAppend), entries, { blockSize }));
  });
}

async function loadDictionary(image: EditableImage, id: string): Promise<void> {
  await image.edit(async (tx) => {
    const state = await tx.region(compressionDictionary);
    const context = {
      geometry: tx.image.geometry,
      blockCount: 3,
      now,
      generation: await tx.generationOf(compressionDictionary),
      allocate: (count: number) => tx.allocate(count),
    };
    const args = { id, algorithm: '0', dictionary: bytesOf(9000, 7), replace: 'yes' };
    tx.apply(compressionDictionary, compressionDictionary.verbs!.commands['load']!.run(state, args, context));
  });
}

async function addPassport(image: EditableImage, number: number): Promise<void> {
  await image.edit(async (tx) => {
    const vault = await tx.region(complianceVault);
    vault.add(passport(number));
    tx.put(complianceVault, vault);
  });
}

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
/** Verifies the passports. */
export const publicKey = new TextEncoder().encode(keys.publicKey.export({ type: 'spki', format: 'pem' }).toString());

const passport = (number: number) => signPassport(unsigned(number), privateKey);

const unsigned = (number: number) =>
  createPassport({
    passportId: subject(number),
    objectId: subject(number + 50),
    frameworkId: 1,
    complianceStatus: 1,
    issuedUtcTicks: now,
    expiresUtcTicks: now + 1000n,
    lastVerifiedUtcTicks: 0n,
    issuerId: 'issuer',
  });

const add =
  (plugin: AnyRegionPlugin, blockCount: number, then?: (image: EditableImage) => Promise<void>, options = {}) =>
  async (image: EditableImage) => {
    await image.edit((tx) => tx.add(plugin, { blockCount, options }));
    await then?.(image);
  };

/** The kinds whose every crash state is tried. */
export const kinds: readonly TransactionKind[] = [
  {
    name: 'append to the metrics log',
    setup: add(metricsLog, 3, (image) => record(image, 5), { capacity: 2000 }),
    act: (image) => record(image, 3),
  },
  {
    name: 'compact the metrics log',
    setup: add(metricsLog, 6, (image) => record(image, 900), { capacity: 2000 }),
    act: (image) =>
      image
        .edit(async (tx) => {
          const log = await tx.region(metricsLog);
          log.compact();
          tx.put(metricsLog, log);
        })
        .then(() => {}),
  },
  {
    name: 'grow the metrics log beyond its blocks',
    setup: add(metricsLog, 1, (image) => record(image, 5), { capacity: 2000 }),
    act: (image) => record(image, 600),
  },
  {
    name: 'append to the anonymization table',
    setup: add(anonymizationTable, 3, (image) => addMappings(image, 0, 4)),
    act: (image, round = 0) => addMappings(image, 4 + 2 * round, 2),
  },
  {
    name: 'erase a subject',
    setup: add(anonymizationTable, 3, (image) => addMappings(image, 0, 9)),
    act: (image) =>
      image
        .edit(async (tx) => {
          const table = await tx.region(anonymizationTable);
          table.eraseSubject(subject(1));
          tx.put(anonymizationTable, table);
        })
        .then(() => {}),
  },
  {
    name: 'load a dictionary',
    setup: add(compressionDictionary, 3, (image) => loadDictionary(image, '1')),
    act: (image) => loadDictionary(image, '2'),
  },
  {
    name: 'replace a dictionary',
    setup: add(compressionDictionary, 3, (image) => loadDictionary(image, '1')),
    act: (image) => loadDictionary(image, '1'),
  },
  {
    name: 'add a passport',
    setup: add(complianceVault, 4, (image) => addPassport(image, 1)),
    act: (image, round = 0) => addPassport(image, 2 + round),
  },
  {
    name: 'append to the WORM region',
    rounds: 4,
    setup: add(worm, 12, (image) => appendWorm(image, 2)),
    act: (image) => appendWorm(image, 2),
  },
  {
    name: 'append to a WORM region without a second place',
    rounds: 2,
    setup: add(worm, 6, undefined, { totalCapacityBlocks: 5n, createdUtcTicks: now }),
    act: (image) => appendWorm(image, 2),
  },
  {
    name: 'append to the ring',
    setup: add(streamingAppend, 8, (image) => appendRing(image, 2)),
    act: (image) => appendRing(image, 2),
  },
  {
    name: 'overwrite the oldest of the ring',
    setup: add(streamingAppend, 6, (image) => appendRing(image, 4)),
    act: (image) => appendRing(image, 3),
  },
  {
    name: 'add a region',
    rounds: 1,
    setup: add(metricsLog, 2, (image) => record(image, 5), { capacity: 2000 }),
    act: add(complianceVault, 3),
  },
  {
    name: 'remove a region',
    rounds: 1,
    setup: add(complianceVault, 3, (image) => addPassport(image, 1)),
    act: (image) => image.edit((tx) => tx.remove(complianceVault)).then(() => {}),
  },
  {
    name: 'move and grow a region',
    setup: add(complianceVault, 3, (image) => addPassport(image, 1)),
    act: (image) => image.edit((tx) => tx.move(complianceVault, { blockCount: 5 })).then(() => {}),
  },
  {
    name: 'change several regions at once',
    rounds: 1,
    setup: async (image) => {
      await add(metricsLog, 2, (each) => record(each, 5), { capacity: 2000 })(image);
      await add(worm, 12, (each) => appendWorm(each, 2))(image);
    },
    act: (image) =>
      image
        .edit(async (tx) => {
          const log = await tx.region(metricsLog);
          log.record({ metricId: 9, timestampUtcTicks: now, value: 9 });
          tx.put(metricsLog, log);
          const writes = await tx.region(worm);
          const data = bytesOf(100, 3);
          tx.writeBlock(worm, writes.append(data, { now, blockSize }), data);
          tx.put(worm, writes);
          tx.add(complianceVault, { blockCount: 2 });
        })
        .then(() => {}),
  },
];
