// Mutation tests of the region packages: `npm run mutation -- worm-immutable`, or all of them without a name. Changes the sources in
// thousands of places, one at a time, and tells which changes no test notices. docs/mutation.md says how to read the result.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { countMutants, listSurvivors, replaceRow, tableRow } from './mutation/report.mjs';
import { mutate } from './mutation/stryker.mjs';

const page = 'docs/mutation.md';
const leastScore = 80;

// Stryker takes the working directory for the project.
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
// Hours of work that nobody waits for.
setPriority(10);

const known = readdirSync('packages').flatMap((folder) => /^region-(.+)$/.exec(folder)?.[1] ?? []);
const asked = process.argv.slice(2);
for (const id of asked) {
  if (known.includes(id)) continue;
  console.error(`${id} is no region package, expected some of: ${known.join(' ')}`);
  process.exit(64);
}

for (const id of asked.length > 0 ? asked : known) {
  const started = Date.now();
  const report = await mutate(`region-${id}`, `coverage/mutation/${id}.json`);
  const counts = countMutants(report);
  const text = readFileSync(page, 'utf8');
  const row = tableRow(id, counts, (Date.now() - started) / 60_000);
  writeFileSync(page, replaceRow(text, id, row));
  const survivors = listSurvivors(report);
  const unexplained = survivors.filter((line) => !text.includes(line));
  if (unexplained.length > 0) console.log(`${page} gives no reason for these survivors:\n${unexplained.join('\n')}`);
  console.log(row);
  if (counts.score < leastScore || unexplained.length > 0) process.exitCode = 1;
}
