/** A module of the format: what its bit in the manifest brings along (page 04, 3.1). */
export interface ModuleInfo {
  /** Bit in the manifest. */
  readonly id: number;
  readonly name: string;
  readonly abbreviation: string;
  /** Region types, one for each name in `regions`. */
  readonly tags: readonly string[];
  readonly regions: readonly string[];
  /** Bytes that the module adds to every inode. */
  readonly inodeFieldBytes: number;
}

/** Name, abbreviation, inode bytes, then `TAG Region` pairs; the row's number is the bit. */
type Row = readonly [name: string, abbreviation: string, inodeFieldBytes: number, ...regions: `${string} ${string}`[]];

const rows: readonly Row[] = [
  ['Security', 'SEC', 24, 'POLV PolicyVault', 'ENCR EncryptionHeader'],
  ['Compliance', 'CMPL', 12, 'CMVT ComplianceVault', 'CMAL ComplianceAuditLog'],
  ['Intelligence', 'INTL', 12, 'INTE IntelligenceCache'],
  ['Tags', 'TAGS', 136, 'TAGI TagIndexRegion'],
  ['Replication', 'REPL', 8, 'REPL ReplicationState'],
  ['RAID', 'RAID', 4, 'RAID RAIDMetadata'],
  ['Streaming', 'STRM', 8, 'STRE StreamingAppend', 'DWAL DataWAL'],
  ['Compute', 'COMP', 0, 'CODE ComputeCodeCache'],
  ['Fabric', 'FABR', 0, 'XREF CrossVDEReferenceTable'],
  ['Consensus', 'CNSS', 0, 'CLOG ConsensusLogRegion'],
  ['Compression', 'CMPR', 4, 'DICT DictionaryRegion'],
  ['Integrity', 'INTG', 0, 'MTRK IntegrityTree'],
  ['Snapshot', 'SNAP', 0, 'SNAP SnapshotTable'],
  ['Query', 'QURY', 4, 'BTRE BTreeIndexForest'],
  ['Privacy', 'PRIV', 2, 'ANON AnonymizationTable'],
  ['Sustainability', 'SUST', 4],
  ['Transit', 'TRNS', 1],
  ['Observability', 'OBSV', 0, 'MLOG MetricsLogRegion'],
  ['AuditLog', 'ALOG', 0, 'ALOG AuditLogRegion'],
  ['ComputePushdown', 'CPSH', 48],
  ['EphemeralKey', 'EKEY', 32],
  ['WalSubscribers', 'WALS', 0, 'WALS WalSubscriberCursorTable'],
  ['DeltaExtents', 'DELT', 8],
  ['ZnsZoneMap', 'ZNSM', 0, 'ZNSM ZnsZoneMapRegion'],
  ['SpatioTemporal', 'STEX', 6],
  ['SemanticDedup', 'SDUP', 266],
  ['ZkpCompliance', 'ZKPA', 322],
  ['StoragePolicy', 'SPOL', 2],
  ['OnlineOps', 'OPJR', 0, 'OPJR OnlineOpsJournal'],
  ['DisasterRecovery', 'DREC', 0],
  ['GdprTombstone', 'TOMB', 0],
  ['SemanticWearLevel', 'SWLV', 2],
  ['QuorumSeal', 'QSIG', 79],
  ['StegoWatermark', 'STEG', 8],
  ['QualityOfService', 'QOS', 4],
  ['VectorQuantize', 'VECQ', 0],
  ['AncestryChaining', 'ANCR', 0],
  ['CapabilityMacaroon', 'MACR', 0],
  ['WormTimeLock', 'WLCK', 0],
];

/** The 39 modules in bit order (page 04, 3.1). */
export const modules: readonly ModuleInfo[] = /* @__PURE__ */ rows.map(
  ([name, abbreviation, inodeFieldBytes, ...regions], id) => ({
    id,
    name,
    abbreviation,
    tags: regions.map((pair) => pair.slice(0, 4)),
    regions: regions.map((pair) => pair.slice(5)),
    inodeFieldBytes,
  }),
);

/** Modules that a superblock can record: its manifest has 32 bits (page 04, 3.2). */
export const superblockModuleCount = 32;

/** A module manifest: bit i stands for module i. The superblock's is a number, the full one of 64 bits a bigint. */
export type ModuleManifest = number | bigint;

const toBits = (manifest: ModuleManifest): bigint => BigInt.asUintN(64, BigInt(manifest));

/** The module of a bit. @throws RangeError for a bit without a module. */
export function getModule(id: number): ModuleInfo {
  const found = modules[id];
  if (found === undefined) throw new RangeError(`module ${id}: expected 0 to ${modules.length - 1}`);
  return found;
}

/** Tells whether the bit of a module is set. @throws RangeError for a bit without a module. */
export function hasModule(manifest: ModuleManifest, id: number): boolean {
  return ((toBits(manifest) >> BigInt(getModule(id).id)) & 1n) === 1n;
}

/** The manifest with these bits set. @throws RangeError for a bit without a module. */
export function manifestOf(ids: Iterable<number>): bigint {
  let bits = 0n;
  for (const id of ids) bits |= 1n << BigInt(getModule(id).id);
  return bits;
}

/** The modules whose bits are set, in bit order. Bits without a module are left out: see {@link unknownModuleBits}. */
export function activeModules(manifest: ModuleManifest): ModuleInfo[] {
  return modules.filter(({ id }) => hasModule(manifest, id));
}

/** Set bits without a module, 39 to 63. */
export function unknownModuleBits(manifest: ModuleManifest): number[] {
  const bits = toBits(manifest);
  const all = Array.from({ length: 64 - modules.length }, (_, i) => modules.length + i);
  return all.filter((bit) => ((bits >> BigInt(bit)) & 1n) === 1n);
}

/** Region types of the active modules, in bit order and without repetition. */
export function requiredTags(manifest: ModuleManifest): string[] {
  return [...new Set(activeModules(manifest).flatMap(({ tags }) => tags))];
}

/** Region names of the active modules, in bit order and without repetition. */
export function requiredRegions(manifest: ModuleManifest): string[] {
  return [...new Set(activeModules(manifest).flatMap(({ regions }) => regions))];
}

/** Bytes that the active modules add to every inode. */
export function inodeFieldBytes(manifest: ModuleManifest): number {
  return activeModules(manifest).reduce((sum, module) => sum + module.inodeFieldBytes, 0);
}
