import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/bytes.ts';
import { stringToTag } from '../src/tag.ts';
import { writeTrailer } from '../src/trailer.ts';
import {
  createDataWal,
  createMetadataWal,
  decodeWalHeader,
  encodeWalHeader,
  WalHeader,
  walTypes,
} from '../src/wal-header.ts';
import { goldenJson } from './golden.ts';

const { walHeaders } = goldenJson('format/identity.json') as {
  walHeaders: { fields: Record<string, unknown>; bytes: string }[];
};

describe('WAL headers (page 04, 3.6)', () => {
  it.each(walHeaders)(
    'type $fields.type, $fields.maxBlocks blocks: values and bytes of the reference',
    ({ fields, bytes }) => {
      const header = decodeWalHeader(fromHex(bytes))!;
      const { createdTimestamp, ...rest } = header;
      const shown = Object.entries({ ...rest, createdTimestampUtc: createdTimestamp });
      expect(
        Object.fromEntries(shown.map(([name, value]) => [name, typeof value === 'bigint' ? `${value}` : value])),
      ).toEqual(fields);
      expect(toHex(encodeWalHeader(header))).toBe(bytes);
    },
  );

  it('are created as the reference creates them', () => {
    const [metadata, data] = walHeaders;
    const created = (golden: { fields: Record<string, unknown> }) =>
      BigInt(golden.fields['createdTimestampUtc'] as string);
    expect(toHex(encodeWalHeader(createMetadataWal(82, created(metadata!))))).toBe(metadata!.bytes);
    expect(toHex(encodeWalHeader(createDataWal(164, created(data!))))).toBe(data!.bytes);
  });

  it('have the trailers of the page', () => {
    const now = 638396640000000000n;
    for (const [header, tag, checksum] of [
      [createMetadataWal(82, now), 'MWAL', '0d306295e003342e'],
      [createDataWal(164, now), 'DWAL', '5fe502155a1f7f5a'],
    ] as const) {
      const block = new Uint8Array(4096);
      block.set(encodeWalHeader(header));
      writeTrailer(block, 4096, stringToTag(tag), 1);
      expect(toHex(block.subarray(4088))).toBe(checksum);
    }
  });

  it('keep unknown types and the reserved byte', () => {
    const bytes = fromHex(walHeaders[0]!.bytes);
    bytes[0] = 9;
    bytes[1] = 1;
    const header = decodeWalHeader(bytes)!;
    expect(walTypes[header.type]).toBeUndefined();
    expect(encodeWalHeader(header)).toEqual(bytes);
  });

  it('need 83 bytes', () => {
    expect(WalHeader.size).toBe(83);
    expect(decodeWalHeader(new Uint8Array(82))).toBeUndefined();
  });
});
