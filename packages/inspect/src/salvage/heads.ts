import {
  type AnyRegionPlugin,
  decodeRegion,
  type Finding,
  geometryOf,
  openRegion,
  type ReadOptions,
} from '@vde/format';
import { readBlocks, resolveRegion } from '@vde/image';
import { treeShapeOf } from './carve.ts';
import type { SalvageScan, TaggedRun } from './scan.ts';

/** What the first block of a run says when it is taken as the first block of a region. */
export interface Head {
  /**
   * `decodes`: a plugin's header without fault. `doubtful`: it decodes, with warnings about block 0, or no more than the shape of
   * its first fields is known. `fresh`: a zero payload. `foreign`: no plugin reads what has this tag. `none`: plugins do, and it is no
   * header of theirs.
   */
  readonly kind: 'decodes' | 'doubtful' | 'fresh' | 'foreign' | 'none';
  readonly type: string;
  readonly plugin?: AnyRegionPlugin;
  /** Why what it heads is no region although its tag is that of one. */
  readonly noRegion?: string;
  /** What the header says of its region's size; absent where it says nothing. */
  readonly size?: HeaderSize;
}

/** Blocks that a header asks for. */
export interface HeaderSize {
  /** Blocks that the header and its records take. */
  readonly own: number;
  /** Blocks of the whole region, where the header counts them. */
  readonly whole?: number;
  /** Blocks that are addressed from the end of the region: data of a WORM region, a ring. */
  readonly fromEnd?: number;
}

/** Blocks of a region that are read to judge its header: its shape shows in the first of them. */
const judgedBytes = 4 * 1024 * 1024;

/** Summary fields in which headers count blocks, by plugin. */
const wholeFields: Readonly<Record<string, string>> = { 'metadata-wal': 'maxBlocks', 'data-wal': 'maxBlocks' };
const fromEndFields: Readonly<Record<string, string>> = {
  'streaming-append': 'maxCapacityBlocks',
  'worm-immutable': 'totalCapacityBlocks',
};

/** Judges the first block of a run by every plugin that claims its tag. */
export async function judgeHead(
  scan: SalvageScan,
  run: TaggedRun,
  plugins: readonly AnyRegionPlugin[],
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Head> {
  const { tag } = run;
  const head = await judgeByPlugins(scan, run, plugins, options);
  if (tag !== 'MTRK' || head.plugin !== undefined || run.kind === 'fresh') return head;
  const block = await readBlocks(scan.space, run.start, 1, options);
  const shape = treeShapeOf(new DataView(block.buffer));
  if (shape === undefined) return head;
  if (shape === 'integrityTree') return { kind: 'doubtful', type: tag };
  return { kind: 'foreign', type: tag, noRegion: 'it is the hash tree of one object' };
}

async function judgeByPlugins(
  scan: SalvageScan,
  run: TaggedRun,
  plugins: readonly AnyRegionPlugin[],
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Head> {
  const { tag } = run;
  const claims = plugins.filter(({ blockTag, slotTypes }) => blockTag === tag || slotTypes.includes(tag));
  if (claims.length === 0) return { kind: run.kind === 'fresh' ? 'fresh' : 'foreign', type: tag };
  const { blockSize } = scan.space;
  const most = Math.max(1, judgedBytes / blockSize);
  const blocks = await readBlocks(scan.space, run.start, Math.min(run.count, most), options);
  if (run.kind === 'fresh') return freshHead(tag, claims, blocks, blockSize);
  // A count that needs more than what is written from here on is no count, unless the file was cut off there.
  const end = scan.written.next(run.start, false);
  const blockCount = end < scan.blocks ? end - run.start : scan.blocks;
  const read = { blockSize, blockCount, lenient: true } as const;
  const heads = claims.map((plugin) => headOf(plugin, tag, blocks, read));
  const best = pick(heads.filter(({ kind }) => kind === 'decodes')) ?? pick(heads);
  return best ?? heads.find(({ kind }) => kind === 'foreign') ?? { kind: 'none', type: tag };
}

/** The one that decodes; of several the owner of its type, else nobody. */
function pick(heads: readonly Head[]): Head | undefined {
  const sure = heads.filter(({ kind }) => kind === 'decodes' || kind === 'doubtful');
  if (sure.length <= 1) return sure[0];
  return sure.find(({ plugin, type }) => plugin?.owns?.includes(type));
}

/** The creator writes the slot type into the header of a fresh region. */
function freshHead(tag: string, claims: readonly AnyRegionPlugin[], blocks: Uint8Array, blockSize: number): Head {
  const found = resolveRegion(claims, tag, (plugin) => openRegion(plugin, blocks, { blockSize, lenient: true }));
  return { kind: 'fresh', type: tag, ...(found && { plugin: found.plugin }) };
}

function headOf(
  plugin: AnyRegionPlugin,
  tag: string,
  blocks: Uint8Array,
  read: ReadOptions & { readonly lenient: true },
): Head {
  const none: Head = { kind: 'none', type: tag };
  const reader = openRegion(plugin, blocks, read);
  if (plugin.match?.(reader) === 'no') return none;
  // A known other layout under the same type: a region, though not one that this plugin reads.
  if (plugin.variant?.(tag, reader.peek(0)!) !== undefined) return { kind: 'foreign', type: tag };
  const { state, findings } = decodeRegion(plugin, blocks, read);
  const own = findings.filter(isAboutHead);
  if (state === undefined || own.some(({ severity }) => severity === 'error')) return none;
  const size = sizeOf(plugin, state, read.blockSize);
  return {
    kind: own.some(({ severity }) => severity === 'warning') ? 'doubtful' : 'decodes',
    type: plugin.slotTypes[0]!,
    plugin,
    ...(size && { size }),
  };
}

/** Damage of later blocks says nothing about the first; its own damage is known, and so is that the slot's size is not. */
function isAboutHead({ code, block = 0 }: Finding): boolean {
  return block === 0 && code !== 'badTrailer' && code !== 'capacityExceeded';
}

function sizeOf(plugin: AnyRegionPlugin, state: unknown, blockSize: number): HeaderSize | undefined {
  try {
    const own = plugin.requiredBlocks(state, geometryOf(blockSize));
    const { summary } = plugin.describe(state);
    const count = (field: string | undefined): number | undefined => {
      const value = Number(summary.find(({ id }) => id === field)?.value ?? 0);
      return Number.isSafeInteger(value) && value > 0 ? value : undefined;
    };
    const [whole, fromEnd] = [count(wholeFields[plugin.id]), count(fromEndFields[plugin.id])];
    return { own, ...(whole && { whole }), ...(fromEnd && { fromEnd }) };
  } catch {
    // A plugin may refuse a state that it decoded from damaged bytes: then the header tells no size.
    return undefined;
  }
}
