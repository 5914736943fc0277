// The files of a new region package, as CONTRIBUTING.md describes one: a header and packed records, to be changed into what
// the format page says. It passes lint, types, package check and conformance as it is.

/** Names that follow from the id. */
export function namesOf(id) {
  const words = id.split('-');
  const pascal = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return {
    id,
    plugin: pascal[0].toLowerCase() + pascal.slice(1),
    state: pascal,
    title: words.join(' ').replace(/^./, (letter) => letter.toUpperCase()),
    tag: words.join('').slice(0, 4).toUpperCase().padEnd(4, 'X'),
  };
}

/** Paths in the package with their text. `manifest` is that of a package to take license, engines and publishConfig from. */
export function regionFiles({ id, plugin, state, title, tag }, { manifest, license }) {
  const example = `// examples/read.ts
import { decodeRegion, encodeRegion, PackedRecords, ticksFromDate } from '@vde/format';
import { Entry, ${plugin} } from '@vde/region-${id}';

const createdUtcTicks = ticksFromDate(new Date('2025-01-01T00:00:00Z'));
const entries = PackedRecords.from(Entry, [{ entryId: 7, createdUtcTicks, value: 1.5 }]);
const blocks = encodeRegion(${plugin}, { entries }, { blockSize: 4096, generation: 1 });

// Bare blocks of a region. In an image: const { state } = await image.region(${plugin})
const { state } = decodeRegion(${plugin}, blocks, { blockSize: 4096 });
console.log(state.entries.at(0).entryId); // 7

export const result = state.entries.length;
`;
  return {
    'package.json': `${JSON.stringify(packageJson({ id, title }, manifest), null, 2)}\n`,
    'tsconfig.json': '{ "extends": "../../tsconfig.base.json", "include": ["src", "test", "examples"] }\n',
    'tsup.config.ts': "import { library } from '../../tsup.base.ts';\n\nexport default library();\n",
    LICENSE: license,
    'README.md': readme({ id, plugin, state, title }, example),
    'examples/read.ts': example,
    'src/index.ts': `export { Entry, Header } from './records.ts';\nexport { type ${state}, ${plugin} } from './region.ts';\n`,
    'src/codes.ts': `import type { CodeRegistry } from '@vde/format';

/** The finding codes of this region besides those of \`@vde/format\`. */
export const ${plugin}Codes = {
  entryWithoutTime: {
    severity: 'warning',
    explain: 'An entry has a creation time of 0: its writer did not set one. Nothing else of the entry depends on it.',
  },
} as const satisfies CodeRegistry;
`,
    'src/records.ts': `import { f64, type Infer, i64, pad, record, ticks, u32 } from '@vde/format';

/** Header of block 0. */
export const Header = /* @__PURE__ */ record('${state}Header', {
  entryCount: i64,
  reserved: /* @__PURE__ */ pad(8),
});
export type Header = Infer<typeof Header>;

/** One entry. */
export const Entry = /* @__PURE__ */ record('Entry', {
  entryId: u32,
  createdUtcTicks: ticks,
  value: f64,
});
export type Entry = Infer<typeof Entry>;
`,
    'src/region.ts': region({ id, plugin, state, title, tag }),
    'test/region.test.ts': `import { arbitraryPacked, testRegion } from '@vde/testing';
import fc from 'fast-check';
import { goldenRegion } from '../../testing/test/golden-files.ts';
import { Entry, type ${state}, ${plugin} } from '../src/index.ts';

const states: fc.Arbitrary<${state}> = fc.record(
  {
    entries: arbitraryPacked(Entry, { maxLength: 100 }),
    reserved: fc.constant(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)),
  },
  { requiredKeys: ['entries'] },
);

testRegion(${plugin}, {
  states,
  notOurs: () => [goldenRegion('metrics-log', 'one.512'), goldenRegion('anonymization-table', 'one.512')],
});
`,
  };
}

