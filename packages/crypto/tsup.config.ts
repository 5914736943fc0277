import { library } from '../../tsup.base.ts';

// Types come from the portable file only: both entries have the same (test/types.test-d.ts).
export default library({ entry: ['src/index.ts', 'src/index.node.ts'], dts: { entry: 'src/index.ts' } });
