import type { Analyzer } from './analyzer.ts';
import { alphaAnnotations, annotations } from './annotations.ts';
import { authorizationPolicies } from './authorization-policies.ts';
import { certificateAuthorities } from './certificate-authorities.ts';
import { conflictingGateways } from './conflicting-gateways.ts';
import { conflictingMeshHosts } from './conflicting-mesh-hosts.ts';
import { applicationUsers, deploymentServices, keyFetching } from './deployments.ts';
import { deprecatedFields } from './deprecated-fields.ts';
import { destinationHosts } from './destination-hosts.ts';
import { destinationSubsets } from './destination-subsets.ts';
import { envoyPatches } from './envoy-patches.ts';
import { gatewayApiVersions } from './gateway-api-versions.ts';
import { gatewayCertificates } from './gateway-certificates.ts';
import { gatewayPorts } from './gateway-ports.ts';
import { gatewayReferences } from './gateway-references.ts';
import { gatewaySecrets } from './gateway-secrets.ts';
import { autoImages, injectedImages } from './injected-images.ts';
import { injection } from './injection.ts';
import { jwtClaimRoutes } from './jwt-claim-routes.ts';
import { kubeGatewaySelectors } from './kube-gateway-selectors.ts';
import { meshNetworks } from './mesh-networks.ts';
import { portNames } from './port-names.ts';
import { schemaValidation } from './schema-validation.ts';
import { serviceEntryAddresses } from './service-entry-addresses.ts';
import { serviceEntryProtocols } from './service-entry-protocols.ts';
import { sidecarSelectors } from './sidecar-selectors.ts';
import { statusConditions } from './status-conditions.ts';
import { subsetPods } from './subset-pods.ts';
import { lightstepProviders, telemetryProviders } from './telemetry-providers.ts';
import { telemetryDefaults, telemetrySelectors } from './telemetry-selectors.ts';
import { externalControlPlanes, webhooks } from './webhooks.ts';

/** Analyzers of the configuration itself: of kinds that this mesh serves. */
export const CONFIGURATION_ANALYZERS: readonly Analyzer[] = [
  authorizationPolicies,
  certificateAuthorities,
  conflictingGateways,
  conflictingMeshHosts,
  deprecatedFields,
  destinationHosts,
  destinationSubsets,
  envoyPatches,
  gatewayCertificates,
  gatewayPorts,
  gatewayReferences,
  gatewaySecrets,
  jwtClaimRoutes,
  kubeGatewaySelectors,
  lightstepProviders,
  portNames,
  schemaValidation,
  serviceEntryAddresses,
  serviceEntryProtocols,
  sidecarSelectors,
  statusConditions,
  subsetPods,
  telemetryDefaults,
  telemetryProviders,
  telemetrySelectors,
];

/** Those of a Kubernetes cluster: pods, injection, webhooks. They say nothing where there are no such objects. */
export const CLUSTER_ANALYZERS: readonly Analyzer[] = [
  alphaAnnotations,
  annotations,
  applicationUsers,
  autoImages,
  deploymentServices,
  externalControlPlanes,
  gatewayApiVersions,
  injectedImages,
  injection,
  keyFetching,
  meshNetworks,
  webhooks,
];
