import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { stringToTag, writeTrailer } from '@vde/format';
import { memorySource, planRepair, writeUndo } from '@vde/image';
import { demoKey } from '@vde/regions';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { vde, Workshop } from './harness.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const blockSize = 4096;
const mlogBlock = 2127;
const isRoot = process.getuid?.() === 0;

/** Seals a block again after a change. */
function reseal(bytes: Buffer, block: number, tag: string): void {
  writeTrailer(bytes.subarray(block * blockSize, (block + 1) * blockSize), blockSize, stringToTag(tag), 1);
}

const clean = workshop.image('all-regions');
const future = workshop.image('all-regions', 'future.dwvd', (bytes) => {
  for (const block of [0, 4]) {
    bytes.writeUInt16LE(9, block * blockSize + 0x10);
    reseal(bytes, block, 'SUPB');
  }
});

/** What an IMAGE may be. The states are those that `check --level deep` names. */
const images = {
  clean,
  /** Blocks behind the end that the superblock counts. */
  warning: workshop.file('warning.dwvd', Buffer.concat([readFileSync(clean), new Uint8Array(blockSize)])),
  /** The mirror serves. */
  damaged: workshop.image('all-regions', 'damaged.dwvd', (bytes) => void bytes.fill(0xaa, 0, blockSize)),
  /** A sample is changed, and nothing holds a copy. */
  lost: workshop.image('all-regions', 'lost.dwvd', (bytes) => {
    bytes[mlogBlock * blockSize + 100]! ^= 1;
  }),
  future,
  notDwvd: workshop.file('notes.txt', 'no image\n'),
  missing: workshop.path('nothing.dwvd'),
  noPermission: workshop.image('all-regions', 'locked.dwvd'),
} as const;
chmodSync(images.noPermission, 0);

type Case = keyof typeof images | 'unverifiable' | 'interrupted' | 'pipeClosed';
type Row = Readonly<Record<Case, number>>;

/** What every command that opens an image does where there is none to open. */
const noImage = { future: 65, notDwvd: 65, missing: 66, noPermission: 66, interrupted: 130, pipeClosed: 0 };
/** What a reading command exits with by the state of the image; those that look at a part see damage there alone. */
const reading: Row = { clean: 0, warning: 0, damaged: 0, lost: 0, unverifiable: 0, ...noImage };
const looking: Row = { ...reading, damaged: 2, lost: 2 };

interface Line {
  readonly args: (image: string, other: string) => readonly string[];
  readonly exits: Row;
}

/** What the golden image holds. */
const rows = Object.fromEntries(
  JSON.parse(
    readFileSync(new URL('../../../fixtures/golden/images/all-regions.json', import.meta.url), 'utf8'),
  ).regions.map(({ id, tables }: { id: string; tables: Record<string, { columns: string[]; rows: unknown[][] }> }) => [
    id,
    tables,
  ]),
);
const firstOf = (region: string, table: string, column: string): string => {
  const { columns, rows: all } = rows[region][table];
  return String(all[0][columns.indexOf(column)]);
};
/** Of the repair of the damaged image. */
const undoFile = workshop.file('damaged.undo', writeUndo(await planRepair(memorySource(readFileSync(images.damaged)))));
const firstSubject = firstOf('anonymization-table', 'mappings', 'subjectId');
const firstPassport = firstOf('compliance-vault', 'passports', 'passportId');
const firstDictionary = firstOf('compression-dictionary', 'dictionaries', 'dictId');
const keyFile = workshop.file('key.jwk', JSON.stringify(demoKey));
const passportFile = workshop.file(
  'passport.json',
  JSON.stringify({
    passportId: '00112233-4455-6677-8899-000000000001',
    objectId: '00112233-4455-6677-8899-000000000002',
    frameworkId: 0,
    complianceStatus: 1,
    issuedUtcTicks: 1,
    expiresUtcTicks: 2,
    lastVerifiedUtcTicks: 1,
  }),
);