function packageJson({ id, title }, { license, engines, publishConfig }) {
  return {
    name: `@vde/region-${id}`,
    version: '1.0.0',
    description: `The ${title.toLowerCase()} region of DWVD v2 images`,
    license,
    type: 'module',
    sideEffects: false,
    engines,
    exports: { '.': { '@vde/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist', 'src'],
    publishConfig,
    scripts: { build: 'tsup' },
    dependencies: { '@vde/format': 'workspace:^' },
    devDependencies: { '@vde/testing': 'workspace:^' },
  };
}

function readme({ id, plugin, state, title }, example) {
  return `# @vde/region-${id}

The ${title.toLowerCase()} region of DWVD v2 images. It works on bare blocks with [\`@vde/format\`](../format) and inside images with
[\`@vde/image\`](../image).

\`\`\`sh
npm install @vde/region-${id} @vde/format
\`\`\`

\`\`\`ts
${example}\`\`\`

## Exports

${markdownTable([
  ['export', 'what it is'],
  [`\`${plugin}\``, 'the plugin: for `decodeRegion`, `encodeRegion`, `openImage` and `image.region`'],
  [`\`${state}\``, 'type of its state'],
  ['`Entry`, `Header`', 'records and their types'],
])}

## Finding codes

${markdownTable([
  ['code', 'severity', 'meaning'],
  ['`entryWithoutTime`', 'warning', 'an entry has a creation time of 0'],
])}

## Limits

- Entries stand in the order in which they were added; nothing sorts or merges them.

The format: [${title.toLowerCase()}](../../docs/format/region-${id}.md).
`;
}

function markdownTable([head, ...rows]) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function region({ id, plugin, state, title, tag }) {
  return `import { defineRegion, PackedRecords, packedTable, type RegionReader, table } from '@vde/format';
import { ${plugin}Codes } from './codes.ts';
import { Entry, Header } from './records.ts';

/** The state of this region. Entries stand in the order in which they were added. */
export interface ${state} {
  readonly entries: PackedRecords<Entry>;
  /** Reserved header bytes, when they are not zero. */
  readonly reserved?: Uint8Array;
}

const rows = /* @__PURE__ */ table({ id: 'entries', header: Header, item: Entry, count: 'entryCount' }).packed();

/** The ${title.toLowerCase()} region, tag \`${tag}\` (page region-${id}). */
export const ${plugin} = /* @__PURE__ */ defineRegion<${state}>({
  id: '${id}',
  title: '${title}',
  blockTag: '${tag}',
  slotTypes: ['${tag}'],
  codes: ${plugin}Codes,
  empty: () => ({ entries: new PackedRecords(Entry) }),
  decode(reader): ${state} {
    const { header, items } = rows.read(reader);
    return { entries: items, ...(header.reserved && { reserved: header.reserved }) };
  },
  requiredBlocks: ({ entries }, geometry) => rows.requiredBlocks(entries, geometry),
  encode({ entries, ...header }, writer) {
    rows.write({ header, items: entries }, writer);
  },
  trace: rows.trace,
  verify({ entries }, reader) {
    reportMissingTimes(entries, reader);
  },
  describe: ({ entries }) => ({
    summary: [{ id: 'entryCount', kind: 'u32', value: entries.length }],
    tables: [packedTable('entries', entries, rows.locate)],
  }),
});

function reportMissingTimes(entries: PackedRecords<Entry>, reader: RegionReader): void {
  const createdUtcTicks = entries.reader('createdUtcTicks');
  const { offset, type } = Entry.field('createdUtcTicks');
  for (let i = 0; i < entries.length; i++) {
    if (createdUtcTicks(i) !== 0n) continue;
    const place = rows.locate(i, reader.geometry);
    reader.report('entryWithoutTime', \`entry \${i} has no creation time\`, {
      block: place.block,
      offset: place.offset + offset,
      length: type.size,
      path: \`entries[\${i}].createdUtcTicks\`,
    });
  }
}
`;
}
