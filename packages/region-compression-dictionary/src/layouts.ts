import { type Geometry, type Infer, lengthPrefixed, record, u16, u32, xxh64 } from '@vde/format';

/** How the bytes of a dictionary lie in their blocks (3.4). We write `trailered`. */
export type DictionaryLayout = 'trailered' | 'raw' | 'container';

const containerMagic = 0x4344_4354;
const containerVersion = 1;
const maxNameBytes = 0xffff;
const maxContainerDictionary = 16_777_216;
const hashBytes = 8;

/** What stands before the dictionary in a stand-alone container (3.4). */
const ContainerHeader = /* @__PURE__ */ record('DictionaryContainer', {
  magic: u32,
  version: u16,
  name: /* @__PURE__ */ lengthPrefixed(u16, { max: maxNameBytes, kind: 'text' }),
  dictSize: u32,
});
type ContainerHeader = Infer<typeof ContainerHeader>;

/** Bytes that a container takes besides its dictionary, at most. @internal */
export const largestContainerExtra = (): number => ContainerHeader.size + maxNameBytes + hashBytes;

/** The bytes of a dictionary in each layout that they may have, in the order of section 3.4. @internal */
export function* readLayouts(
  blocks: Uint8Array,
  size: number,
  geometry: Geometry,
): Generator<{ layout: DictionaryLayout; bytes: Uint8Array<ArrayBuffer> }, void, undefined> {
  const { blockSize, payloadSize } = geometry;
  if (size <= (blocks.length / blockSize) * payloadSize)
    yield { layout: 'trailered', bytes: joinPayloads(blocks, size, geometry) };
  yield { layout: 'raw', bytes: blocks.slice(0, size) };
  const inner = openContainer(blocks);
  if (inner !== undefined) yield { layout: 'container', bytes: inner };
}

function joinPayloads(blocks: Uint8Array, size: number, { blockSize, payloadSize }: Geometry): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let from = 0, to = 0; to < size; from += blockSize, to += payloadSize)
    bytes.set(blocks.subarray(from, from + Math.min(payloadSize, size - to)), to);
  return bytes;
}

/** The dictionary in a container; its hash is stored with the highest byte first. */
function openContainer(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = ContainerHeader.sizeAt(view, 0, bytes.length);
  if (start === undefined) return undefined;
  const { magic, version, dictSize }: ContainerHeader = ContainerHeader.get(view);
  const end = start + dictSize;
  if (magic !== containerMagic || version !== containerVersion || dictSize > maxContainerDictionary) return undefined;
  if (end + hashBytes > bytes.length || view.getBigUint64(end) !== xxh64(bytes.subarray(0, end))) return undefined;
  return bytes.slice(start, end) as Uint8Array<ArrayBuffer>;
}
