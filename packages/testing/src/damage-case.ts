import { decodeRegion, encodeRegion, type Finding, isVdeError, type RegionPlugin, sameBytes } from '@vde/format';
import { describe, it } from 'vitest';
import { patch } from './damage.ts';
import { ensure } from './subject.ts';

/** One mutation of valid blocks, and the finding that it must make. */
export interface DamageCase {
  /** The rule that is broken, kebab-case: `count-beyond-blocks`. */
  readonly name: string;
  /** Valid blocks before the mutation. */
  readonly blocks: Uint8Array;
  readonly blockSize: number;
  /** Where and what is changed. A place in the payload is sealed again, one in the trailer is not. */
  readonly block: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Leaves the old checksum in the trailer. */
  readonly unsealed?: boolean;
  /** What the finding says; what is left out may be anything. Its range must hold the changed bytes. */
  readonly finding: Partial<Finding> & Pick<Finding, 'code' | 'severity'>;
  /** Codes of further findings, in order. */
  readonly others?: readonly string[];
}

/** Registers a test for each damage: lenient reading finds it at its place, strict reading throws it when it is an error. */
export function testDamage<State>(plugin: RegionPlugin<State>, cases: readonly DamageCase[]): void {
  describe(`${plugin.id} names damage`, () => {
    for (const one of cases) it(`${plugin.id}.${one.name}`, () => checkDamageCase(plugin, one));
  });
}

/**
 * Checks one damage. Where it is no error, the blocks are read whole and written again byte for byte, unless padding was lost.
 * @throws Error saying what the finding lacks.
 */
export function checkDamageCase<State>(plugin: RegionPlugin<State>, damage: DamageCase): void {
  const { blockSize, finding } = damage;
  const valid = decodeRegion(plugin, damage.blocks, { blockSize });
  ensure(valid.findings.length === 0, 'the blocks have findings before the damage');
  const blocks = hurt(damage);
  const { findings, partial } = decodeRegion(plugin, blocks, { blockSize, lenient: true });
  const expected = [finding.code, ...(damage.others ?? [])].join();
  const found = findings.map(({ code }) => code).join();
  ensure(found === expected, `expected the findings ${expected}, found ${found || 'none'}`);
  checkFinding(findings[0]!, damage);
  const isError = findings.some(({ severity }) => severity === 'error');
  ensure(partial === isError, `partial is ${partial}`);
  const thrown = strictError(plugin, blocks, blockSize);
  const first = findings.find(({ severity }) => severity === 'error')?.code;
  ensure(thrown === first, `strict reading threw ${thrown ?? 'nothing'}, expected ${first ?? 'nothing'}`);
  if (!isError && !found.includes('paddingNotZero')) checkKept(plugin, blocks, blockSize);
}

function hurt({ blocks, blockSize, block, offset, bytes, unsealed = false }: DamageCase): Uint8Array {
  if (!unsealed && offset < blockSize - 16) return patch(blocks, blockSize, { block, offset }, bytes);
  const copy = blocks.slice();
  copy.set(bytes, block * blockSize + offset);
  return copy;
}

function checkFinding(found: Finding, { finding, block, offset, bytes }: DamageCase): void {
  for (const [name, value] of Object.entries(finding)) {
    const actual = found[name as keyof Finding];
    ensure(Object.is(actual, value), `${finding.code}: ${name} is ${actual}, expected ${value}`);
  }
  const from = found.offset ?? Number.NaN;
  const holds = found.block === block && offset >= from && offset + bytes.length <= from + (found.length ?? Number.NaN);
  const range = `block ${found.block}, offset ${found.offset}, length ${found.length}`;
  ensure(holds, `${finding.code}: its range (${range}) does not hold the change in block ${block} at ${offset}`);
}

function strictError<State>(plugin: RegionPlugin<State>, blocks: Uint8Array, blockSize: number): string | undefined {
  try {
    decodeRegion(plugin, blocks, { blockSize });
    return undefined;
  } catch (error) {
    ensure(isVdeError(error), `strict reading threw ${error}`);
    return error.code;
  }
}

function checkKept<State>(plugin: RegionPlugin<State>, blocks: Uint8Array, blockSize: number): void {
  const { state, generation } = decodeRegion(plugin, blocks, { blockSize });
  const again = encodeRegion(plugin, state, { blockSize, generation });
  ensure(sameBytes(again, blocks), 'writing again changes bytes that are no error');
}
