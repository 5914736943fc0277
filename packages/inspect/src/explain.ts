import { type AnyRegionPlugin, blockCodes, type CodeInfo, type CodeRegistry, containerCodes } from '@vde/format';
import { imageCodes } from '@vde/image';
import { inspectCodes } from './check/block-rules.ts';
import { salvageCodes } from './salvage/codes.ts';

/** A code with its meaning and who raises it. */
export interface ExplainedCode extends CodeInfo {
  readonly code: string;
  /** `blocks`, `container`, `image`, `check`, `salvage`, or the id of a region. */
  readonly from: string;
}

/** Every code that an inspection with these plugins can print, in alphabetical order. */
export function allCodes(regions: readonly AnyRegionPlugin[]): ExplainedCode[] {
  const registries: [string, CodeRegistry][] = [
    ['blocks', blockCodes],
    ['container', containerCodes],
    ['image', imageCodes],
    ['check', inspectCodes],
    ['salvage', salvageCodes],
    ...regions.map((plugin): [string, CodeRegistry] => [plugin.id, plugin.codes ?? {}]),
  ];
  const codes = registries.flatMap(([from, codes]) =>
    Object.entries(codes).map(([code, info]) => ({ code, ...info, from })),
  );
  return codes.sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** The meaning of a code; `undefined` for one that nobody raises. */
export function explainCode(code: string, regions: readonly AnyRegionPlugin[]): ExplainedCode | undefined {
  return allCodes(regions).find((entry) => entry.code === code);
}
