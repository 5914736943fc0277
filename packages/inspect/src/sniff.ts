import { geometryOf, tagMeanings, tagToString, tryText, verifyTrailer } from '@vde/format';

/** What some bytes are, in words, and what to do with them. */
export interface Sniffed {
  /** Such as `gzip data` or `an ELF program`. */
  readonly what: string;
  readonly hint?: string;
}

type Signature = readonly [offset: number, bytes: string, what: string, hint?: string];

const unpack = 'unpack it first; an image is read in place';
const convert = 'it is another disk-image format; this program reads DWVD v2';
const fileSystem = 'it is a bare file system or disk, not inside a DWVD image';

/** Signatures as Latin-1 text, the surer ones first. */
const signatures: readonly Signature[] = [
  [0, '\x1f\x8b', 'gzip data', unpack],
  [0, '\xfd7zXZ\0', 'xz data', unpack],
  [0, '\x28\xb5\x2f\xfd', 'zstd data', unpack],
  [0, 'BZh', 'bzip2 data', unpack],
  [0, '\x04\x22\x4d\x18', 'LZ4 data', unpack],
  [0, 'PK\x03\x04', 'a zip archive', unpack],
  [0, "7z\xbc\xaf'\x1c", 'a 7-Zip archive', unpack],
  [257, 'ustar', 'a tar archive', unpack],
  [0, 'QFI\xfb', 'a qcow2 image', convert],
  [0, 'vhdxfile', 'a VHDX image', convert],
  [0, 'conectix', 'a VHD image', convert],
  [0, 'KDMV', 'a VMDK image', convert],
  [0, '# Disk DescriptorFile', 'a VMDK descriptor', convert],
  [0x40, '\x7f\x10\xda\xbe', 'a VDI image', convert],
  [0x8001, 'CD001', 'an ISO 9660 image', convert],
  [0, 'LUKS\xba\xbe', 'a LUKS volume', 'it is encrypted; open it first, the image may be inside'],
  [512, 'EFI PART', 'a disk with a GPT', fileSystem],
  [1080, '\x53\xef', 'an ext2/3/4 file system', fileSystem],
  [3, 'NTFS    ', 'an NTFS file system', fileSystem],
  [0, 'XFSB', 'an XFS file system', fileSystem],
  [0x10040, '_BHRfS_M', 'a Btrfs file system', fileSystem],
  [0, 'hsqs', 'a SquashFS file system', fileSystem],
  [0, '\x7fELF', 'an ELF program or library'],
  [0, 'MZ', 'a Windows program or library'],
  [0, '\xcf\xfa\xed\xfe', 'a Mach-O program or library'],
  [0, '%PDF-', 'a PDF document'],
  [0, '\x89PNG', 'a PNG picture'],
  [0, '\xff\xd8\xff', 'a JPEG picture'],
  [0, 'SQLite format 3\0', 'an SQLite database'],
  [510, '\x55\xaa', 'a disk with a boot sector (MBR)', fileSystem],
];

const extractSizes = [4096, 512, 1024, 2048, 8192, 16384, 32768, 65536];

/** Bytes that {@link whatIsIt} wants to see. */
export const sniffedBytes = 0x11000;

/** Names what the first bytes of something that is no DWVD image are. `size` is the size of the whole. */
export function whatIsIt(bytes: Uint8Array, size = bytes.length): Sniffed {
  if (size === 0) return { what: 'an empty file' };
  if (holds(bytes, 0, 'DWVD')) return { what: 'an image whose superblock is too damaged to tell its block size' };
  const signature = signatures.find(([offset, text]) => holds(bytes, offset, text));
  if (signature) return { what: signature[2], ...(signature[3] !== undefined && { hint: signature[3] }) };
  if (bytes.every((byte) => byte === 0)) {
    const isWhole = bytes.length >= size;
    return { what: isWhole ? 'all zero' : `all zero in its first ${bytes.length} bytes` };
  }
  return sniffExtract(bytes) ?? sniffText(bytes) ?? { what: 'unknown data' };
}

/** Region blocks without their container: the first block's trailer holds and its tag is known. */
function sniffExtract(bytes: Uint8Array): Sniffed | undefined {
  for (const blockSize of extractSizes) {
    if (bytes.length < blockSize || !verifyTrailer(bytes, blockSize)) continue;
    const stored = new DataView(bytes.buffer, bytes.byteOffset + geometryOf(blockSize).payloadSize, 4).getUint32(
      0,
      true,
    );
    const tag = tagToString(stored);
    const meaning = tagMeanings[tag];
    if (meaning === undefined) continue;
    const what = `bare blocks of ${blockSize} bytes with tag ${tag} (${meaning})`;
    return { what, hint: `name the region: --as REGION-ID --block-size ${blockSize}` };
  }
  return undefined;
}

function sniffText(bytes: Uint8Array): Sniffed | undefined {
  // A character may be cut at the end of what is seen.
  const head = bytes.subarray(0, 1024);
  const text =
    tryText(head) ?? tryText(head.subarray(0, -1)) ?? tryText(head.subarray(0, -2)) ?? tryText(head.subarray(0, -3));
  if (text === undefined || /[^\P{Cc}\t\n\f\r]/u.test(text)) return undefined;
  if (/^\s*<(!doctype html|html)/i.test(text))
    return { what: 'an HTML page', hint: 'the server may have answered with a page instead of the image' };
  if (/^\s*[{[]/.test(text)) return { what: 'JSON or similar text' };
  return { what: 'text' };
}

function holds(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}
