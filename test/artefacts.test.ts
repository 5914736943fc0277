import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gunzipSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install, installed, type PackedPackage, packAll, publicPackages, root, run } from './tarballs.ts';

const libraries = publicPackages().filter(({ folder }) => folder.startsWith('packages/'));
const golden = new URL('../fixtures/golden/regions/metrics-log/', import.meta.url);
const goldenCase = JSON.parse(readFileSync(new URL('full-two-blocks-plus-1.4096.json', golden), 'utf8'));
const blocks = new Uint8Array(gunzipSync(readFileSync(new URL(goldenCase.file, golden))));

/** What a user's program may find out about the golden blocks. */
const program = `
  import { decodeRegion, hashImplementation } from '@vde/format';
  import { sha256 } from '@vde/crypto';
  import { metricsLog } from '@vde/region-metrics-log';
  export function inspect(blocks) {
    const { state, findings } = decodeRegion(metricsLog, blocks, { blockSize: ${goldenCase.blockSize} });
    const { metricId, timestampUtcTicks } = state.samples.at(state.samples.length - 1);
    const last = [metricId, String(timestampUtcTicks)];
    return { samples: state.samples.length, last, findings: findings.length, sha256: [...sha256(blocks)], hashImplementation: hashImplementation() };
  }
`;
const { rows } = goldenCase.tables.samples;
const expected = {
  samples: Number(goldenCase.summary.sampleCount),
  last: rows[rows.length - 1].slice(0, 2),
  findings: 0,
  sha256: [...createHash('sha256').update(blocks).digest()],
};

let folder = '';
let packages: PackedPackage[] = [];
const tarballOf = (name: string) => packages.find((one) => one.name === name)!.tarball;

