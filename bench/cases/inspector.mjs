// What a first look at an image costs, however large the image is.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, timeProcess } from '../measure.mjs';
import { writeSparseImage } from '../sparse-image.mjs';

const tool = fileURLToPath(new URL('../../apps/inspector/bin/vde.js', import.meta.url));
const bundle = new URL('../../apps/inspector/dist/cli.js', import.meta.url);

/** Rows: the program, and the library calls in it. */
export async function* rows({ folder, quick }) {
  const path = join(folder, 'large.dwvd');
  await writeSparseImage(path, quick ? 2 ** 30 : 2 ** 40);
  const size = quick ? '1 GiB' : '1 TiB';
  const inspect = await inProcess(path);
  await inspect();

  if (existsSync(bundle)) {
    yield {
      name: `vde info, sparse image of ${size}`,
      unit: 'ms',
      better: 'less',
      rounds: 15,
      ours: () => timeProcess(process.execPath, [tool, 'info', path]),
      peers: { 'node -e 0': () => timeProcess(process.execPath, ['-e', '0']) },
      targets: [{ peer: 'node -e 0', atMost: 3 }],
    };
  } else console.log('vde info: the inspector is not built, left out');
  yield { name: `open and info in process, ${size}`, unit: 'ms', better: 'less', rounds: 15, ours: inspect };
}

async function inProcess(path) {
  const { openInspection } = await built('packages/inspect/dist/index.js');
  const { openFileSource } = await built('packages/image/dist/node/index.js');
  const { allRegions } = await built('packages/regions/dist/index.js');
  return async () => {
    const start = process.hrtime.bigint();
    const inspection = await openInspection(await openFileSource(path), { regions: allRegions });
    const { check } = await inspection.info();
    await inspection.close();
    const spent = Number(process.hrtime.bigint() - start) / 1e6;
    if (check.errors + check.warnings > 0)
      throw new Error(`the image is not clean: ${JSON.stringify(check.findings[0])}`);
    return spent;
  };
}
