// Writes the package of a new region: `pnpm new-region <id> [--title TEXT] [--tag ABCD] [--out DIR]`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { namesOf, regionFiles } from './region-template.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage =
  'usage: pnpm new-region <id> [--title TEXT] [--tag ABCD] [--out DIR]\n  <id> in kebab-case, such as audit-log';

function fail(message) {
  console.error(message);
  process.exit(64);
}

function readCommandLine() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { title: { type: 'string' }, tag: { type: 'string' }, out: { type: 'string' } },
    });
    return { ids: positionals, ...values };
  } catch (error) {
    return fail(`${error.message}\n${usage}`);
  }
}

const { ids, title, tag, out } = readCommandLine();
const [id] = ids;
if (ids.length !== 1 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) fail(usage);
if (tag !== undefined && !/^[\x20-\x7e]{4}$/.test(tag)) fail(`tag "${tag}": expected four printable ASCII characters`);

const folder = out === undefined ? join(root, 'packages', `region-${id}`) : resolve(out);
if (existsSync(join(folder, 'package.json'))) fail(`${folder} holds a package already`);

const names = namesOf(id);
const files = regionFiles(
  { ...names, title: title ?? names.title, tag: tag ?? names.tag },
  {
    manifest: JSON.parse(readFileSync(join(root, 'packages/format/package.json'), 'utf8')),
    license: readFileSync(join(root, 'LICENSE'), 'utf8'),
  },
);
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

console.log(`${folder}: ${Object.keys(files).length} files. Next:
  1. Write down the format: docs/format/region-${id}.md.
  2. Make src/records.ts and src/region.ts what that page says; block tag and slot types stand in src/region.ts.
  3. Add the package to the table in README.md, and to packages/regions (package.json and src/index.ts).
  4. pnpm install, pnpm check, pnpm changeset.`);
