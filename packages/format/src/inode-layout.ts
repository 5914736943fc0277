import { flags, pad, u8, u16 } from './field.ts';
import { activeModules, type ModuleManifest, superblockModuleCount } from './modules.ts';
import { type Infer, record } from './record.ts';

/** Bytes of an inode before the fields of modules (page 04, 3.3). */
export const inodeCoreSize = 304;
const inodeAlignment = 64;

/** The start of a layout descriptor, at offset 0 of the inode table's first block (page 04, 3.3). */
export const InodeLayoutHeader = /* @__PURE__ */ record('InodeLayoutHeader', {
  inodeSize: u16,
  coreEnd: u16,
  moduleCount: u8,
  paddingBytes: u8,
  reserved6: /* @__PURE__ */ pad(2),
});
export type InodeLayoutHeader = Infer<typeof InodeLayoutHeader>;

/** Where the field of one module stands in every inode. Offset and size are bytes. */
export const InodeModuleField = /* @__PURE__ */ record('InodeModuleField', {
  moduleBit: u8,
  offset: u16,
  size: u16,
  fieldVersion: u8,
  flags: /* @__PURE__ */ flags(u8, ['active', 'migrating']),
});
export type InodeModuleField = Infer<typeof InodeModuleField>;

/** The shape of the inodes of an image. */
export interface InodeLayout extends Omit<InodeLayoutHeader, 'moduleCount'> {
  /** Modules with inode bytes, in ascending bit order where we write it. */
  readonly fields: readonly InodeModuleField[];
}

/** The layout that a manifest asks for: core, fields in bit order without gaps, padding to a multiple of 64. */
export function describeInodes(manifest: ModuleManifest): InodeLayout {
  let offset = inodeCoreSize;
  const fields: InodeModuleField[] = [];
  for (const { id, inodeFieldBytes: size } of activeModules(manifest)) {
    // The superblock's manifest ends at module 31 (page 04, 3.3).
    if (size === 0 || id >= superblockModuleCount) continue;
    fields.push({ moduleBit: id, offset, size, fieldVersion: 1, flags: 1 });
    offset += size;
  }
  const inodeSize = Math.ceil(offset / inodeAlignment) * inodeAlignment;
  return { inodeSize, coreEnd: inodeCoreSize, paddingBytes: inodeSize - offset, fields };
}

/** The descriptor at the start of a payload, `undefined` when it is cut off. Nothing else is checked. */
export function decodeInodeLayout(payload: Uint8Array): InodeLayout | undefined {
  if (payload.length < InodeLayoutHeader.size) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const { moduleCount, ...header } = InodeLayoutHeader.get(view);
  if (payload.length < InodeLayoutHeader.size + moduleCount * InodeModuleField.size) return undefined;
  const fields = Array.from({ length: moduleCount }, (_, i) =>
    InodeModuleField.get(view, InodeLayoutHeader.size + i * InodeModuleField.size),
  );
  return { ...header, fields };
}

/** The bytes of a descriptor, a new array. @throws RangeError, naming the field, for a value that does not fit. */
export function encodeInodeLayout({ fields, ...header }: InodeLayout): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(InodeLayoutHeader.size + fields.length * InodeModuleField.size);
  const view = new DataView(bytes.buffer);
  InodeLayoutHeader.set(view, 0, { ...header, moduleCount: fields.length });
  fields.forEach((field, i) => {
    InodeModuleField.set(view, InodeLayoutHeader.size + i * InodeModuleField.size, field);
  });
  return bytes;
}

/** The field of a module in every inode, `undefined` when the module has none there. */
export function findInodeField(layout: InodeLayout, moduleBit: number): InodeModuleField | undefined {
  return layout.fields.find((field) => field.moduleBit === moduleBit);
}
