type Rewrite = readonly [pattern: RegExp, replacement: string | ((match: string, ...groups: string[]) => string)];

const binaryUnit = (_: string, digits: string, letter: string) => `${digits}${letter.toUpperCase()}iB`;
const kebab = (_: string, name: string) =>
  `r:${name
    .replace(/Region$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()}`;

/** What people write instead, and what they mean. Applied in this order, each to the result of the one before. */
const rewrites: readonly Rewrite[] = [
  [/\s+/g, ''],
  [/(\d)[_,](?=\d)/g, '$1'],
  [/\b0X/g, '0x'],
  [/-0(?=\D|$)(?!x)/g, '0'],
  [/^\++/, ''],
  [/^(?:block|blk|b)[:=#]?(?=-?\d)/i, 'b:'],
  [/^(?:slot|s)[:=#]?(?=-?\d)/i, 's:'],
  [/^(?:region|r)[:=]/i, 'r:'],
  [/^(?:superblock|primary|supb|sb)(?!\w)/i, 'sb'],
  [/^(?:sb[/:.#])?mirror(?!\w)/i, 'sb.mirror'],
  [/^(?:directory|dir)(?!\w)/i, 'dir'],
  [/^(?=\w*\d)(?=\w*[a-f])(?!0x)([0-9a-f]+)(?![\w-])/i, '0x$1'],
  [/^([A-Z][A-Z0-9]{3}|[a-z][a-z0-9]*(?:-[a-z0-9]+)+)(?![\w-])/, 'r:$1'],
  [/^(?:r:)?([A-Z][a-z]\w{3,})/, kebab],
  [/(\d)([kmg])(?:i?b)?(?![a-z0-9])/gi, binaryUnit],
  [/(\d)(?:blocks|blk|blks)(?!\w)/gi, '$1block'],
  [/^[bs]:(-?\w+iB)/, '$1'],
  [/(\/[A-Za-z_]\w*)[/=#[]:?(\d+)\]?/, '$1:$2'],
  [/(\/[A-Za-z_]\w*)(?=$|[.+])/, '$1:0'],
  [/^(.*?)(:-?\d\w*)(\+-?\d\w*)$/, '$1$3$2'],
];

/**
 * A valid address near to a text that is none: the text with the usual slips mended, else its longest valid beginning, else
 * `sb`, which every image has.
 */
export function nearestAddress(text: string, isAddress: (text: string) => boolean): string {
  let mended = text;
  for (const [pattern, replacement] of rewrites) mended = mended.replace(pattern, replacement as string);
  for (const candidate of [mended, text]) {
    for (let end = Math.min(candidate.length, 200); end > 0; end--) {
      if (isAddress(candidate.slice(0, end))) return candidate.slice(0, end);
    }
  }
  return 'sb';
}
