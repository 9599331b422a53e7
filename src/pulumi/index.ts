/** For other teams' Pulumi programs: `import { GatewayObservability } from 'gateway-observability/pulumi'`. */
export { ArtifactError } from './artifacts.js';
export { GatewayObservability, type GatewayObservabilityArgs, type NotificationArgs } from './component.js';
