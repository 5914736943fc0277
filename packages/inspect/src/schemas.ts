import { damageKinds } from './damage/model.ts';
import { mapStates } from './map/model.ts';

/** A JSON Schema, draft 07. Keys that it does not name are allowed everywhere: keys are added within a major. */
export interface JsonSchema {
  readonly [key: string]: unknown;
}

const text = { type: 'string' };
const int = { type: 'integer' };
const flag = { type: 'boolean' };
/** A 64-bit integer. */
const big = { type: 'string', pattern: '^-?[0-9]+$' };
const hex = { type: 'string', pattern: '^([0-9a-f]{2})*$' };
const any = {};
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const oneOf = (...values: readonly string[]): JsonSchema => ({ enum: values });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const mapOf = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });

/** An object whose keys are required, except those that end in `?`. */
function object(keys: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties = Object.fromEntries(Object.entries(keys).map(([key, schema]) => [key.replace('?', ''), schema]));
  return { type: 'object', required: Object.keys(keys).filter((key) => !key.endsWith('?')), properties };
}

const definitions: Readonly<Record<string, JsonSchema>> = {
  tool: object({ name: text, version: text }),
  image: object({
    source: text,
    size: big,
    blockSize: int,
    blocks: big,
    volumeUuid: text,
    copyUsed: oneOf('primary', 'mirror', 'mixed'),
  }),
  range: object({ offset: big, length: big }),
  value: {
    anyOf: [
      { type: ['string', 'number', 'boolean', 'null'] },
      object({ ticks: big, iso: orNull(text) }),
      object({ value: { type: ['integer', 'string'] }, name: orNull(text) }),
      object({ value: { type: ['integer', 'string'] }, names: listOf(text) }),
      object({ hex }),
    ],
  },
  field: object({ path: text, kind: text, range: ref('range'), value: ref('value') }),
  slot: object({
    index: int,
    type: text,
    id: orNull(text),
    resolvedBy: orNull(oneOf('caller', 'slot-type', 'match', 'owner')),
    flags: listOf(text),
    startBlock: big,
    blockCount: big,
    usedBlocks: big,
    state: oneOf('written', 'empty', 'hole', 'damaged'),
    name: text,
    address: text,
  }),
  finding: object({
    code: text,
    severity: oneOf('error', 'warning', 'notice'),
    message: text,
    address: text,
    'block?': big,
    'range?': ref('range'),
    'region?': object({ slot: int, type: text, id: orNull(text) }),
    'path?': text,
    'expected?': any,
    'actual?': any,
    repair: object({ possible: flag, 'from?': text }),
  }),
  summary: object({
    verdict: oneOf('clean', 'warnings', 'damaged', 'lost', 'unverifiable'),
    errors: int,
    warnings: int,
    notices: int,
    unverifiable: int,
    blocks: mapOf(big),
  }),
  table: object({
    id: text,
    columns: listOf(object({ id: text, kind: text, 'names?': mapOf(text) })),
    rowCount: int,
    firstRow: int,
    'rowNumbers?': listOf(int),
    rows: listOf(mapOf(ref('value'))),
  }),
  error: object({ code: text, message: text, exitCode: int, 'hint?': text }),
  difference: object({
    what: oneOf('field', 'record', 'place', 'region', 'blocks', 'trailers', 'bytes'),
    path: text,
    kind: oneOf('added', 'removed', 'changed'),
    'key?': mapOf(ref('value')),
    a: ref('side'),
    b: ref('side'),
    'bytes?': big,
    'firstByte?': big,
    addressA: orNull(text),
    addressB: orNull(text),
  }),
  run: object({
    start: big,
    count: big,
    type: text,
    state: oneOf(...mapStates),
    slot: orNull(int),
  }),
  hit: object({
    address: text,
    'block?': big,
    range: ref('range'),
    'region?': object({ slot: int, type: text, id: orNull(text) }),
    'structure?': text,
    'path?': text,
    as: text,
    split: flag,
    before: hex,
    bytes: hex,
    after: hex,
  }),
  side: { anyOf: [ref('value'), mapOf(ref('value'))] },
};

