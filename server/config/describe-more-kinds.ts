import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { EnvoyFilterSpec } from '#mesh-core/domain/resources/envoy-filter.ts';
import type { BackendReference, GatewayListener, GrpcRouteSpec, HttpRouteSpec, KubeGatewaySpec, ParentReference, PolicyTarget, StreamRouteSpec } from '#mesh-core/domain/resources/gateway-api.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { WorkloadGroupSpec } from '#mesh-core/domain/resources/networking.ts';
import type { ProxyConfigSpec, TrafficExtensionSpec, WasmModule } from '#mesh-core/domain/resources/proxy-extensions.ts';
import type { RateLimitPolicySpec } from '#mesh-core/domain/resources/rate-limit-policy.ts';
import type { RequestAuthenticationSpec } from '#mesh-core/domain/resources/security.ts';
import type { SidecarSpec } from '#mesh-core/domain/resources/sidecar.ts';
import type { TelemetrySpec } from '#mesh-core/domain/resources/telemetry.ts';

type Selector = { readonly matchLabels?: Readonly<Record<string, string>> } | undefined;

/** What a policy, a Sidecar or an extension does, in a few words; undefined for other kinds. Reads only what its kind's schema admits. */
export function summarizePolicy({ kind, spec = {} }: KubeObject): string | undefined {
  // Each cast is safe because stored objects passed the schema of their kind.
  switch (kind) {
    case 'Sidecar': {
      const { workloadSelector, egress = [] } = spec as SidecarSpec;
      return `${whom(workloadSelector?.labels)} sees ${some(egress.flatMap(({ hosts = [] }) => hosts)) || 'what is allowed'}`;
    }
    case 'RequestAuthentication': {
      const { selector, jwtRules = [] } = spec as RequestAuthenticationSpec;
      return `${whomOf(selector)}: tokens of ${some(jwtRules.map(({ issuer }) => issuer ?? '')) || 'nobody'}`;
    }
    case 'Telemetry': {
      const { selector, tracing = [], metrics = [], accessLogging = [] } = spec as TelemetrySpec;
      const parts = [...(accessLogging.length > 0 ? ['access log'] : []), ...(tracing.length > 0 ? ['tracing'] : []), ...(metrics.length > 0 ? ['metrics'] : [])];
      return `${parts.join(', ') || 'nothing'} of ${whomOf(selector)}`;
    }
    case 'RateLimitPolicy': {
      const { selector, limits = [], dryRun } = spec as RateLimitPolicySpec;
      return `${whomOf(selector)}: ${some(limits.map(({ requests, per }) => `${requests} per ${per}`))}${dryRun === true ? ' (dry run)' : ''}`;
    }
    case 'EnvoyFilter': {
      const { workloadSelector, configPatches = [] } = spec as EnvoyFilterSpec;
      return `${whom(workloadSelector?.labels)}: ${some(configPatches.map(({ applyTo = '', patch }) => `${patch?.operation ?? ''} ${applyTo}`.trim()))}`;
    }
    case 'ProxyConfig': {
      const { selector, concurrency } = spec as ProxyConfigSpec;
      return `proxies of ${whomOf(selector)}${concurrency === undefined ? '' : `: ${concurrency} threads`}`;
    }
    case 'WasmPlugin': {
      const { selector, url = '' } = spec as WasmModule & { readonly selector?: Selector };
      return `${url} at ${whomOf(selector)}`;
    }
    case 'TrafficExtension': {
      const { selector, wasm, lua } = spec as TrafficExtensionSpec;
      return `${wasm?.url ?? (lua === undefined ? 'nothing' : 'Lua')} at ${whomOf(selector)}`;
    }
    case 'WorkloadGroup':
      return Object.entries((spec as WorkloadGroupSpec).metadata?.labels ?? {}).map(([name, value]) => `${name}=${value}`).join(', ');
    default:
      return undefined;
  }
}

/** What an object of the Gateway API does, in a few words; undefined for other kinds. */
export function summarizeGatewayApi({ apiVersion, kind, spec = {} }: KubeObject): string | undefined {
  // Each cast is safe because stored objects passed the schema of their kind.
  switch (kindByApiVersion(apiVersion, kind)?.id) {
    case 'K8sGateway':
      return listeners((spec as KubeGatewaySpec).listeners ?? []);
    case 'ListenerSet': {
      const { parentRef, listeners: own = [] } = spec as { readonly parentRef?: { readonly name: string }; readonly listeners?: readonly Partial<GatewayListener>[] };
      return `${parentRef?.name ?? ''}: ${listeners(own)}`;
    }
    case 'GatewayClass':
      return (spec as { readonly controllerName?: string }).controllerName ?? '';
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TLSRoute':
    case 'TCPRoute': {
      const { parentRefs = [], hostnames = [], rules = [] } = spec as HttpRouteSpec & GrpcRouteSpec & StreamRouteSpec;
      return `${some(hostnames) || 'every host'} at ${some(parentRefs.map(parent)) || 'no gateway'}: ${rules.map((rule) => backends(rule.backendRefs ?? [])).join(' | ')}`;
    }
    case 'BackendTLSPolicy': {
      const { targetRefs = [], validation } = spec as { readonly targetRefs?: readonly PolicyTarget[]; readonly validation?: { readonly hostname?: string } };
      return `TLS to ${some(targetRefs.map(({ name }) => name))} as ${validation?.hostname ?? ''}`;
    }
    case 'ReferenceGrant': {
      const { from = [], to = [] } = spec as { readonly from?: readonly { readonly kind: string; readonly namespace: string }[]; readonly to?: readonly { readonly kind: string }[] };
      return `${some(from.map((each) => `${each.kind} of ${each.namespace}`))} may refer to ${some(to.map((each) => each.kind))}`;
    }
    default:
      return undefined;
  }
}

function listeners(all: readonly Partial<GatewayListener>[]): string {
  return all.map(({ protocol = '', port, hostname = '*' }) => `${protocol}${port === undefined ? '' : ` ${port}`}: ${hostname}`).join('; ');
}

function parent({ namespace, name, sectionName }: ParentReference): string {
  return `${namespace === undefined ? '' : `${namespace}/`}${name}${sectionName === undefined ? '' : `:${sectionName}`}`;
}

function backends(all: readonly BackendReference[]): string {
  if (all.length === 0) return 'no backend';
  const total = all.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return all.map(({ name, weight = 1 }) => (all.length === 1 ? name : `${name} ${total === 0 ? 0 : Math.round((100 * weight) / total)} %`)).join(', ');
}

function whomOf(selector: Selector): string {
  return whom(selector?.matchLabels);
}

function whom(labels: Readonly<Record<string, string>> | undefined): string {
  return Object.values(labels ?? {}).join(', ') || 'every workload';
}

/** The first of several, and how many more. */
function some(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}
