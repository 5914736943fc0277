import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type CellValue, type Description, type SummaryField, toHex } from '@vde/format';

/** A value of a golden file: 64-bit integers are text, bytes hex. */
export type GoldenValue = number | string | null;

/** A region of a filled image, with the values that the reference wrote. */
export interface GoldenRegion {
  readonly id: string;
  readonly name: string;
  readonly startBlock: number;
  readonly blockCount: number;
  /** Blocks that the reference's codec wrote. */
  readonly codecBlocks: number;
  /** Header values, and in lists what the story of the image is about. */
  readonly summary: Readonly<Record<string, GoldenValue | readonly string[]>>;
  readonly tables: Readonly<Record<string, { readonly columns: string[]; readonly rows: GoldenValue[][] }>>;
}

export interface GoldenSlot {
  readonly index: number;
  readonly type: string;
  readonly flags: number;
  readonly startBlock: string;
  readonly blockCount: string;
  readonly usedBlocks: string;
}

/** What the golden README says of an image. */
export interface GoldenImage {
  readonly size: number;
  readonly blockSize: number;
  readonly superblock: Readonly<Record<string, GoldenValue>>;
  readonly slots: readonly GoldenSlot[];
  readonly layout: { readonly regions: readonly [string, string, string][] };
  readonly writtenBlocks: readonly [number, number][];
  readonly regions?: readonly GoldenRegion[];
}

const folder = new URL('../../../fixtures/golden/images/', import.meta.url);

/** Images of the reference's creator, and those with regions filled. */
export const freshImages = [
  'fresh-minimal',
  'fresh-standard',
  'fresh-enterprise',
  'fresh-max-security',
  'fresh-analytics',
];
export const filledImages = ['all-regions', 'seed-regions-16k'];

export function goldenJson(name: string): GoldenImage {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
}

/** The bytes of an image: a new array at each call. */
export function goldenBytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(readFileSync(new URL(`${name}.dwvd.gz`, folder))));
}

/** Blocks of an image that are not all zero, in ascending order. */
export function writtenBlocks({ writtenBlocks }: GoldenImage): number[] {
  return writtenBlocks.flatMap(([start, count]) => Array.from({ length: count }, (_, i) => start + i));
}

/** A value in the form of the golden files. */
export function goldenValue(value: CellValue): GoldenValue {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return Object.is(value, -0) ? '-0' : `${value}`;
  return value;
}

/** Tables in the form of the golden files. */
export function goldenTables({ tables }: Pick<Description, 'tables'>): GoldenRegion['tables'] {
  return Object.fromEntries(
    tables.map((table) => {
      const columns = table.columns.map(({ id }) => id);
      const rows = Array.from({ length: table.rowCount }, (_, row) =>
        columns.map((id) => goldenValue(table.cell(row, id))),
      );
      return [table.id, { columns, rows }];
    }),
  );
}

/** What a golden file says about the records of a vault, and no header holds. */
const storyKeys = ['publicKeyPem', 'unsigned'];

/** The header values of a golden region. */
export function headerValues({ summary }: GoldenRegion): Record<string, GoldenValue> {
  return Object.fromEntries(
    Object.entries(summary).filter(
      (entry): entry is [string, GoldenValue] => !Array.isArray(entry[1]) && !storyKeys.includes(entry[0]),
    ),
  );
}

/** A summary in the form of the golden files. */
export function goldenSummary(summary: readonly SummaryField[]): Record<string, GoldenValue> {
  return Object.fromEntries(summary.map(({ id, value }) => [id, goldenValue(value)]));
}

/** The public key of the passports in the golden image `all-regions`. */
export const issuerPem = String(
  goldenJson('all-regions').regions!.find(({ id }) => id === 'compliance-vault')!.summary['publicKeyPem'],
);
