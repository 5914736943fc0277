import type { ContainerBlock, Finding } from '@vde/format';
import type { DiskImage } from '@vde/image';

/**
 * What opening the image found in blocks 0-9, with differing generations placed at the block that stands out. Legitimate
 * writers mix generations (page 01, 6 #3), so these stay warnings; a generation that one block alone carries is told from
 * the others all the same.
 */
export function headFindings(image: Pick<DiskImage, 'findings' | 'group' | 'directory'>): Finding[] {
  const odd = loners(image.group.blocks);
  const isPlaced = ({ code, block = 0 }: Finding): boolean =>
    code === 'generationsDiffer' && odd.some((found) => isMirror(found.block) === isMirror(block));
  const kept = image.findings.filter(
    (finding) => finding.block === undefined || finding.block >= 8 || !isPlaced(finding),
  );
  const placed = odd.map((found) => standsOut(found, commonest(image.group.blocks, found), image));
  return [...kept.map(weighed), ...placed, ...directoryTwin(image)];
}

/** A reader goes by the directory and takes note (page 03, 4.2); a check that is asked about damage must not pass over it. */
function weighed(finding: Finding): Finding {
  return finding.code === 'slotTablesDiffer' ? { ...finding, severity: 'warning' } : finding;
}

const isMirror = (block: number): boolean => block >= 4;

/** Intact blocks of the two copies whose generation no other of them carries. */
function loners(blocks: readonly ContainerBlock[]): ContainerBlock[] {
  const intact = blocks.filter(({ state }) => state === 'ok');
  if (intact.length < 3) return [];
  return intact.filter(({ block, generation }) =>
    intact.every((other) => other.block === block || other.generation !== generation),
  );
}

function commonest(blocks: readonly ContainerBlock[], apart: ContainerBlock): number | undefined {
  const counts = new Map<number, number>();
  for (const found of blocks) {
    if (found.state === 'ok' && found !== apart) counts.set(found.generation, (counts.get(found.generation) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function standsOut(found: ContainerBlock, expected: number | undefined, image: Pick<DiskImage, 'group'>): Finding {
  const each = image.group.blocks
    .filter(({ state }) => state === 'ok')
    .map(({ block, generation }) => `${block}: ${generation}`);
  return {
    code: 'generationsDiffer',
    severity: 'warning',
    message: `block ${found.block} alone carries generation ${found.generation} (${each.join(', ')})`,
    ...generationField(found),
    expected,
    actual: found.generation,
  };
}

const generationField = ({ block, bytes }: ContainerBlock) => ({
  block,
  offset: bytes.length - 12,
  length: 4,
  path: 'trailer.generation',
});

/** Two blocks cannot tell which of them has the wrong generation: the finding at block 9 gets a twin at block 8. */
function directoryTwin({ findings, directory }: Pick<DiskImage, 'findings' | 'directory'>): Finding[] {
  const [first, second] = directory.blocks;
  const told = findings.find(({ code, block }) => code === 'generationsDiffer' && block === second?.block);
  if (told === undefined || first === undefined || second === undefined) return [];
  const message = `directory block ${first.block} has generation ${first.generation}, block ${second.block} has ${second.generation}`;
  return [{ ...told, message, ...generationField(first), expected: second.generation, actual: first.generation }];
}
