import type { AnyRegionPlugin, RegionChange, RegionVerb, VerbArgs, VerbContext } from '@vde/format';
import {
  type AnonymizationTable,
  anonymizationTable,
  deriveToken,
  hashPii,
  mappingFlags,
} from '@vde/region-anonymization-table';
import {
  type ComplianceVault,
  complianceStatuses,
  complianceVault,
  frameworks,
  signPassport,
} from '@vde/region-compliance-vault';
import { compressionDictionary } from '@vde/region-compression-dictionary';
import { type MetricsLog, metricsLog } from '@vde/region-metrics-log';
import { appendEntries, type StreamingAppend, streamingAppend } from '@vde/region-streaming-append';
import { worm } from '@vde/region-worm-immutable';

/** What one edit does to a region of the worked example. */
export type DemoStep = (state: unknown, context: VerbContext) => RegionChange<unknown>;

/** A region of the worked example: how it is added, and the edits that fill it, one after the other. */
export interface DemoRegion {
  readonly plugin: AnyRegionPlugin;
  readonly blockCount: number;
  /** Options of `empty`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly steps: readonly DemoStep[];
}

/** The private key of passports in the worked example: the test key of RFC 6979, A.2.5, which everybody knows. */
export const demoKey = {
  kty: 'EC',
  crv: 'P-256',
  d: 'ya-p2EW6dRZrXCFXZ7HWk05Qw9s26JsSe4piKxIPZyE',
  x: 'YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y',
  y: 'eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk',
} as const;

const second = 10_000_000n;
const day = 86_400n * second;
const demoRegionBlocks = 64;

const utf8 = (text: string) => new TextEncoder().encode(text);
/** A GUID of the worked example: the same number gives the same one. */
const guidOf = (kind: number, number: number) =>
  `d3300000-0000-4000-8${String(kind).padStart(3, '0')}-${String(number).padStart(12, '0')}`;
/** The subject that is erased, and the first passport: the id in the examples of their commands. */
const exampleId = '00112233-4455-6677-8899-aabbccddeeff';

/** One sample every ten seconds of two sensors, for the hour that ends now. */
function recordHour(state: unknown, { now }: VerbContext): RegionChange<unknown> {
  const log = (state as MetricsLog).clone();
  for (let i = 0; i < 360; i++) {
    const timestampUtcTicks = now - BigInt(3600 - 10 * i) * second;
    const temperature = 21 + Math.round(Math.sin(i / 57) * 300) / 100;
    log.record({ metricId: 1, timestampUtcTicks, value: temperature });
    log.record({ metricId: 2, timestampUtcTicks: timestampUtcTicks + second, value: 40 + ((i * 7) % 90) / 10 });
  }
  return { state: log };
}

const people = ['Ada Lovelace', 'Alan Turing', 'Grace Hopper', 'Edsger Dijkstra'];
const datumKinds = ['name', 'email'] as const;
/** No secret: a real table has a random key that is kept elsewhere. */
const demoHashKey = /* @__PURE__ */ utf8('the key of the worked example, 32+');

function addMappings(state: unknown, { now }: VerbContext): RegionChange<unknown> {
  const table = (state as AnonymizationTable).clone();
  for (const [i, name] of people.entries()) {
    const subjectId = i === 0 ? exampleId : guidOf(1, i);
    for (const [piiType, kind] of datumKinds.entries()) {
      const pii = kind === 'name' ? name : `${name.toLowerCase().replace(' ', '.')}@example.org`;
      const input = { key: demoHashKey, piiType, pii, subjectId };
      table.add({
        mappingId: guidOf(2, 2 * i + piiType),
        subjectId,
        piiType,
        piiHash: hashPii(input),
        anonymizedToken: deriveToken(input),
        createdUtcTicks: now - BigInt(people.length - i) * day,
        flags: mappingFlags.active,
      });
    }
  }
  return { state: table };
}

function addPassports(state: unknown, { now }: VerbContext): RegionChange<unknown> {
  const vault = (state as ComplianceVault).clone();
  const { gdpr, iso27001, soc2 } = frameworks;
  for (const [i, frameworkId] of [gdpr, iso27001, soc2].entries()) {
    const passport = {
      passportId: i === 0 ? exampleId : guidOf(3, i),
      objectId: guidOf(4, i),
      frameworkId,
      complianceStatus: i === 2 ? complianceStatuses.pendingReview : complianceStatuses.compliant,
      issuedUtcTicks: now - 30n * day,
      expiresUtcTicks: now + 335n * day,
      lastVerifiedUtcTicks: now - day,
      issuerId: 'demo issuer',
      notes: 'made by vde create --demo',
    };
    vault.add(signPassport(passport, demoKey));
  }
  return { state: vault };
}

/** Entries of a ring that then holds `count` of them in all: more than its blocks, so that it has gone round. */
function appendFrom(first: number, count: number): DemoStep {
  return (state, { geometry: { blockSize } }) => {
    const entries = Array.from({ length: count }, (_, i) => utf8(`event ${first + i} of the worked example\n`));
    return appendEntries(state as StreamingAppend, entries, { blockSize, framed: true });
  };
}

/** A step that is an editing command of the plugin. */
function verb({ verbs }: AnyRegionPlugin, name: string, args: VerbArgs): DemoStep {
  const command = verbs!.commands[name] as RegionVerb<unknown>;
  return (state, context) => command.run(state, args, context);
}

const words = (language: string, list: string) => utf8(`${language}: ${list} `.repeat(120));

/** Every official region with data in it, the same for the same time: a worked example. */
export const demoRegions: readonly DemoRegion[] = /* @__PURE__ */ regionsOfDemo();

function regionsOfDemo(): DemoRegion[] {
  return [
    {
      plugin: anonymizationTable,
      blockCount: demoRegionBlocks,
      options: {},
      steps: [addMappings, verb(anonymizationTable, 'erase-subject', { 'subject-id': exampleId })],
    },
    { plugin: complianceVault, blockCount: demoRegionBlocks, options: {}, steps: [addPassports] },
    {
      plugin: compressionDictionary,
      blockCount: demoRegionBlocks,
      options: {},
      steps: [
        verb(compressionDictionary, 'load', {
          dictionary: words('english', 'temperature humidity pressure sensor value'),
          id: '1',
          algorithm: 'zstd',
          'sample-count': '720',
        }),
        verb(compressionDictionary, 'load', {
          dictionary: words('deutsch', 'Temperatur Feuchte Druck Sensor Wert'),
          id: '2',
          algorithm: 'brotli',
          'sample-count': '360',
        }),
      ],
    },
    { plugin: metricsLog, blockCount: demoRegionBlocks, options: {}, steps: [recordHour] },
    {
      plugin: streamingAppend,
      blockCount: 10,
      options: { maxCapacityBlocks: 8, growthIncrement: 8 },
      steps: [appendFrom(0, 6), appendFrom(6, 6)],
    },
    {
      plugin: worm,
      blockCount: demoRegionBlocks,
      options: { retentionPeriodTicks: 3650n * day },
      steps: [
        verb(worm, 'append', { data: utf8('Minutes of the first meeting.\n'.repeat(200)) }),
        verb(worm, 'append', { data: utf8('Minutes of the second meeting.\n') }),
      ],
    },
  ];
}
