import type { AnyRegionPlugin } from '@vde/format';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { complianceVault } from '@vde/region-compliance-vault';
import { compressionDictionary } from '@vde/region-compression-dictionary';
import { metricsLog } from '@vde/region-metrics-log';
import { streamingAppend } from '@vde/region-streaming-append';
import { worm } from '@vde/region-worm-immutable';

/** The official region plugins that the inspector decodes. */
export const allRegions: readonly AnyRegionPlugin[] = [
  anonymizationTable,
  complianceVault,
  compressionDictionary,
  metricsLog,
  streamingAppend,
  worm,
];

export { type DemoRegion, type DemoStep, demoKey, demoRegions } from './demo.ts';
