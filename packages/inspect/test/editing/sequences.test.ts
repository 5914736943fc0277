import { isVdeError, seededRandom } from '@vde/format';
import {
  type BlockDevice,
  createImage,
  type DeviceCall,
  type EditableImage,
  type MemoryDevice,
  memoryDevice,
  openImage,
} from '@vde/image';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { complianceVault } from '@vde/region-compliance-vault';
import { compressionDictionary } from '@vde/region-compression-dictionary';
import { metricsLog } from '@vde/region-metrics-log';
import { appendEntries, readEntries, streamingAppend } from '@vde/region-streaming-append';
import { worm } from '@vde/region-worm-immutable';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockSize, now, openEditor, plugins, secretOf, subject } from './kinds.ts';
import { damageIn } from './kit.ts';

const deep = process.env['VDE_DEEP'] === '1';
const sequences = deep ? 500_000 : 5_000;
const steps = deep ? 8 : 3;
const timeout = deep ? 36_000_000 : 240_000;

/** What an image should hold. */
interface Model {
  metrics: number[] | undefined;
  mappings: [mapping: number, isErased: boolean][] | undefined;
  writes: number[];
  entries: number[];
  dictionaries: [id: number, seed: number][] | undefined;
}

/** Undoes what was written since it was last told to keep it. */
class Journal implements BlockDevice {
  readonly name = 'journal';
  calls: DeviceCall[] = [];
  #old: { offset: number; bytes: Uint8Array }[] = [];
  /** All that was ever written over, to begin anew without a copy of the image. */
  #first = new Map<number, Uint8Array>();

  readonly device: MemoryDevice;

  constructor(device: MemoryDevice) {
    this.device = device;
  }

  get size() {
    return this.device.size;
  }

  read: BlockDevice['read'] = (offset, into, options) => this.device.read(offset, into, options);

  async write(offset: number, bytes: Uint8Array) {
    this.calls.push({ kind: 'write', offset, bytes: bytes.slice() });
    this.#old.push({ offset, bytes: this.device.bytes.slice(offset, offset + bytes.length) });
    this.remember(offset, bytes.length);
    await this.device.write(offset, bytes);
  }

  async sync() {
    this.calls.push({ kind: 'sync' });
  }

  async truncate() {
    throw new Error('an edit does not change the size');
  }

  keep() {
    this.calls = [];
    this.#old = [];
  }

