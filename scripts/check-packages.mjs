// Compares every package with the template of CONTRIBUTING.md, and its README with its code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const faults = [];
const read = (path) => readFileSync(`${root}/${path}`, 'utf8');
const rootReadme = read('README.md');
const folders = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}`),
);

for (const folder of folders) {
  const fault = (text) => faults.push(`${folder}: ${text}`);
  const manifest = JSON.parse(read(`${folder}/package.json`));
  const isApp = folder.startsWith('apps/');
  const wanted = { license: 'MIT', type: 'module' };
  for (const [key, value] of Object.entries(wanted))
    if (manifest[key] !== value) fault(`package.json "${key}" is not ${value}`);
  if (manifest.engines?.node !== '>=20.19') fault('package.json "engines.node" is not >=20.19');
  if (manifest.publishConfig?.provenance !== true) fault('package.json has no publishConfig.provenance');
  if (!isApp && manifest.sideEffects !== false) fault('package.json "sideEffects" is not false');
  for (const file of [
    'README.md',
    'LICENSE',
    'package.json',
    'tsconfig.json',
    'tsup.config.ts',
    ...(isApp ? [] : ['src/index.ts']),
  ]) {
    if (!existsSync(`${root}/${folder}/${file}`)) fault(`${file} is missing`);
  }
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    if (
      name.startsWith('@vde/') ? range !== 'workspace:^' : !(folder === 'packages/crypto' && name.startsWith('@noble/'))
    ) {
      fault(`dependency ${name}@${range} is not allowed in a library package`);
    }
  }
  if (!rootReadme.includes(manifest.name)) fault(`the packages table of README.md does not name ${manifest.name}`);
  if (existsSync(`${root}/${folder}/README.md`)) checkReadme(folder, fault);
  if (!isApp && existsSync(`${root}/${folder}/src/index.ts`) && folder !== 'packages/format') {
    for (const line of read(`${folder}/src/index.ts`).split('\n')) {
      if (line !== '' && !/^(export|import|\/\*\*|\s|\}|const|\]|;)/.test(line))
        fault(`src/index.ts holds more than exports: ${line}`);
    }
  }
}

/** Code blocks that name an example must be that example; finding codes must be listed. */
function checkReadme(folder, fault) {
  const readme = read(`${folder}/README.md`);
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  for (const code of blocks) {
    const name = /^\/\/ (examples\/[\w-]+\.ts)\n/.exec(code)?.[1];
    if (name === undefined) fault('README.md has a code block that names no example file in its first line');
    else if (!existsSync(`${root}/${folder}/${name}`)) fault(`README.md names ${name}, which does not exist`);
    else if (read(`${folder}/${name}`) !== code) fault(`the code block ${name} of README.md is not that file`);
  }
  if (folder.startsWith('packages/') && blocks.length === 0) fault('README.md has no example');
  if (folder.startsWith('packages/region-')) {
    const codes = [...read(`${folder}/src/codes.ts`).matchAll(/^ {2}(\w+): \{/gm)].map(([, code]) => code);
    for (const code of codes) if (!readme.includes(`\`${code}\``)) fault(`README.md does not list the code ${code}`);
  }
}

for (const text of faults) console.error(text);
console.log(`packages: ${folders.length} compared, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