const image = orNull(ref('image'));
const findings = listOf(ref('finding'));
const checked = { complete: flag, summary: ref('summary'), findings };

const code = { code: text, severity: oneOf('error', 'warning', 'notice'), explain: text, from: text };

/** What a check searched for erased records. */
const erased = object({ records: int, bytes: big });

/** A region before or after an edit. */
const moment = object({ startBlock: big, blockCount: big, generation: orNull(int) });

const differenceCounts = { added: int, removed: int, changed: int };
const countedPart = { path: text, title: text, ...differenceCounts };

const contents: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>> = {
  info: {
    image,
    label: text,
    copy: object({ used: text, reason: text }),
    superblock: mapOf(ref('value')),
    modules: listOf(text),
    integrity: listOf(object({ name: text, state: oneOf('absent', 'ok', 'mismatch', 'notChecked'), detail: text })),
    slots: listOf(ref('slot')),
    ...checked,
  },
  ls: { image, slots: listOf(ref('slot')) },
  show: {
    image,
    address: text,
    title: text,
    range: ref('range'),
    fields: listOf(ref('field')),
    'mirror?': listOf(ref('field')),
    'tables?': listOf(ref('table')),
    'region?': object({
      slot: orNull(int),
      type: text,
      id: orNull(text),
      generation: int,
      state: oneOf('uninitialised', 'formattedEmpty', 'written'),
      partial: flag,
      summary: mapOf(ref('value')),
      tables: listOf(ref('table')),
    }),
    'bytes?': hex,
    findings,
  },
  hex: {
    image,
    address: text,
    blockSize: int,
    base: big,
    range: ref('range'),
    bytes: hex,
    fields: listOf(ref('field')),
    trailers: listOf(
      object({
        block: big,
        range: ref('range'),
        tag: text,
        generation: int,
        checksum: { type: 'string', pattern: '^[0-9a-f]{16}$' },
        status: oneOf('ok', 'hole', 'unsealed', 'corrupt'),
      }),
    ),
  },
  check: {
    image,
    'level?': oneOf('quick', 'full', 'deep'),
    'erased?': erased,
    ...checked,
    'images?': listOf(
      object({
        image,
        source: text,
        'complete?': flag,
        'summary?': ref('summary'),
        'erased?': erased,
        'error?': ref('error'),
      }),
    ),
  },
  map: {
    image,
    blocks: big,
    runs: listOf(ref('run')),
    complete: flag,
    summary: object({ runs: int, blocks: mapOf(big), types: mapOf(big) }),
  },
  find: {
    image,
    pattern: object({
      text,
      kind: oneOf('hex', 'text', 'utf16', 'guid', 'tag', 'integer', 'float', 'time'),
      meaning: text,
      readings: listOf(object({ as: text, length: int })),
    }),
    range: ref('range'),
    hits: listOf(ref('hit')),
    complete: flag,
    summary: object({ hits: int, bytes: big, unreadableBytes: big }),
  },
  diff: {
    image: { type: 'null' },
    a: image,
    b: image,
    differences: listOf(ref('difference')),
    summary: object({ same: flag, ...differenceCounts, listed: int, parts: listOf(object(countedPart)) }),
  },
  salvage: {
    image: object({ source: text, size: big, base: big, blockSize: int, blocks: big }),
    blockSize: object({
      value: int,
      by: oneOf('trailers'),
      sampled: big,
      votes: listOf(object({ blockSize: int, blocks: int })),
    }),
    copies: listOf(object({ structure: text, block: big, state: text, used: flag })),
    identity: listOf(object({ field: text, value: ref('value'), from: orNull(text) })),
    regions: listOf(
      object({
        type: text,
        id: orNull(text),
        startBlock: big,
        blockCount: big,
        writtenBlocks: big,
        damagedBlocks: big,
        generation: int,
        confidence: oneOf('high', 'medium', 'low'),
        why: listOf(text),
        listed: flag,
      }),
    ),
    verdict: oneOf('clean', 'damaged', 'lost'),
    lost: listOf(text),
    findings,
    rebuilt: orNull(object({ size: big, volumeUuid: text, regions: int, bitmapBlocks: int })),
  },
  create: {
    image,
    metadataBlocks: big,
    dataBlocks: big,
    inodeSize: int,
    regions: listOf(object({ type: text, name: text, startBlock: big, blockCount: big })),
  },
  damage: {
    image,
    target: text,
    size: big,
    kind: oneOf(...damageKinds),
    seed: int,
    damages: listOf(
      object({
        kind: oneOf(...damageKinds),
        address: text,
        block: big,
        'other?': big,
        range: ref('range'),
        description: text,
        'size?': big,
        patches: listOf(object({ range: ref('range'), before: hex, after: hex })),
      }),
    ),
  },
  recover: {
    source: text,
    did: oneOf('none', 'rolledBack', 'finished', 'directoryRebuilt', 'needsRepair'),
    dryRun: flag,
  },
  edit: {
    image,
    did: text,
    region: object({ slot: int, type: text, id: orNull(text), before: orNull(moment), after: orNull(moment) }),
    recovered: oneOf('none', 'rolledBack', 'finished', 'directoryRebuilt'),
    findings,
  },
  repair: {
    image: object({ source: text, size: big, base: big, blockSize: int, 'volumeUuid?': text }),
    applied: flag,
    undo: orNull(text),
    steps: listOf(object({ code: text, blocks: listOf(big), what: text })),
    patches: listOf(object({ address: text, block: big, range: ref('range'), before: hex, after: hex })),
    lost: findings,
  },
  undo: { source: text, undo: text, size: big, restored: big },
  explain: { ...code, others: listOf(object(code)) },
  codes: { codes: listOf(object(code)) },
  plugins: {
    plugins: listOf(
      object({
        id: text,
        title: text,
        blockTag: text,
        slotTypes: listOf(text),
        owns: listOf(text),
        codes: listOf(text),
        verbs: listOf(text),
        options: listOf(object({ name: text, summary: text, kind: oneOf('number', 'bigint') })),
      }),
    ),
  },
  error: { code: text, message: text, exitCode: int, 'hint?': text },
};

