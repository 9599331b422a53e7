import type { DashboardDefinition } from '../src/model.js';
import { gatewayOverview } from './gateway-overview.js';

/** Every dashboard. A dashboard's file is named after its uid. */
export const dashboards: readonly DashboardDefinition[] = [gatewayOverview];
