import { HTTP_RBAC, SHADOW_POLICY_ID, SHADOW_RESULT } from '../envoy/security-filters.ts';
import type { CustomTag, HcmTracing } from '../envoy/telemetry.ts';
import type { TelemetryTracing, TracingTag } from '../resources/telemetry.ts';
import { BUILT_IN_PROVIDERS, providerNamed } from './mesh-providers.ts';
import type { ExtensionProvider } from './mesh-providers.ts';
import type { MeshSettings, ProxyNode } from './mesh-snapshot.ts';
import { coversSide, providerNames } from './telemetry-scope.ts';
import type { TelemetrySide } from './telemetry-scope.ts';

const DEFAULT_SAMPLING_PERCENT = 1;

/**
 * How a listener traces; undefined = it makes no spans. Later levels override field by field; only the first provider of a list
 * counts, and one that is not there turns tracing off. Source: istiod's Telemetries.Tracing and configureTracing.
 */
export function tracingOf(levels: readonly TelemetryTracing[], node: ProxyNode, mesh: MeshSettings, side: TelemetrySide): HcmTracing | undefined {
  const [defaultProvider] = mesh.defaultProviders?.tracing ?? [];
  if (levels.length === 0 && defaultProvider === undefined) return mesh.enableTracing === false ? undefined : hcmTracing(node, mesh, {});
  const find = (name: string | undefined): ExtensionProvider | undefined => (name === undefined ? undefined : providerNamed([...BUILT_IN_PROVIDERS, ...(mesh.extensionProviders ?? [])], name));
  let provider = find(defaultProvider);
  let merged: TelemetryTracing = {};
  for (const level of levels) {
    if (!coversSide(level.match?.mode, side)) continue;
    const [named] = providerNames(level.providers);
    if (named !== undefined) provider = find(named);
    merged = { ...merged, ...level };
  }
  return provider?.opentelemetry === undefined || merged.disableSpanReporting === true ? undefined : hcmTracing(node, mesh, merged, provider.opentelemetry.maxTagLength);
}

function hcmTracing(node: ProxyNode, mesh: MeshSettings, spec: TelemetryTracing, maxPathTagLength?: number): HcmTracing {
  const value = spec.randomSamplingPercentage ?? mesh.traceSamplingPercent ?? DEFAULT_SAMPLING_PERCENT;
  const tags = [...(spec.enableIstioTags === false ? [] : [...serviceTags(node), ...DRY_RUN_TAGS]), ...Object.entries(spec.customTags ?? {}).flatMap(([tag, source]) => customTag(tag, source) ?? [])];
  return {
    clientSampling: { value: 100 },
    randomSampling: { value },
    overallSampling: { value: 100 },
    customTags: tags.sort((a, b) => (a.tag < b.tag ? -1 : 1)),
    ...(maxPathTagLength === undefined || maxPathTagLength === 0 ? undefined : { maxPathTagLength }),
    ...(node.type === 'router' ? { spawnUpstreamSpan: true } : undefined),
  };
}

/** Who the workload is. Source: istiod's buildServiceTags. */
function serviceTags({ labels, namespace, workload }: ProxyNode): CustomTag[] {
  const revision = labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest';
  const service = labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload;
  const values = { 'istio.canonical_revision': revision, 'istio.canonical_service': service, 'istio.cluster_id': 'Kubernetes', 'istio.mesh_id': 'cluster.local', 'istio.namespace': namespace };
  return Object.entries(values).map(([tag, value]) => ({ tag, literal: { value } }));
}

/** What policies that are only tried out would have done. */
const DRY_RUN_TAGS: readonly CustomTag[] = (['allow', 'deny'] as const).flatMap((action) => [
  dryRunTag(`istio.authorization.dry_run.${action}_policy.name`, `istio_dry_run_${action}_${SHADOW_POLICY_ID}`),
  dryRunTag(`istio.authorization.dry_run.${action}_policy.result`, `istio_dry_run_${action}_${SHADOW_RESULT}`),
]);

function dryRunTag(tag: string, key: string): CustomTag {
  return { tag, metadata: { kind: { request: {} }, metadataKey: { key: HTTP_RBAC, path: [{ key }] } } };
}

/** Undefined for a tag with a formatter, which Envoy's API of this mesh does not have. */
function customTag(tag: string, { literal, environment, header }: TracingTag): CustomTag | undefined {
  if (literal !== undefined) return { tag, literal: { value: literal.value ?? '' } };
  if (environment !== undefined) return { tag, environment: { name: environment.name ?? '', ...withDefault(environment.defaultValue) } };
  return header === undefined ? undefined : { tag, requestHeader: { name: header.name ?? '', ...withDefault(header.defaultValue) } };
}

function withDefault(defaultValue: string | undefined): { readonly defaultValue?: string } {
  return defaultValue === undefined || defaultValue === '' ? {} : { defaultValue };
}
