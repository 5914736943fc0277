import {
  decodeInodeLayout,
  decodeWalHeader,
  describeInodes,
  hasModule,
  type InodeLayout,
  manifestOf,
  modules,
  superblockModuleCount,
  textOf,
  unixEpochTicks,
} from '@vde/format';
import { readBlocks } from '@vde/image';
import type { Copies } from './copies.ts';
import type { Found } from './found.ts';
import type { ModuleHint } from './layout.ts';
import type { IdentityValue } from './model.ts';
import type { SalvageScan } from './scan.ts';

/** What blocks outside the superblock tell about the volume. */
export interface Traces {
  /** The layout descriptor in front of the inodes. */
  readonly inodes: InodeLayout | undefined;
  /** When the metadata log was created, ticks: within moments of the volume. */
  readonly walCreated: bigint | undefined;
}

/** Reads the first blocks of inode table and metadata log, which creators write once. */
export async function findTraces(
  scan: SalvageScan,
  found: readonly Found[],
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Traces> {
  const payloadOf = async (type: string): Promise<Uint8Array | undefined> => {
    const region = found.find((one) => one.type === type && one.head === 'decodes');
    if (region === undefined) return undefined;
    return (await readBlocks(scan.space, region.startBlock, 1, options)).subarray(0, -16);
  };
  const [inodes, log] = [await payloadOf('INOD'), await payloadOf('MWAL')];
  return { inodes: inodes && decodeInodeLayout(inodes), walCreated: log && decodeWalHeader(log)?.createdTimestamp };
}

/** What superblock, recovery block or inode layout say of the modules. A layout tells only of modules with inode bytes. */
export function moduleHint({ superblock, recoveryControl }: Copies, { inodes }: Traces): ModuleHint {
  const manifest = superblock?.value.moduleManifest ?? recoveryControl?.value.moduleManifest;
  if (manifest !== undefined) return (module) => hasModule(manifest, module);
  const known = inodes && new Set(inodes.fields.map(({ moduleBit }) => moduleBit));
  return (module) => (known && modules[module]!.inodeFieldBytes > 0 ? known.has(module) : undefined);
}

/** The modules whose regions are listed, and those that the hint knows of; the hint's no outranks a region. */
export function manifestFrom(regions: readonly Found[], hint: ModuleHint): number {
  const asked = new Set<number>();
  for (const { type, module, leftOut } of regions) {
    if (leftOut !== undefined) continue;
    const found = module ?? modules.findIndex(({ tags }) => tags.includes(type));
    if (found >= 0) asked.add(found);
  }
  const active = modules.filter(({ id }) => id < superblockModuleCount && (hint(id) ?? asked.has(id)));
  return Number(manifestOf(active.map(({ id }) => id)));
}

/** The values that tell this volume from others, each from the best source that is left. */
export function identityOf(copies: Copies, traces: Traces, manifest: number): IdentityValue[] {
  const { superblock, recoveryControl, emergencyRecovery } = copies;
  const first = superblock && sourceOf(superblock.value, `superblock in block ${superblock.block}`);
  const control = recoveryControl && {
    volumeUuid: recoveryControl.value.vdeUuid,
    volumeLabel: recoveryControl.value.volumeLabel,
    createdTimestamp: ticksOfUnixNanoseconds(recoveryControl.value.creationTime),
    moduleManifest: Number(BigInt.asUintN(32, recoveryControl.value.moduleManifest)),
    inodeSize: recoveryControl.value.inodeSize,
    from: `recovery control block ${recoveryControl.block}`,
  };
  const emergency = emergencyRecovery && {
    volumeUuid: emergencyRecovery.value.volumeUuid,
    volumeLabel: emergencyRecovery.value.volumeLabel,
    createdTimestamp: emergencyRecovery.value.creationTimestamp,
    from: `emergency recovery block ${emergencyRecovery.block}`,
  };
  const rest: readonly Source[] = [
    ...(traces.walCreated === undefined
      ? []
      : [{ createdTimestamp: traces.walCreated, from: 'header of the metadata log' }]),
    ...(traces.inodes ? [{ inodeSize: traces.inodes.inodeSize, from: 'layout of the inode table' }] : []),
    { moduleManifest: manifest, inodeSize: describeInodes(manifest).inodeSize, from: 'regions found' },
  ];
  const sources = [first, control, emergency, ...rest].filter((source) => source !== undefined);
  return fields.map((field) => valueFrom(sources, field));
}

type Value = string | bigint | number | Uint8Array;
type Source = { readonly from: string } & { readonly [Field in IdentityValue['field']]?: Value };

const fields = ['volumeUuid', 'volumeLabel', 'createdTimestamp', 'moduleManifest', 'inodeSize'] as const;

function sourceOf(superblock: NonNullable<Copies['superblock']>['value'], from: string): Source {
  const { volumeUuid, volumeLabel, createdTimestamp, moduleManifest, inodeSize } = superblock;
  return { volumeUuid, volumeLabel, createdTimestamp, moduleManifest, inodeSize, from };
}

function valueFrom(sources: readonly Source[], field: IdentityValue['field']): IdentityValue {
  for (const { from, ...values } of sources) {
    const value = values[field];
    if (value !== undefined) return { field, value: value instanceof Uint8Array ? textOf(value) : value, from };
  }
  return { field, value: null, from: null };
}

const ticksOfUnixNanoseconds = (time: bigint): bigint => time / 100n + unixEpochTicks;
