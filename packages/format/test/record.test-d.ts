import { expectTypeOf } from 'vitest';
import {
  boolean,
  bytes,
  enumeration,
  f64,
  flags,
  guid,
  type Infer,
  i32,
  i64,
  lengthPrefixed,
  PackedRecords,
  pad,
  type RecordType,
  record,
  table,
  tag,
  text,
  ticks,
  u8,
  u16,
  u32,
  u64,
} from '../src/index.ts';

const Everything = record('Everything', {
  a: u8,
  b: u16,
  c: u32,
  d: u64,
  e: i32,
  f: i64,
  g: f64,
  h: ticks,
  i: guid,
  j: tag,
  k: bytes(4),
  l: text(8),
  m: enumeration(u8, ['zero']),
  n: flags(u16, ['first']),
  o: boolean,
  reserved: pad(3),
  p: lengthPrefixed(u16, { max: 10 }),
});
type Everything = Infer<typeof Everything>;

expectTypeOf<Everything>().branded.toEqualTypeOf<{
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: bigint;
  readonly e: number;
  readonly f: bigint;
  readonly g: number;
  readonly h: bigint;
  readonly i: string;
  readonly j: string;
  readonly k: Uint8Array;
  readonly l: Uint8Array;
  readonly m: number;
  readonly n: number;
  readonly o: boolean;
  readonly reserved?: Uint8Array;
  readonly p: Uint8Array;
}>();
expectTypeOf<Infer<RecordType<{ x: 1 }>>>().toEqualTypeOf<{ x: 1 }>();
expectTypeOf<Infer<string>>().toEqualTypeOf<never>();

// Packed records know the fields of their record, and their types.
const Point = record('Point', { x: i32, y: i64 });
type Point = Infer<typeof Point>;
const points = new PackedRecords(Point);
expectTypeOf(points).toEqualTypeOf<PackedRecords<Point>>();
expectTypeOf(points.at(0)).toEqualTypeOf<Point>();
expectTypeOf(points.reader('y')).toEqualTypeOf<(index: number) => bigint>();
expectTypeOf(points.setField<'x'>)
  .parameter(2)
  .toEqualTypeOf<number>();
// @ts-expect-error: a point has no field z
points.reader('z');
// @ts-expect-error: y is a bigint
points.push({ x: 1, y: 2 });

// A table asks for the header without its count; the count names a header field.
const Header = record('PointHeader', { pointCount: u32, color: u16 });
const rows = table({ id: 'points', header: Header, item: Point, count: 'pointCount' });
type Content = Parameters<typeof rows.write>[0];
expectTypeOf<Content['header']>().branded.toEqualTypeOf<{ readonly color: number }>();
expectTypeOf<Content['items']>().toEqualTypeOf<readonly Point[]>();
expectTypeOf<Parameters<ReturnType<typeof rows.packed>['write']>[0]['items']>().toEqualTypeOf<PackedRecords<Point>>();
// @ts-expect-error: the header has no field of this name
table({ id: 'points', header: Header, item: Point, count: 'total' });
