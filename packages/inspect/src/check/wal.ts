import type { Finding, Geometry, WalHeader } from '@vde/format';

/**
 * The generation of a metadata log's header block: 1 as its creator writes it, the low 32 bits of `sequenceEnd` from the
 * first rewrite on (page 01, 3.3).
 */
export function checkWalGeneration(
  { sequenceEnd }: WalHeader,
  generation: number,
  { payloadSize }: Geometry,
): Finding[] {
  const rewritten = Number(BigInt.asUintN(32, sequenceEnd));
  if (generation === 1 || generation === rewritten) return [];
  const message = `the log header has generation ${generation}, expected ${rewritten} of its last sequence, or 1`;
  const place = { block: 0, offset: payloadSize + 4, length: 4, path: 'trailer.generation' };
  return [
    { code: 'generationAnomaly', severity: 'warning', message, ...place, expected: rewritten, actual: generation },
  ];
}
