/**
 * A tag is a u32 whose most significant byte is the first letter; it is stored little-endian, so the letters stand reversed
 * on disk (page 01, 2). In the API a tag is its text; the number appears at the edge of the bytes only.
 */
export function tagToString(tag: number): string {
  return String.fromCharCode(letterOf(tag >>> 24), letterOf(tag >>> 16), letterOf(tag >>> 8), letterOf(tag));
}

/** The character code of the lowest byte; bytes that are no ASCII are shown as `?`. */
function letterOf(bits: number): number {
  const letter = bits & 0xff;
  return letter > 0x7f ? 0x3f : letter;
}

/** Tells whether the bytes of a tag are four printable ASCII characters. @internal */
export function isPrintableTag(tag: number): boolean {
  return isPrintable(tag >>> 24) && isPrintable(tag >>> 16) && isPrintable(tag >>> 8) && isPrintable(tag);
}

function isPrintable(bits: number): boolean {
  const letter = bits & 0xff;
  return letter >= 0x20 && letter <= 0x7e;
}

/** The number of a tag text. @throws RangeError unless it is four characters of 0x20-0x7E. */
export function stringToTag(text: string): number {
  if (!/^[\x20-\x7e]{4}$/.test(text)) throw new RangeError(`tag "${text}": expected four printable ASCII characters`);
  return (
    ((text.charCodeAt(0) << 24) | (text.charCodeAt(1) << 16) | (text.charCodeAt(2) << 8) | text.charCodeAt(3)) >>> 0
  );
}

/** Every tag of the format with its meaning, in the order of page 01, 3.5. `MCHK` is in use but not among the known ones. */
export const tagMeanings: Readonly<Record<string, string>> = {
  SUPB: 'superblock',
  RMAP: 'region map',
  EXMD: 'extended metadata',
  IANT: 'integrity anchor',
  POLV: 'policy vault',
  ENCR: 'encryption header',
  BMAP: 'allocation bitmap',
  INOD: 'inode table',
  TAGI: 'tag index',
  MWAL: 'metadata write-ahead log',
  DWAL: 'data write-ahead log',
  MTRK: 'integrity tree or metrics log',
  MLOG: 'metrics log',
  BTRE: 'B-tree index forest',
  SNAP: 'snapshot table',
  REPL: 'replication state',
  RAID: 'RAID metadata',
  INTE: 'intelligence cache',
  STRE: 'streaming append',
  XREF: 'cross-VDE references',
  WORM: 'write-once region',
  CODE: 'compute code cache',
  CMVT: 'compliance vault',
  CMAL: 'compliance audit log',
  ALOG: 'audit log',
  CLOG: 'consensus log',
  DICT: 'compression dictionaries',
  ANON: 'anonymization table',
  DATA: 'data',
  FREE: 'free block',
  COMP: 'compression metadata',
  EXTN: 'extent tree node',
  ERCV: 'emergency recovery',
  RCVR: 'recovery control',
  COLR: 'columnar region',
  ZMAP: 'zone map index',
  WALS: 'WAL subscriber cursors',
  ZNSM: 'ZNS zone map',
  OPJR: 'online operations journal',
  TRLR: 'detached trailers',
};

/** Tells whether a tag belongs to the 40 known ones of page 01, 3.5. */
export function isKnownTag(tag: string): boolean {
  return Object.hasOwn(tagMeanings, tag);
}