beforeAll(() => {
  ({ folder, packages } = packAll());
  install(join(folder, 'user'), ['@vde/format', '@vde/crypto', '@vde/region-metrics-log'].map(tarballOf));
  writeFileSync(join(folder, 'user/program.mjs'), program);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('one region installed from its tarball', () => {
  it('brings no more than five packages', () => {
    const names = ['@noble/curves', '@noble/hashes', '@vde/crypto', '@vde/format', '@vde/region-metrics-log'];
    expect(installed(join(folder, 'user'))).toEqual(names);
  });

  it('reads a golden region in Node', () => {
    const user = join(folder, 'user');
    writeFileSync(join(user, 'blocks.bin'), blocks);
    const code = `import { readFileSync } from 'node:fs'; import { inspect } from './program.mjs';
      process.stdout.write(JSON.stringify(inspect(new Uint8Array(readFileSync('blocks.bin')))));`;
    const printed = run(process.execPath, ['--input-type=module', '--eval', code], user);
    expect(JSON.parse(printed)).toEqual({ ...expected, hashImplementation: 'wasm' });
  });

  const atob = globalThis.atob;
  const places: [string, object, string][] = [
    ['with nothing but the language', {}, 'javascript'],
    ['with what browsers have', { atob, TextEncoder, TextDecoder }, 'wasm'],
  ];
  it.each(places)('reads a golden region from a browser bundle %s', async (_, globals, hashImplementation) => {
    const entryPoints = [join(folder, 'user/program.mjs')];
    const shape = { bundle: true, platform: 'browser', format: 'iife', globalName: 'bundle', write: false } as const;
    const { outputFiles, warnings } = await build({ entryPoints, ...shape });
    expect(warnings).toEqual([]);
    const context = createContext({ ...globals });
    // The bytes must be of the context's own realm, as they are in a browser.
    context['bytes'] = Array.from(blocks);
    const result = runInContext(
      `${outputFiles[0]!.text}\nJSON.stringify(bundle.inspect(new Uint8Array(bytes)))`,
      context,
    );
    expect(JSON.parse(result)).toEqual({ ...expected, hashImplementation });
  });
});

describe('size', () => {
  const regions = libraries.filter(({ name }) => name.startsWith('@vde/region-'));

  it.each(regions)('of $name itself is 6 KB at most, minified and zipped', async (region) => {
    const entryPoints = [join(root, region.folder, 'dist/index.js')];
    const external = libraries.map(({ name }) => name).filter((name) => name !== region.name);
    const { outputFiles } = await build({
      entryPoints,
      bundle: true,
      minify: true,
      format: 'esm',
      external,
      write: false,
    });
    const size = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
    expect(size).toBeGreaterThan(300);
    expect(size).toBeLessThanOrEqual(6 * 1024);
  });
});

describe('packing', () => {
  it.each(publicPackages())('gives publint nothing to say about $name', async ({ name }) => {
    const bytes = new Uint8Array(readFileSync(tarballOf(name)));
    const { messages } = await publint({ pkgDir: 'package', pack: { tarball: bytes.buffer }, strict: true });
    expect(messages).toEqual([]);
  });

  it.each(libraries)('gives attw nothing to say about $name', async ({ name }) => {
    expect(await typeProblems(tarballOf(name))).toEqual([]);
  });

  it('leaves no reference to the workspace', () => {
    for (const { name, tarball } of packages) {
      expect(run('tar', ['-xzOf', tarball, 'package/package.json']), name).not.toContain('workspace:');
    }
  });
});

/** What `attw --profile esm-only` reports; its core is not a dependency of ours, so it is found through the program. */
async function typeProblems(tarball: string): Promise<object[]> {
  const program = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json');
  const core = await import(pathToFileURL(createRequire(program).resolve('@arethetypeswrong/core')).href);
  const analysis = await core.checkPackage(core.createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (analysis.types === false) return [{ kind: 'NoTypes' }];
  const ignored = ['node10', 'node16-cjs'];
  return analysis.problems.filter(
    (problem: { resolutionKind?: string }) => !ignored.includes(problem.resolutionKind ?? ''),
  );
}

describe('exports', () => {
  const entries = libraries.flatMap((library) =>
    Object.keys(manifestOf(library.folder).exports).map((path) => ({
      entry: library.name + path.slice(1),
      library,
      path,
    })),
  );

  it.each(entries)('of $entry are these', async ({ library, path }) => {
    const { types, default: code } = manifestOf(library.folder).exports[path];
    const names = declaredNames(join(root, library.folder, types));
    const url = pathToFileURL(join(root, library.folder, code)).href;
    const print = `import(${JSON.stringify(url)}).then((all) => console.log(JSON.stringify(Object.keys(all))))`;
    const values: string[] = JSON.parse(run(process.execPath, ['--eval', print]));
    expect(
      values.filter((name) => !names.includes(name)),
      'exported without types',
    ).toEqual([]);
    expect(names.map((name) => (values.includes(name) ? name : `type ${name}`)).sort()).toMatchSnapshot();
    const readme = readFileSync(join(root, library.folder, 'README.md'), 'utf8');
    const unnamed = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme));
    expect(unnamed, 'not named in README.md').toEqual([]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a package.json has any shape
function manifestOf(folder: string): any {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** Names that a bundled declaration file exports, values and types. */
function declaredNames(file: string): string[] {
  const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return statements
    .flatMap((node) =>
      ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause)
        ? [...node.exportClause.elements]
        : [],
    )
    .map(({ name }) => name.text);
}

describe('the packed inspector', () => {
  it('runs with nothing installed beside it', () => {
    const place = join(folder, 'inspector');
    mkdirSync(place);
    run('tar', ['-xzf', tarballOf('@vde/inspector'), '-C', place]);
    expect(readdirSync(join(place, 'package'))).not.toContain('node_modules');
    expect(manifestOf('apps/inspector').dependencies ?? {}).toEqual({});
    const vde = join(place, 'package/bin/vde.js');
    expect(run(process.execPath, [vde, '--help'], place)).toContain('Usage');
    writeFileSync(
      join(place, 'image.dwvd'),
      gunzipSync(readFileSync(join(root, 'fixtures/golden/images/all-regions.dwvd.gz'))),
    );
    const slots = JSON.parse(run(process.execPath, [vde, 'ls', 'image.dwvd', '-f', 'json'], place)).slots;
    expect(slots.map(({ id }: { id: string | null }) => id)).toContain('metrics-log');
  });
});