  remember(offset: number, length: number) {
    for (let block = Math.floor(offset / blockSize); block * blockSize < offset + length; block++)
      if (!this.#first.has(block))
        this.#first.set(block, this.device.bytes.slice(block * blockSize, (block + 1) * blockSize));
  }

  /** Makes the device what it was in the beginning. */
  reset() {
    for (const [block, bytes] of this.#first) this.device.bytes.set(bytes, block * blockSize);
    this.#first.clear();
    this.keep();
  }

  /** Leaves what a crash at a random moment would: all that was synced, and any sectors of what was not. */
  async crash(random: () => number) {
    const at = Math.floor(random() * (this.calls.length + 1));
    const synced = this.calls.slice(0, at).findLastIndex(({ kind }) => kind === 'sync') + 1;
    for (const { offset, bytes } of this.#old.reverse()) this.device.bytes.set(bytes, offset);
    for (const [i, call] of this.calls.slice(0, at).entries()) {
      if (call.kind !== 'write') continue;
      for (let from = 0; from < call.bytes.length; from += 512)
        if (i < synced || random() < 0.5)
          this.device.bytes.set(call.bytes.subarray(from, from + 512), call.offset + from);
    }
    this.keep();
  }
}

const bytesOf = (seed: number, length = 300) => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 0xff);

const ringRoom = 4;

/** Steps of a sequence: each changes the image and says what the model is then. They refuse by giving nothing. */
type Step = (editor: EditableImage, model: Model, random: () => number) => Promise<Model | undefined>;

const some = (random: () => number, most: number) => 1 + Math.floor(random() * most);

const stepsByName: Readonly<Record<string, Step>> = {
  async addMetrics(editor, model) {
    if (model.metrics) return undefined;
    await editor.edit((tx) => tx.add(metricsLog, { blockCount: 2, options: { capacity: 5000 } }));
    return { ...model, metrics: [] };
  },
  async record(editor, model, random) {
    if (!model.metrics) return undefined;
    const values = Array.from({ length: some(random, 250) }, () => Math.floor(random() * 1000));
    await editor.edit(async (tx) => {
      const log = await tx.region(metricsLog);
      for (const [i, value] of values.entries())
        log.record({ metricId: 1, timestampUtcTicks: now + BigInt(model.metrics!.length + i) * 1_000_000_000n, value });
      tx.put(metricsLog, log);
    });
    return { ...model, metrics: [...model.metrics, ...values] };
  },
  async removeMetrics(editor, model) {
    if (!model.metrics) return undefined;
    await editor.edit((tx) => tx.remove(metricsLog));
    return { ...model, metrics: undefined };
  },
  async moveMetrics(editor, model, random) {
    if (!model.metrics) return undefined;
    await editor.edit((tx) => tx.move(metricsLog, { blockCount: some(random, 9) }));
    return model;
  },
  async map(editor, model) {
    if (!model.mappings) return undefined;
    const number = model.mappings.length;
    await editor.edit(async (tx) => {
      const table = await tx.region(anonymizationTable);
      table.add({
        mappingId: subject(100 + number),
        subjectId: subject(number % 3),
        piiType: 1,
        piiHash: secretOf(number, 0),
        anonymizedToken: secretOf(number, 1),
        createdUtcTicks: now,
        flags: 1,
      });
      tx.put(anonymizationTable, table);
    });
    return { ...model, mappings: [...model.mappings, [number, false]] };
  },
  async erase(editor, model, random) {
    const number = Math.floor(random() * 3);
    if (!model.mappings?.some(([mapping]) => mapping % 3 === number)) return undefined;
    await editor.edit(async (tx) => {
      const table = await tx.region(anonymizationTable);
      table.eraseSubject(subject(number));
      tx.put(anonymizationTable, table);
    });
    return {
      ...model,
      mappings: model.mappings.map(([mapping, isErased]) => [mapping, isErased || mapping % 3 === number]),
    };
  },
  async append(editor, model, random) {
    const seeds = Array.from({ length: some(random, 3) }, () => Math.floor(random() * 1000));
    await editor.edit(async (tx) => {
      const log = await tx.region(worm);
      for (const seed of seeds) tx.writeBlock(worm, log.append(bytesOf(seed), { now, blockSize }), bytesOf(seed));
      tx.put(worm, log);
    });
    return { ...model, writes: [...model.writes, ...seeds] };
  },
  async stream(editor, model, random) {
    const seeds = Array.from({ length: some(random, ringRoom) }, () => Math.floor(random() * 1000));
    await editor.edit(async (tx) => {
      const ring = await tx.region(streamingAppend);
      tx.apply(
        streamingAppend,
        appendEntries(
          ring,
          seeds.map((seed) => bytesOf(seed)),
          { blockSize },
        ),
      );
    });
    return { ...model, entries: [...model.entries, ...seeds].slice(-ringRoom) };
  },
  async load(editor, model, random) {
    if (!model.dictionaries) return undefined;
    const id = Math.floor(random() * 4);
    const seed = Math.floor(random() * 1000);
    await editor.edit(async (tx) => {
      const args = { id: `${id}`, algorithm: '0', dictionary: bytesOf(seed, 6000), replace: 'yes' };
      const generation = await tx.generationOf(compressionDictionary);
      const context = {
        geometry: tx.image.geometry,
        blockCount: 1,
        now,
        generation,
        allocate: (count: number) => tx.allocate(count),
      };
      const { load } = compressionDictionary.verbs!.commands;
      tx.apply(compressionDictionary, load!.run(await tx.region(compressionDictionary), args, context));
    });
    return { ...model, dictionaries: [...model.dictionaries.filter(([other]) => other !== id), [id, seed]] };
  },
  async fill(editor, model, random) {
    if (editor.image.slots.some(({ type }) => type === 'CMVT')) return undefined;
    await editor.edit((tx) => tx.add(complianceVault, { blockCount: 30 + some(random, 24) }));
    return model;
  },
  async empty(editor, model) {
    if (!editor.image.slots.some(({ type }) => type === 'CMVT')) return undefined;
    await editor.edit((tx) => tx.remove(complianceVault));
    return model;
  },
};

/** What an image holds. */
async function modelIn(source: BlockDevice): Promise<Model> {
  const image = await openImage(source, { regions: plugins });
  const has = (type: string) => image.slots.some((slot) => slot.type === type);
  const table = has('ANON') ? (await image.region(anonymizationTable)).state : undefined;
  const log = await image.region(worm);
  const first = log.slot.startBlock + log.slot.blockCount - Number(log.state.totalCapacityBlocks);
  const seedsOf = (bytes: Uint8Array) => bytes.subarray(0, 300);
  const data = await Promise.all(
    Array.from({ length: log.state.writeCount }, async (_, i) => seedsOf(await image.readBlocks(first + i, 1))),
  );
  const ring = await image.region(streamingAppend);
  const entries: Uint8Array[] = [];
  const place = {
    geometry: image.geometry,
    readBlocks: (from: number, count: number) => image.readBlocks(from, count),
    ...ring.slot,
  };
  for await (const { bytes } of readEntries(ring.state, place)) entries.push(seedsOf(bytes));
  const dictionaries = has('DICT') ? (await image.region(compressionDictionary)).state.dictionaries : undefined;
  const samples = has('MLOG') || has('MTRK') ? (await image.region(metricsLog)).state.samples : undefined;
  return {
    metrics: samples && Array.from({ length: samples.length }, (_, i) => samples.at(i).value),
    mappings:
      table &&
      Array.from({ length: table.mappingCount }, (_, i) => {
        const { piiHash, anonymizedToken, flags } = table.mappings.at(i);
        const isErased = (flags & 2) !== 0;
        const isZero = piiHash.every((byte) => byte === 0) && anonymizedToken.every((byte) => byte === 0);
        const isWhole =
          Buffer.compare(piiHash, secretOf(i, 0)) === 0 && Buffer.compare(anonymizedToken, secretOf(i, 1)) === 0;
        if (isErased ? !isZero : !isWhole) throw new Error(`mapping ${i} is neither whole nor erased`);
        return [i, isErased];
      }),
    writes: data.map(seedOf),
    entries: entries.map(seedOf),
    dictionaries:
      dictionaries &&
      (await Promise.all(
        dictionaries.map(
          async ({ dictId, blockOffset }): Promise<[number, number]> => [
            dictId,
            seedOf(await image.readBlocks(Number(blockOffset), 1)),
          ],
        ),
      )),
  };
}

const seeds = new Map(
  Array.from({ length: 1000 }, (_, seed) => [Buffer.from(bytesOf(seed, 8)).toString('hex'), seed % 256]),
);
const seedOf = (bytes: Uint8Array) => seeds.get(Buffer.from(bytes.subarray(0, 8)).toString('hex')) ?? -1;

const comparable = (model: Model) =>
  JSON.stringify({
    ...model,
    writes: model.writes.map((seed) => seed % 256),
    entries: model.entries.map((seed) => seed % 256),
    dictionaries: model.dictionaries?.map(([id, seed]) => [id, seed % 256]).sort((a, b) => a[0]! - b[0]!),
  });

/** A ring may have given up its oldest entries for a commit that never came. */
const mayHold = (found: Model, model: Model) =>
  Array.from({ length: model.entries.length + 1 }, (_, i) => ({ ...model, entries: model.entries.slice(i) })).some(
    (each) => comparable(each) === comparable(found),
  );

let journal: Journal;
let start: Model;

beforeAll(async () => {
  const device = memoryDevice();
  await createImage(device, { profile: 'minimal', totalBlocks: 1165, now, volumeUuid: subject(1) });
  const editor = await openEditor(device);
  await editor.edit((tx) => {
    tx.add(worm, { blockCount: 6, options: { createdUtcTicks: now } });
    tx.add(streamingAppend, { blockCount: ringRoom + 2 });
    tx.add(metricsLog, { blockCount: 2, options: { capacity: 5000 } });
    tx.add(anonymizationTable, { blockCount: 2 });
    tx.add(compressionDictionary, { blockCount: 1 });
  });
  start = { metrics: [], mappings: [], writes: [], entries: [], dictionaries: [] };
  for (let i = 0; i < 4; i++) start = (await stepsByName['map']!(editor, start, Math.random))!;
  journal = new Journal(memoryDevice(device.bytes.slice()));
});

/** One bit of one copy of the head is flipped: the other copy tells what it was. */
function flip(random: () => number): void {
  const first = random() < 0.5 ? 0 : 4;
  const block = random() < 0.2 ? 8 + Math.floor(random() * 2) : first + Math.floor(random() * 4);
  journal.remember(block * blockSize, blockSize);
  journal.device.bytes[block * blockSize + Math.floor(random() * blockSize)]! ^= 1 << Math.floor(random() * 8);
}

async function sequence(seed: number, tally: Map<string, number>): Promise<void> {
  const random = seededRandom(seed);
  journal.reset();
  const { device } = journal;
  const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
  let editor = await openEditor(journal);
  let model = start;
  const names = Object.keys(stepsByName);
  for (let i = 0; i < steps; i++) {
    const name = names[Math.floor(random() * names.length)]!;
    journal.keep();
    const next = await stepsByName[name]!(editor, model, random).catch((error: unknown) => {
      if (!isVdeError(error) || !['noSpace', 'capacityExceeded'].includes(error.code)) throw error;
      // Refused before the first byte.
      expect(journal.calls, `${seed} ${name}`).toEqual([]);
      count(error.code);
      return undefined;
    });
    if (next === undefined) continue;
    count(name);
    const fate = random();
    if (fate < 0.35) {
      await journal.crash(random);
      const found = await modelIn(device);
      const isNew = comparable(found) === comparable(next);
      if (!isNew && !mayHold(found, model))
        throw new Error(`sequence ${seed}, step ${i} (${name}): ${comparable(found)} is neither old nor new`);
      model =
        found.entries.length < model.entries.length && !isNew
          ? { ...model, entries: model.entries.slice(-found.entries.length || model.entries.length) }
          : isNew
            ? next
            : model;
      if (!isNew && found.entries.length === 0) model = { ...model, entries: [] };
      editor = await openEditor(journal);
      count('crash');
    } else {
      model = next;
      if (fate < 0.5) {
        flip(random);
        editor = await openEditor(journal);
        count('flip');
      } else if (fate < 0.6) editor = await openEditor(journal);
    }
  }
  expect(comparable(await modelIn(device)), `sequence ${seed}`).toBe(comparable(model));
  if (seed % 50 === 0) expect(await damageIn(device), `sequence ${seed}`).toEqual([]);
}

describe('sequences of edits, crashes, flipped bits and full disks', { timeout }, () => {
  it(`hold what a model holds: ${sequences} of them`, async () => {
    const tally = new Map<string, number>();
    for (let seed = 1; seed <= sequences; seed++) await sequence(seed, tally);
    for (const name of [...Object.keys(stepsByName), 'crash', 'flip', 'noSpace', 'capacityExceeded'])
      expect(tally.get(name) ?? 0, name).toBeGreaterThan(sequences / 500);
  });
});
