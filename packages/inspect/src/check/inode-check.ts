import { describeInodes, type Finding } from '@vde/format';
import type { DiskImage } from '@vde/image';
import type { InodeTable } from '../container-regions.ts';

/** The layout descriptor against modules and inode size of the superblock (page 04, section 4). */
export function checkInodeLayout({ superblock }: DiskImage, { header, fields }: InodeTable): Finding[] {
  if (superblock === undefined) return [];
  const findings: Finding[] = [];
  const differs = (path: string, message: string, expected: unknown, actual: unknown) =>
    findings.push({ code: 'inodeLayoutDiffers', severity: 'warning', message, block: 0, path, expected, actual });
  const wanted = describeInodes(superblock.moduleManifest);
  const modulesOf = (list: InodeTable['fields']) =>
    list.map(({ moduleBit, offset, size }) => `${moduleBit}@${offset}+${size}`).join(' ');
  if (modulesOf(fields) !== modulesOf(wanted.fields)) {
    differs(
      'fields',
      'the module fields of the layout descriptor are not those of the manifest',
      modulesOf(wanted.fields),
      modulesOf(fields),
    );
  }
  if (header.inodeSize !== superblock.inodeSize) {
    const message = `the layout descriptor says inodes of ${header.inodeSize} bytes, the superblock ${superblock.inodeSize}`;
    differs('inodeSize', message, superblock.inodeSize, header.inodeSize);
  }
  return findings;
}