/** Names of what {@link schemaOf} knows: commands, `error`, `line` for a line of `-f ndjson`; `export` is a line of its `jsonl`. */
export const schemaNames: readonly string[] = [...Object.keys(contents), 'export', 'line'];

/** The JSON Schema of a command's envelope, `undefined` for an unknown name. */
export function schemaOf(name: string): JsonSchema | undefined {
  if (name === 'line') return document('line', lineSchema);
  if (name === 'export') return document('export', mapOf(ref('value')));
  const content = Object.hasOwn(contents, name) ? contents[name] : undefined;
  return content && document(name, object({ schema: { const: `vde/${name}/1` }, tool: ref('tool'), ...content }));
}

const lineSchema: JsonSchema = {
  oneOf: [
    object({ type: { const: 'start' }, schema: text, tool: ref('tool'), image }),
    object({ type: { const: 'finding' }, finding: ref('finding') }),
    object({ type: { const: 'slot' }, slot: ref('slot') }),
    object({ type: { const: 'run' }, run: ref('run') }),
    object({ type: { const: 'hit' }, hit: ref('hit') }),
    object({ type: { const: 'difference' }, difference: ref('difference') }),
    object({ type: { const: 'row' }, table: text, index: int, row: mapOf(ref('value')) }),
    object({ type: { const: 'progress' }, what: text, done: big, total: big, rate: big, secondsLeft: orNull(int) }),
    object({ type: { const: 'end' } }),
  ],
};

function document(name: string, schema: JsonSchema): JsonSchema {
  const head = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `vde/${name}/1`,
    title: `vde ${name}, version 1`,
  };
  return { ...head, ...schema, definitions: withUsed(schema) };
}

/** The definitions that a schema refers to, directly or through others. */
function withUsed(schema: JsonSchema, found: Record<string, JsonSchema> = {}): Record<string, JsonSchema> {
  for (const [, name] of JSON.stringify(schema).matchAll(/#\/definitions\/(\w+)/g)) {
    if (Object.hasOwn(found, name!)) continue;
    found[name!] = definitions[name!]!;
    withUsed(found[name!]!, found);
  }
  return found;
}
