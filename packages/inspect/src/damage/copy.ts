import { isZero } from '@vde/format';
import type { MapOptions } from '../map/map.ts';
import type { SalvageSink } from '../salvage/rebuild.ts';
import type { DamagePlan } from './model.ts';

/** Bytes that are read at once. */
const chunkBytes = 1024 * 1024;
/** Stretches of zeros that are left out begin and end at multiples of this: what file systems keep holes in. */
const pageBytes = 4096;

/** Writes the damaged image: all bytes that are not zero, so that holes stay holes. */
export async function writeDamaged(
  { source }: DamagePlan,
  sink: SalvageSink,
  { onProgress, signal }: MapOptions = {},
): Promise<void> {
  const total = source.size;
  const chunk = new Uint8Array(Math.min(chunkBytes, total));
  await sink.truncate(total);
  for (let at = 0; at < total; at += chunk.length) {
    signal?.throwIfAborted();
    const part = chunk.subarray(0, Math.min(chunk.length, total - at));
    await source.read(at, part, { signal });
    for (const { start, end } of written(part)) await sink.write(at + start, part.subarray(start, end));
    onProgress?.({ done: at + part.length, total });
  }
}

/** The runs of pages that are not all zero. */
function* written(bytes: Uint8Array): Generator<{ start: number; end: number }> {
  let start = -1;
  for (let page = 0; page < bytes.length; page += pageBytes) {
    const isHole = isZero(bytes.subarray(page, page + pageBytes));
    if (!isHole && start < 0) start = page;
    if (!isHole || start < 0) continue;
    yield { start, end: page };
    start = -1;
  }
  if (start >= 0) yield { start, end: bytes.length };
}
