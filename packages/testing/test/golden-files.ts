import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type CellValue, type Description, toHex } from '@vde/format';

/** A value of a golden file: 64-bit integers are text, bytes hex, and so are NaN, infinities and -0. */
export type GoldenValue = number | string | null;

/** Header values and records as the golden files list them. */
export interface GoldenContent {
  readonly summary: Readonly<Record<string, GoldenValue>>;
  readonly tables: Readonly<Record<string, { readonly columns: string[]; readonly rows: GoldenValue[][] }>>;
}

/** One region state and the blocks that the reference wrote for it. */
export interface GoldenRegion extends GoldenContent {
  readonly name: string;
  readonly blockSize: number;
  readonly generation: number;
  readonly blockCount: number;
  readonly sha256: string;
  readonly blocks: Uint8Array<ArrayBuffer>;
}

/** A region inside a golden image, with the blocks that its codec wrote. */
export interface GoldenExtent extends GoldenContent {
  readonly id: string;
  readonly image: string;
  readonly blockSize: number;
  readonly startBlock: number;
  readonly blockCount: number;
  /** Blocks of the extent that the reference's codec wrote. */
  readonly codecBlocks: number;
  /** All blocks of the extent. */
  readonly blocks: Uint8Array<ArrayBuffer>;
}

const golden = new URL('../../../fixtures/golden/', import.meta.url);

/** The golden cases of a region that have blocks. */
export function goldenRegions(id: string): GoldenRegion[] {
  const folder = new URL(`regions/${id}/`, golden);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name: name.slice(0, -'.json'.length), json: readJson(new URL(name, folder)) }))
    .filter(({ json }) => json.file !== undefined)
    .map(({ name, json }) => {
      const blocks = unzip(new URL(json.file, folder));
      return { ...json, name, blockCount: json.blocks, blocks };
    });
}

/** One golden case, such as `integrity-tree`, `leaves-3.512`. */
export function goldenRegion(id: string, name: string): GoldenRegion {
  const found = goldenRegions(id).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no golden case ${id}/${name}`);
  return found;
}

/** The regions of a filled golden image. */
export function goldenExtents(image: string): GoldenExtent[] {
  const json = readJson(new URL(`images/${image}.json`, golden));
  const bytes = unzip(new URL(`images/${image}.dwvd.gz`, golden));
  const { blockSize } = json;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of the file is what the golden README says
  return json.regions.map((region: any) => {
    const startBlock = Number(region.startBlock);
    const blockCount = Number(region.blockCount);
    const blocks = bytes.slice(startBlock * blockSize, (startBlock + blockCount) * blockSize);
    return { ...region, image, blockSize, startBlock, blockCount, codecBlocks: Number(region.codecBlocks), blocks };
  });
}

/** A description in the form of the golden files: the summary values that they name, and every cell. */
export function asGolden(description: Description, like: GoldenContent): GoldenContent {
  const shown = new Map(description.summary.map(({ id, value }) => [id, goldenValue(value)]));
  const tables = description.tables.map((table) => {
    const columns = table.columns.map((column) => column.id);
    const rows = Array.from({ length: table.rowCount }, (_, row) =>
      columns.map((id) => goldenValue(table.cell(row, id))),
    );
    return [table.id, { columns, rows }] as const;
  });
  return {
    summary: Object.fromEntries(Object.keys(like.summary).map((id) => [id, shown.get(id) ?? null])),
    tables: Object.fromEntries(tables),
  };
}

function goldenValue(value: CellValue): GoldenValue {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return Object.is(value, -0) ? '-0' : `${value}`;
  return value;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of the file is what the golden README says
function readJson(url: URL): any {
  return JSON.parse(readFileSync(url, 'utf8'));
}

function unzip(url: URL): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(readFileSync(url)));
}
