// The newcomer's command: installs, builds, makes an image with data in it and looks at it with the inspector.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = '.demo/demo.dwvd';

function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) process.exit(status ?? 1);
}

function step(text) {
  console.log(process.stdout.isTTY ? `\n\u001b[1m${text}\u001b[0m` : `\n${text}`);
}

step('Installing and building …');
run(process.execPath, ['scripts/pnpm.mjs', 'install', '--frozen-lockfile', '--reporter=append-only'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
run(process.execPath, ['scripts/pnpm.mjs', 'run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });

mkdirSync(new URL('../.demo/', import.meta.url), { recursive: true });

const vde = (...args) => {
  console.log(`\n$ vde ${args.join(' ')}`);
  run(process.execPath, ['apps/inspector/bin/vde.js', ...args]);
};

step('A worked example: an image with data in every region type that has a package.');
vde('create', demo, '--force', '--demo', '--quiet');
step('1. What is it? One screen: identity, geometry, which superblock copy is used, the regions, a quick verdict.');
vde('info', demo);
step('2. What is in it? The directory: every region with its place and how its type was recognised.');
vde('ls', demo);
step('3. Is it intact? Every block in use, both superblock copies, the bitmap, and every region decoded.');
vde('check', demo);
step('4. What does a region hold? The metrics log, decoded: settings, and the first samples of two sensors.');
vde('show', demo, 'r:metrics-log');

step('5. May it be changed? A sample more: all of the change is made, or nothing of it.');
vde('metrics', 'record', demo, '--metric-id', '1', '--value', '21.5');

step('What to try next');
const next = [
  [`show ${demo} sb`, 'both superblock copies side by side'],
  [`show ${demo} r:anonymization-table/5`, 'one record with its fields'],
  [`hex ${demo} r:metrics-log:64`, 'bytes with the names of their fields'],
  [`map ${demo}`, 'every block by owner and state'],
  [`find ${demo} text:meeting`, 'where a text stands'],
  [`export ${demo} r:metrics-log --where "value > 40"`, 'records for a spreadsheet'],
  [`damage ${demo} .demo/hurt.dwvd --seed 7`, 'a damaged copy, for vde check and vde diff'],
  [`anon erase-subject ${demo} --subject-id d3300000-0000-4000-8001-000000000001`, 'a person is forgotten'],
  ['create .demo/new.dwvd', 'a new image'],
  ['--help', 'everything else'],
];
const width = Math.max(...next.map(([line]) => line.length));
for (const [line, does] of next) console.log(`  node apps/inspector/bin/vde.js ${line.padEnd(width)}  ${does}`);
