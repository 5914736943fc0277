import type { AnyRegionPlugin } from '@vde/format';
import { anonymizationTable } from '@vde/region-anonymization-table';
import { metricsLog } from '@vde/region-metrics-log';

/** Every official region plugin. */
export const allRegions: readonly AnyRegionPlugin[] = [anonymizationTable, metricsLog];
