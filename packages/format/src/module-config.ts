import { u64 } from './field.ts';
import { superblockModuleCount } from './modules.ts';
import { type Infer, record } from './record.ts';

/** Levels of modules 0-31, a nibble each (page 04, 3.2). In the superblock the fields are `moduleConfig`, `moduleConfigExt`. */
export const ModuleConfig = /* @__PURE__ */ record('ModuleConfig', {
  /** Modules 0-15, lowest nibble first. */
  primary: u64,
  /** Modules 16-31. */
  extended: u64,
});
export type ModuleConfig = Infer<typeof ModuleConfig>;

/** Largest level; 0 means default or disabled. */
export const maxModuleLevel = 15;
const modulesPerWord = 16;

function shiftOf(id: number): bigint {
  if (!Number.isInteger(id) || id < 0 || id >= superblockModuleCount) {
    throw new RangeError(`module ${id}: a level exists for 0 to ${superblockModuleCount - 1}`);
  }
  return BigInt(4 * (id % modulesPerWord));
}

/** The level of a module, 0-15. @throws RangeError for a module above 31, which has none (page 04, 6 #10). */
export function moduleLevel({ primary, extended }: ModuleConfig, id: number): number {
  const shift = shiftOf(id);
  return Number(((id < modulesPerWord ? primary : extended) >> shift) & 0xfn);
}

/** The config with another level of one module. @throws RangeError for a module above 31 or a level above 15. */
export function withModuleLevel(config: ModuleConfig, id: number, level: number): ModuleConfig {
  const shift = shiftOf(id);
  if (!Number.isInteger(level) || level < 0 || level > maxModuleLevel) {
    throw new RangeError(`level ${level} of module ${id}: expected 0 to ${maxModuleLevel}`);
  }
  const put = (word: bigint): bigint => (word & ~(0xfn << shift)) | (BigInt(level) << shift);
  return id < modulesPerWord
    ? { ...config, primary: put(config.primary) }
    : { ...config, extended: put(config.extended) };
}

/** The levels that are not 0, by module. */
export function moduleLevels(config: ModuleConfig): Map<number, number> {
  const ids = Array.from({ length: superblockModuleCount }, (_, id) => id);
  return new Map(ids.map((id) => [id, moduleLevel(config, id)] as const).filter(([, level]) => level !== 0));
}

/** The config of these levels, by module. @throws RangeError for a module above 31 or a level above 15. */
export function configOfLevels(levels: Iterable<readonly [id: number, level: number]>): ModuleConfig {
  let config: ModuleConfig = { primary: 0n, extended: 0n };
  for (const [id, level] of levels) config = withModuleLevel(config, id, level);
  return config;
}
