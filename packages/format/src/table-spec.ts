import type { RecordType } from './record.ts';

/** The declaration of a packed region: a header, then records back to back, never across a block edge. */
export interface TableSpec<Header, Item, Count extends keyof Header & string> {
  /** Table id, as in the golden files: the first part of a record's path. */
  readonly id: string;
  readonly header: RecordType<Header>;
  readonly item: RecordType<Item>;
  /** The header field that counts the records. It is written from the records and checked on reading. */
  readonly count: Count;
}

/** What a table writes: the header without its count, and the records. */
export interface TableContent<Header, Items, Count extends keyof Header> {
  readonly header: Omit<Header, Count>;
  readonly items: Items;
}

/** Where a record stands in its region; `offset` is in the payload of `block`. */
export interface RecordPlace {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
}
