import { afterEach, describe, expect, it, vi } from 'vitest';
import { assortedBlocks, noise, sealOracle, xxh64Oracle } from './xxh64-oracle.ts';

class ForbiddenModule {
  constructor() {
    throw new EvalError("Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not allowed");
  }
}

class ExhaustedMemory {
  constructor() {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory');
  }
}

const obstacles: [string, unknown][] = [
  ['WebAssembly is absent', undefined],
  ['compiling is forbidden', { ...allOf(WebAssembly), Module: ForbiddenModule }],
  ['there is no address space for a memory', { ...allOf(WebAssembly), Memory: ExhaustedMemory }],
];

/** The properties of WebAssembly are not enumerable. */
function allOf(namespace: typeof WebAssembly) {
  const { Module, Instance, Memory } = namespace;
  return { Module, Instance, Memory };
}

/** A fresh copy of the module: the kernel of another one may be compiled already. */
async function load(webAssembly: unknown) {
  vi.stubGlobal('WebAssembly', webAssembly);
  vi.resetModules();
  return import('../src/xxh64.ts');
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

it('uses the kernel when nothing forbids it', async () => {
  const { hashImplementation } = await load(WebAssembly);
  expect(hashImplementation()).toBe('wasm');
});

it('compiles nothing before the first use', async () => {
  const module = vi.fn();
  await load({ ...allOf(WebAssembly), Module: module });
  expect(module).not.toHaveBeenCalled();
});

describe.each(obstacles)('when %s', (_name, webAssembly) => {
  it('says so', async () => {
    const { hashImplementation } = await load(webAssembly);
    expect(hashImplementation()).toBe('javascript');
  });

  it('hashes the same', async () => {
    const { xxh64, hashImplementation } = await load(webAssembly);
    const bytes = noise(300_001);
    for (const length of [0, 1, 7, 31, 32, 33, 4080, 300_000]) {
      expect(xxh64(bytes.subarray(1, 1 + length))).toBe(xxh64Oracle(bytes.subarray(1, 1 + length)));
    }
    expect(hashImplementation()).toBe('javascript');
  });

  it('checks and seals blocks the same', async () => {
    const { verifyBlocks, sealBlocks } = await load(webAssembly);
    const { blocks, statuses } = assortedBlocks(4096);
    const result = new Uint8Array(statuses.length);
    verifyBlocks(blocks, 4096, result);
    expect([...result]).toEqual(statuses);
    const sealed = noise(1024, 8);
    const expected = sealed.slice();
    sealOracle(expected.subarray(0, 512), 0xffffffff, 0x80000000);
    sealOracle(expected.subarray(512), 0xffffffff, 0x80000000);
    sealBlocks(sealed, 512, 0xffffffff, 0x80000000);
    expect(sealed).toEqual(expected);
  });

  it('has slabs with the same results and the same checks', async () => {
    const { createSlab } = await load(webAssembly);
    const { blocks, statuses } = assortedBlocks(1024);
    const slab = createSlab(blocks.length);
    slab.bytes.set(blocks);
    const result = new Uint8Array(statuses.length);
    slab.verify(1024, statuses.length, result);
    expect([...result]).toEqual(statuses);
    slab.seal(1024, 2, 5, 6);
    for (const start of [0, 1024]) sealOracle(blocks.subarray(start, start + 1024), 5, 6);
    expect(slab.bytes).toEqual(blocks);
    expect(() => slab.verify(1024, statuses.length + 1, new Uint8Array(99))).toThrow(RangeError);
    expect(() => slab.verify(1024, 2, new Uint8Array(1))).toThrow(RangeError);
    expect(() => slab.seal(8, 1, 1, 1)).toThrow(RangeError);
    expect(() => slab.seal(1024, 1, 2 ** 32, 1)).toThrow(RangeError);
  });
});
