import type { AnyRegionPlugin } from '@vde/format';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { metricsLog } from '@vde/region-metrics-log';

/** The official region plugins that the inspector decodes. */
export const allRegions: readonly AnyRegionPlugin[] = [anonymizationTable, metricsLog];
