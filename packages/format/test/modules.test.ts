import { describe, expect, it } from 'vitest';
import { toHex } from '../src/bytes.ts';
import { configOfLevels, ModuleConfig, moduleLevel, moduleLevels, withModuleLevel } from '../src/module-config.ts';
import {
  activeModules,
  getModule,
  hasModule,
  inodeFieldBytes,
  manifestOf,
  modules,
  requiredRegions,
  requiredTags,
  unknownModuleBits,
} from '../src/modules.ts';
import { goldenJson } from './golden.ts';

describe('module registry (page 04, 3.1)', () => {
  it('is that of the reference', () => {
    expect(modules).toEqual(goldenJson('format/modules.json').modules);
    expect(modules).toHaveLength(39);
    expect(new Set(modules.map(({ abbreviation }) => abbreviation)).size).toBe(39);
  });

  it('sums its inode bytes to 219, 905 and 996', () => {
    expect([0x7ffff, 0xffff_ffff, 0x7f_ffff_ffffn].map(inodeFieldBytes)).toEqual([219, 905, 996]);
  });

  it('has one tag for every region', () => {
    for (const { tags, regions } of modules) expect(tags).toHaveLength(regions.length);
  });
});

describe('manifests (page 04, 3.2)', () => {
  const enterprise = 0x40c0f;

  it('give modules, tags and regions in bit order', () => {
    expect(activeModules(enterprise).map(({ abbreviation }) => abbreviation)).toEqual([
      'SEC',
      'CMPL',
      'INTL',
      'TAGS',
      'CMPR',
      'INTG',
      'ALOG',
    ]);
    expect(requiredTags(enterprise)).toEqual(['POLV', 'ENCR', 'CMVT', 'CMAL', 'INTE', 'TAGI', 'DICT', 'MTRK', 'ALOG']);
    expect(requiredRegions(enterprise).slice(0, 3)).toEqual(['PolicyVault', 'EncryptionHeader', 'ComplianceVault']);
    expect(inodeFieldBytes(enterprise)).toBe(188);
  });

  it('take numbers and bigints, the sign bit included', () => {
    expect(hasModule(0x8000_0000, 31)).toBe(true);
    expect(hasModule(1n << 38n, 38)).toBe(true);
    expect(manifestOf([0, 10, 11, 12])).toBe(0x1c01n);
    expect(manifestOf(modules.map(({ id }) => id))).toBe(0x7f_ffff_ffffn);
  });

  it('report bits without a module and ignore them', () => {
    const manifest = 0xffff_ffff_ffff_ffffn;
    expect(unknownModuleBits(manifest)).toEqual(Array.from({ length: 25 }, (_, i) => 39 + i));
    expect(activeModules(manifest)).toHaveLength(39);
    expect(unknownModuleBits(0x7f_ffff_ffffn)).toEqual([]);
    expect(() => getModule(39)).toThrow(RangeError);
    expect(() => hasModule(0, 64)).toThrow(RangeError);
  });
});

describe('module levels (page 04, 3.2 and 3.4)', () => {
  const bytesOf = (config: ModuleConfig): string => {
    const bytes = new Uint8Array(ModuleConfig.size);
    ModuleConfig.set(new DataView(bytes.buffer), 0, config);
    return toHex(bytes);
  };
  const all = (ids: number[], levels: number[]) => configOfLevels(ids.map((id, i) => [id, levels[i]!] as const));

  it.each([
    ['Standard', [0, 10, 11, 12], [2, 2, 2, 1], 0x0001220000000002n, 0n],
    ['Enterprise', [0, 1, 2, 3, 10, 11, 18], [3, 3, 2, 3, 2, 2, 1], 0x0000220000003233n, 0x100n],
    ['MaxSecurity', Array.from({ length: 19 }, (_, i) => i), Array(19).fill(15), 0xffffffffffffffffn, 0xfffn],
    ['EdgeIoT', [6, 11], [1, 1], 0x0000100001000000n, 0n],
    ['Analytics', [2, 10, 12, 13], [2, 3, 1, 2], 0x0021030000000200n, 0n],
  ])('%s', (_, ids, levels, primary, extended) => {
    const config = all(ids, levels);
    expect(config).toEqual({ primary, extended });
    expect([...moduleLevels(config)]).toEqual(ids.map((id, i) => [id, levels[i]]));
  });

  it('stand in two little-endian words', () => {
    expect(bytesOf(all([0, 10, 11, 12], [2, 2, 2, 1]))).toBe('02000000002201000000000000000000');
  });

  it('replace an older level', () => {
    const config = withModuleLevel(withModuleLevel({ primary: 0n, extended: 0n }, 31, 15), 31, 4);
    expect(config.extended).toBe(0x4000_0000_0000_0000n);
    expect(moduleLevel(config, 31)).toBe(4);
    expect(moduleLevel(config, 15)).toBe(0);
  });

  it('exist for modules 0-31 and from 0 to 15', () => {
    const none = { primary: 0n, extended: 0n };
    expect(() => withModuleLevel(none, 0, 16)).toThrow(RangeError);
    expect(() => withModuleLevel(none, 32, 1)).toThrow(RangeError);
    expect(() => moduleLevel(none, 48)).toThrow(RangeError);
  });
});
