// The arrows of the house: what each package may import, and which globals it may use. Data first, then the rule.

const region = ['@vde/format', '@vde/crypto'];

/** Package folder -> packages it may import. `region-*` stands for every region package. */
export const arrows = {
  'packages/format': [],
  'packages/crypto': ['@noble/curves', '@noble/hashes'],
  'packages/image': region,
  'packages/region-*': region,
  'packages/regions': ['@vde/format', '@vde/region-*'],
  'packages/inspect': ['@vde/format', '@vde/crypto', '@vde/image'],
  'packages/testing': ['@vde/format', '@vde/image', 'vitest', 'fast-check'],
  'apps/inspector': [
    '@vde/format',
    '@vde/crypto',
    '@vde/image',
    '@vde/inspect',
    '@vde/regions',
    'commander',
    'fastest-levenshtein',
    'hyparquet-writer',
    'picocolors',
    'string-width',
  ],
};

/** Where `node:` imports and Node's globals are at home. */
const nodeFiles = [
  /^packages\/image\/src\/node\//,
  /^packages\/crypto\/src\/[^/]*\.node\.ts$/,
  /^apps\/inspector\/src\/cli\//,
];

const nodeGlobals = /(?<![\w.'"`-])(process|Buffer|__dirname|__filename|require|setImmediate)(?=[.([;,\s)])(?!:)/;
// `document` is a word that data uses too: only its members tell.
const domGlobals =
  /(?<![\w.'"`-])(document(?=\.(?:add|body|create|get|query|title))|navigator|localStorage|HTMLElement|XMLHttpRequest)(?![\w:])/;
const imports = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

const matches = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name);

function packageOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/** The faults of one source file, each one line: file, line, what is wrong. */
export function layerFaults(file, source) {
  const folder = file.split('/').slice(0, 2).join('/');
  const allowed = Object.entries(arrows).find(([pattern]) => matches(pattern, folder))?.[1];
  if (allowed === undefined) return [`${file}: no arrows are declared for ${folder}`];
  const inNode = nodeFiles.some((pattern) => pattern.test(file));
  const faults = [];
  const code = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  code.split('\n').forEach((line, index) => {
    const at = `${file}:${index + 1}`;
    const bare = line.replace(/\/\/.*$/, '').replace(/(['"`])(?:\\.|(?!\1).)*\1/g, '""');
    for (const [, specifier] of line.matchAll(imports)) {
      if (specifier.startsWith('.')) {
        if (crosses(file, specifier)) faults.push(`${at}: "${specifier}" leaves its package; import it by name`);
      } else if (specifier.startsWith('node:')) {
        if (!inNode) faults.push(`${at}: "${specifier}" belongs to Node; this file must run everywhere`);
      } else if (!allowed.some((pattern) => matches(pattern, packageOf(specifier)))) {
        faults.push(
          `${at}: ${folder} must not import "${specifier}"; its arrows are ${allowed.join(', ') || '(none)'}`,
        );
      }
    }
    const global =
      (inNode ? null : nodeGlobals.exec(bare)) ?? (file.startsWith('apps/') ? null : domGlobals.exec(bare));
    if (global) faults.push(`${at}: "${global[1]}" is not there everywhere`);
  });
  return faults;
}

function crosses(file, specifier) {
  const parts = file.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.slice(0, 3).join('/') !== file.split('/').slice(0, 3).join('/');
}