let outputs = 0;
const lines: Readonly<Record<string, Line>> = {
  info: { args: (image) => ['info', image], exits: { ...reading, damaged: 2, lost: 3 } },
  ls: { args: (image) => ['ls', image], exits: looking },
  show: { args: (image) => ['show', image, 'r:MLOG'], exits: { ...reading, lost: 2 } },
  hex: { args: (image) => ['hex', image, 'r:MLOG'], exits: reading },
  map: { args: (image) => ['map', image], exits: looking },
  export: { args: (image) => ['export', image, 'r:MLOG'], exits: { ...reading, lost: 2 } },
  check: {
    args: (image) => ['check', image, '--level', 'deep'],
    exits: { ...reading, warning: 1, damaged: 2, lost: 3, pipeClosed: 0 },
  },
  find: { args: (image) => ['find', image, 'tag:MTRK', '--max', '3'], exits: reading },
  diff: {
    args: (image, other) => ['diff', other, image],
    exits: { ...reading, damaged: 1, lost: 1 },
  },
  recover: { args: (image) => ['recover', copyOf(image)], exits: reading },
  repair: { args: (image) => ['repair', image], exits: { ...reading, damaged: 2 } },
  undo: {
    args: (image) => ['undo', copyOf(image), undoFile],
    // Where the repair wrote, both hold what it found or wrote; it looks at nothing else.
    exits: { ...reading, warning: 77, future: 77, notDwvd: 77 },
  },
  salvage: {
    args: (image) => ['salvage', image, '--out', workshop.path(`out-${outputs++}.dwvd`)],
    // It needs neither superblock nor version, only something that looks like blocks.
    exits: { ...reading, damaged: 2, lost: 3, future: 0 },
  },
  damage: { args: (image) => ['damage', image, workshop.path(`out-${outputs++}.img`)], exits: reading },
  ...Object.fromEntries(
    Object.entries({
      'region add': ['WORM=blocks=16'],
      'region move': ['MLOG'],
      'region remove': ['MLOG'],
      'anon erase-subject': ['--subject-id', firstSubject],
      'anon purge-erased': [],
      'vault add': ['--passport', passportFile],
      'vault sign': ['--passport-id', firstPassport, '--key', keyFile],
      'vault remove': ['--passport-id', firstPassport],
      'dict load': ['--dictionary', keyFile, '--id', '77', '--algorithm', 'lz4'],
      'dict remove': ['--id', firstDictionary],
      'metrics record': ['--metric-id', '7', '--value', '-1.5'],
      'metrics compact': [],
      'stream append': ['--data', keyFile],
      'stream advance': [],
      'stream drain': [],
      'stream reset': [],
      'worm append': ['--data', keyFile],
      'worm extend-retention': ['--ticks', '0'],
    }).map(([name, args]): [string, Line] => [
      name,
      {
        args: (image) => [...name.split(' '), copyOf(image), ...args],
        // A damaged metrics log is not written again unless the loss is accepted.
        exits: name.startsWith('metrics') ? { ...reading, lost: 77 } : reading,
      },
    ]),
  ),
};

/** A copy for a command that changes the image, where there is one to copy. */
function copyOf(image: string): string {
  if (!existsSync(image)) return image;
  const copy = workshop.path(`copy-${outputs++}.dwvd`);
  copyFileSync(image, copy);
  return copy;
}

const exitOf = async (args: readonly string[], around: Parameters<typeof vde>[1] = {}) =>
  (await vde(args, around)).exitCode;

describe('exit codes by command and state of the image', () => {
  it('are listed for every command that reads one', () => {
    const taking = commands.filter(({ takes }) => takes !== 'nothing').map(({ name }) => name);
    expect(Object.keys(lines).sort()).toEqual([...taking].sort());
  });

  const states = Object.keys(images) as (keyof typeof images)[];
  for (const [name, { args, exits }] of Object.entries(lines)) {
    it.each(states)(`${name}: %s`, async (state) => {
      // Permissions are nothing to the superuser.
      const expected = state === 'noPermission' && isRoot ? exits.clean : exits[state];
      expect(await exitOf(args(images[state], clean))).toBe(expected);
    });

    it(`${name}: unverifiable`, async () => {
      expect(await exitOf(args(clean, clean))).toBe(exits.unverifiable);
    });

    it(`${name}: interrupted`, async () => {
      const signal = AbortSignal.abort(new Error('interrupted'));
      expect(await exitOf(args(clean, clean), { signal })).toBe(exits.interrupted);
    });

    it(`${name}: pipeClosed`, async () => {
      expect(await exitOf(args(clean, clean), { limit: 0 })).toBe(exits.pipeClosed);
    });

    it(`${name}: of an image that no reader should open, with --lenient`, async () => {
      const isWriting = commands.find((command) => command.name === name)!.takes === 'edit';
      const others: Record<string, number> = { check: 3, info: 3, diff: 1, recover: 65, repair: 65, undo: 77 };
      const expected = others[name] ?? (isWriting ? 65 : exits.clean);
      expect(await exitOf([...args(future, clean), '--lenient'])).toBe(expected);
    });

    it(`${name}: is never one that its help does not list`, () => {
      const { exits: listed } = commands.find((command) => command.name === name)!;
      const seen = Object.values(exits).filter((code) => code < 64);
      expect(seen.filter((code) => !(listed as readonly number[]).includes(code))).toEqual([]);
    });
  }

  it('4 where signatures are required and no key verifies them', async () => {
    expect(await exitOf(['check', clean, '--level', 'deep', '--require-signatures'])).toBe(4);
  });

  it('a check whose reader went away keeps its verdict', async () => {
    for (const state of ['warning', 'damaged', 'lost'] as const)
      expect(await exitOf(['check', images[state]], { limit: 0 })).toBe({ warning: 1, damaged: 2, lost: 3 }[state]);
  });
});

describe('exit codes of commands that read no image', () => {
  it.each<[string, string[], number, number]>([
    ['create', ['create', workshop.path('new.dwvd'), '--force'], 0, 0],
    ['explain', ['explain'], 0, 0],
    ['plugins', ['plugins'], 0, 0],
    ['schema', ['schema', 'check'], 0, 0],
    ['completion', ['completion', 'bash'], 0, 0],
    ['man', ['man'], 0, 0],
  ])('%s', async (_, args, done, pipeClosed) => {
    expect(await exitOf(args)).toBe(done);
    expect(await exitOf(args, { limit: 0 })).toBe(pipeClosed);
  });

  it('are all here', () => {
    const rest = commands.filter(({ takes }) => takes === 'nothing').map(({ name }) => name);
    expect(rest).toEqual(['create', 'explain', 'plugins', 'schema', 'completion', 'man']);
  });
});
