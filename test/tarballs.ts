import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A package of the repository as it would be published. */
export interface PackedPackage {
  readonly name: string;
  /** Folder in the repository, such as `packages/format`. */
  readonly folder: string;
  readonly tarball: string;
}

/** Names of the public packages with their folders. */
export function publicPackages(): { name: string; folder: string }[] {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .map((entry) => `${parent}/${entry}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }))
      .filter(({ manifest }) => manifest.private !== true)
      .map(({ folder, manifest }) => ({ folder, name: manifest.name as string })),
  );
}

/** Builds what was not built yet; a build that is there is taken as it is. */
export function ensureBuilt(): void {
  const isMissing = ({ folder }: { folder: string }) => {
    const file = folder.startsWith('apps/') ? 'dist/cli.js' : 'dist/index.d.ts';
    return !existsSync(join(root, folder, file));
  };
  if (publicPackages().some(isMissing)) pnpm('exec', 'turbo', 'run', 'build');
}

/** Packs every public package into a new folder of the system's temporary one. */
export function packAll(): { folder: string; packages: PackedPackage[] } {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'vde-artefacts-'));
  pnpm('-r', '--filter', './packages/*', '--filter', './apps/*', 'pack', '--pack-destination', folder);
  const packages = publicPackages().map((found) => ({ ...found, tarball: join(folder, tarballName(found.name)) }));
  return { folder, packages };
}

const tarballName = (name: string) => `${name.replace('@', '').replace('/', '-')}-${versionOf(name)}.tgz`;

function versionOf(name: string): string {
  const { folder } = publicPackages().find((found) => found.name === name)!;
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).version;
}

/** Installs tarballs with npm into an empty folder, as a user would. */
export function install(folder: string, tarballs: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['init', '--yes'], folder);
  run('npm', ['install', ...options, ...tarballs], folder);
}

/** Names of the installed packages. */
export function installed(folder: string): string[] {
  const modules = join(folder, 'node_modules');
  return readdirSync(modules)
    .filter((entry) => !entry.startsWith('.'))
    .flatMap((entry) =>
      entry.startsWith('@') ? readdirSync(join(modules, entry)).map((inner) => `${entry}/${inner}`) : [entry],
    )
    .sort();
}

/** Runs a program and gives what it printed. @throws Error with its output when it fails. */
export function run(command: string, args: readonly string[], cwd = root): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error ?? `exit code ${status}`}\n${stdout}${stderr}`);
  return stdout;
}

function pnpm(...args: string[]): string {
  return run(process.execPath, ['scripts/pnpm.mjs', ...args]);
}
