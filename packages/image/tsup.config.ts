import { library } from '../../tsup.base.ts';

// Named entries: dist/index.js and dist/node/index.js, with what they share in a chunk.
export default library({ entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts' } });
