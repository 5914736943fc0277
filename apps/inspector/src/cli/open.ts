import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isVdeError, toHex, VdeError } from '@vde/format';
import { type BlockSource, openHttpSource } from '@vde/image';
import { openFileSource } from '@vde/image/node';
import { type Inspection, openBareRegion, openInspection, sniffedBytes, whatIsIt } from '@vde/inspect';
import type { Call } from './call.ts';
import { isUrl } from './is-url.ts';
import { nearestOf } from './nearest.ts';
import { parseBlockSize, usageError } from './options.ts';

const shownBytes = 16;

/** Opens an IMAGE, hands it to `use`, and closes it whatever happens. */
export async function withInspection<T>(
  call: Call,
  image: string,
  use: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  const extract = extractOf(call);
  const source = await openSource(call, image);
  try {
    return await use(await (extract ? openBareRegion(source, extract) : inspect(call, source)));
  } finally {
    await source.close?.();
  }
}

/** Opens an IMAGE that need not be one, hands over its bytes, and closes it whatever happens. */
export async function withSource<T>(call: Call, image: string, use: (source: BlockSource) => Promise<T>): Promise<T> {
  extractOf(call);
  const source = await openSource(call, image);
  try {
    return await use(source);
  } catch (error) {
    throw isVdeError(error, 'notDwvd') ? await notDwvd(call, source, error) : error;
  } finally {
    await source.close?.();
  }
}

async function openSource(call: Call, image: string): Promise<BlockSource> {
  const source = isUrl(image) ? await openHttpSource(image, { signal: call.signal }) : await openFile(image);
  return call.flag('reproducible') ? renamed(source, basename(source.name)) : source;
}

/** Opens a file; where there is none of this name, the failure names the nearest beside it. */
async function openFile(path: string): Promise<BlockSource> {
  try {
    return await openFileSource(path);
  } catch (error) {
    if (!isVdeError(error, 'notFound')) throw error;
    const folder = dirname(path);
    const nearest = nearestOf(basename(path), await readdir(folder).catch(() => []));
    const hint = nearest === undefined ? 'check the path' : join(folder, nearest);
    throw new VdeError('notFound', `${path}: no such file`, { details: { hint }, cause: error });
  }
}

function renamed(source: BlockSource, name: string): BlockSource {
  return {
    name,
    size: source.size,
    read: (offset, into, options) => source.read(offset, into, options),
    close: async () => source.close?.(),
  };
}

/** The plugin and block size of `--as`. @throws VdeError `usage`. */
function extractOf(call: Call) {
  const id = call.text('as');
  const blockSize = call.text('blockSize');
  if (id === undefined && blockSize === undefined) return undefined;
  if (id === undefined)
    throw usageError('--block-size is for extracts: name their region with --as', '--as metrics-log --block-size 4096');
  if (call.command.takes !== 'extract')
    throw usageError(`--as: vde ${call.command.name} needs a whole image`, 'vde show, hex or check take an extract');
  const plugin = call.regions.find((candidate) => candidate.id === id);
  if (plugin === undefined) {
    const ids = call.regions.map((candidate) => candidate.id);
    const nearest = nearestOf(id, ids);
    throw usageError(
      `--as "${id}": no such region type`,
      nearest === undefined ? 'vde plugins lists them' : `--as ${nearest}`,
    );
  }
  if (blockSize === undefined)
    throw usageError('--as needs the block size of the extract', `--as ${id} --block-size 4096`);
  return { plugin, blockSize: parseBlockSize(blockSize) };
}

async function inspect(call: Call, source: BlockSource): Promise<Inspection> {
  const superblock = call.text('superblock') as 'auto' | 'primary' | 'mirror';
  try {
    const lenient = call.flag('lenient');
    return await openInspection(source, { regions: call.regions, superblock, lenient, signal: call.signal });
  } catch (error) {
    if (isVdeError(error, 'notDwvd')) throw await notDwvd(call, source, error);
    throw isVdeError(error) && fromTheFuture.includes(error.code) ? withHint(error, '--lenient to look at it') : error;
  }
}

const fromTheFuture = ['unsupportedVersion', 'unknownIncompatibleFeatures', 'unsupportedBlockSize'];

function withHint(error: VdeError, hint: string): VdeError {
  return new VdeError(error.code, error.message, { details: { hint }, cause: error });
}

/** Says what the file is instead. */
async function notDwvd(call: Call, source: BlockSource, cause: VdeError): Promise<VdeError> {
  const bytes = new Uint8Array(Math.min(sniffedBytes, source.size));
  await source.read(0, bytes, { signal: call.signal });
  const { what, hint = 'vde explain notDwvd' } = whatIsIt(bytes, source.size);
  const first = toHex(bytes.subarray(0, shownBytes)).replace(/..(?!$)/g, '$& ');
  const message = `${source.name}: not a DWVD image but ${what}${first === '' ? '' : ` (it begins ${first})`}`;
  return new VdeError('notDwvd', message, { details: { hint }, cause });
}
