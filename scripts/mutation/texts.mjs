// A plugin of Stryker that leaves texts for people alone. Codes, paths, tags and ids are contract and hold no space; messages do.
function isText(node) {
  if (node.type === 'StringLiteral') return node.value.includes(' ');
  return node.type === 'TemplateLiteral' && node.quasis.some(({ value }) => value.raw.includes(' '));
}

const shouldIgnore = ({ node }) => (isText(node) ? 'text for people' : undefined);

export const strykerPlugins = [{ kind: 'Ignore', name: 'texts', value: { shouldIgnore } }];
