// Fails when an import runs against the arrows of docs/architecture.md, or when a library uses names of Node or the DOM.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { layerFaults } from './layers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true })
    .map((name) => `${folder}/${name}`.replaceAll('\\', '/'))
    .filter((name) => /^[^/]+\/[^/]+\/src\/.*\.ts$/.test(name)),
);
const faults = files.flatMap((file) => layerFaults(file, readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')));
for (const fault of faults) console.error(fault);
console.log(`layers: ${files.length} files, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
