import type { CreatedImage } from '@vde/inspect';
import type { Style } from '../style.ts';
import { type Column, renderPairs, renderTable } from './table.ts';
import { countOf, formatSize } from './text.ts';

/** A new image: what it is, where its regions lie, and what to do next. */
export function renderCreate(
  created: CreatedImage,
  style: Style,
  { isQuiet }: { readonly isQuiet: boolean },
): string[] {
  const { source, size, blockSize, totalBlocks, metadataBlocks, dataBlocks, inodeSize, volumeUuid, regions } = created;
  if (isQuiet) return [];
  const dot = ` ${style.marks.dot} `;
  const head = [style.bold(source), formatSize(size), `${countOf(totalBlocks, 'block')} of ${formatSize(blockSize)}`];
  const columns: Column[] = [
    { title: 'type' },
    { title: 'region' },
    { title: 'start', align: 'right' },
    { title: 'blocks', align: 'right' },
    { title: 'size', align: 'right' },
  ];
  const rows = regions.map(({ type, name, startBlock, blockCount }) => [
    { text: type, paint: style.cyan },
    name,
    String(startBlock),
    String(blockCount),
    formatSize(blockCount * blockSize),
  ]);
  return [
    head.join(dot),
    ...renderPairs(
      [
        ['volume UUID', volumeUuid],
        ['metadata', `${countOf(metadataBlocks, 'block')}, ${formatSize(metadataBlocks * blockSize)}`],
        ['data', `${countOf(dataBlocks, 'block')}, ${formatSize(dataBlocks * blockSize)}`],
        ['inode size', `${inodeSize} bytes`],
      ],
      style,
    ),
    '',
    ...renderTable(columns, rows, style),
    '',
    style.dim(`vde info ${source} shows it; vde check ${source} proves it whole`),
  ];
}
