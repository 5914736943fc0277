// Measures the built packages against their peers: `npm run build && npm run bench`. Options: `--quick` (one short round,
// nothing written), `--only TEXT` (the cases whose file name contains it; where there is none, the rows whose name does).
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureRow } from './measure.mjs';
import { printTable } from './table.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const allCases = readdirSync(join(root, 'bench/cases')).sort();
const chosen = allCases.filter((name) => name.includes(options.only));
const cases = chosen.length > 0 ? chosen : allCases;

const folder = mkdtempSync(join(tmpdir(), 'vde-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

if (!existsSync(join(root, 'packages/format/dist/index.js'))) {
  console.error('The packages are not built: run `npm run build` first.');
  process.exit(1);
}

const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} processors, ${process.platform} ${process.arch}`;
console.log(
  `Node ${process.version}; ${machine}; load ${loadavg()[0].toFixed(1)} (above 0.3, other work disturbs the figures)`,
);
console.log('Best of interleaved rounds after one to warm up, and the median of ours. GB = 10^9 bytes.\n');

const measured = [];
for (const name of cases) {
  const { rows } = await import(`./cases/${name}`);
  for await (const row of rows({ folder, quick: options.quick })) {
    if (chosen.length === 0 && !row.name.includes(options.only)) continue;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${row.name} …`);
    // One short round says nothing about targets.
    const targets = options.quick ? [] : row.targets;
    measured.push({ ...row, targets, figures: await measureRow(row, options) });
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
printTable(measured);

if (!options.quick && options.only === '') {
  const results = measured.map(({ name, unit, figures: { ours, ...peers } }) => ({
    name,
    unit,
    ours: rounded(ours.best),
    peers: Object.fromEntries(Object.entries(peers).map(([peer, { best }]) => [peer, rounded(best)])),
  }));
  writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
  console.log('\nWritten to bench/results.json.');
}

function rounded(value) {
  return Number(value.toPrecision(4));
}
