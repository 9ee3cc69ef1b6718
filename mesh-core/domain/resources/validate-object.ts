import type { CanaryRolloutSpec } from './canary-rollout.ts';
import type { Service } from './core.ts';
import type { EnvoyFilterSpec } from './envoy-filter.ts';
import { createIssueList } from './field-issue.ts';
import type { FieldIssue, IssueList, IssueSink } from './field-issue.ts';
import { kindByApiVersion } from './kinds.ts';
import type { KindInfo } from './kinds.ts';
import type { KubeObject } from './kube-object.ts';
import type { DestinationRuleSpec, GatewaySpec, ServiceEntrySpec, VirtualServiceSpec, WorkloadEntrySpec, WorkloadGroupSpec } from './networking.ts';
import { withoutNulls } from './null-elements.ts';
import type { PrometheusRuleSpec } from './prometheus-rule.ts';
import type { ProxyConfigSpec, TrafficExtensionSpec, WasmPluginSpec } from './proxy-extensions.ts';
import type { RateLimitPolicySpec } from './rate-limit-policy.ts';
import type { AuthorizationPolicy, AuthorizationPolicySpec, PeerAuthenticationSpec, RequestAuthenticationSpec } from './security.ts';
import type { SidecarSpec } from './sidecar.ts';
import type { TelemetrySpec } from './telemetry.ts';
import { validateAuthorizationPolicy } from './validate-authorization-policy.ts';
import { validateCanaryRollout } from './validate-canary-rollout.ts';
import { validateDestinationRule } from './validate-destination-rule.ts';
import { validateEnvoyFilter } from './validate-envoy-filter.ts';
import { validateGateway } from './validate-gateway.ts';
import { checkIstioAnnotations } from './validate-metadata.ts';
import { validatePeerAuthentication } from './validate-peer-authentication.ts';
import { validateRuleGroups } from './validate-prometheus-rule.ts';
import { validateProxyConfig, validateTrafficExtension, validateWasmPlugin } from './validate-proxy-extensions.ts';
import { validateRateLimitPolicy } from './validate-rate-limit-policy.ts';
import { validateRequestAuthentication } from './validate-request-authentication.ts';
import { hasRightTypes, validateSchema } from './validate-schema.ts';
import { validateServiceEntry } from './validate-service-entry.ts';
import { validateService } from './validate-service.ts';
import { validateSidecar } from './validate-sidecar.ts';
import { validateTelemetry } from './validate-telemetry.ts';
import { validateVirtualService } from './validate-virtual-service.ts';
import { checkWorkloadEntry } from './validate-workload-entry.ts';
import { validateWorkloadGroup } from './validate-workload-group.ts';

export interface ValidationContext {
  /** Namespace of an object that does not name one, as in a request path; absent: `default`. */
  readonly namespace?: string;
}
export interface ValidationResult {
  /** Any of these refuses the object. */
  readonly errors: readonly FieldIssue[];
  /** These are shown, and stored objects may have them. */
  readonly warnings: readonly FieldIssue[];
}

/**
 * Validates one object by itself, on two levels as an API server with istiod's webhook does: first the schema
 * (`validateSchema`), then, if that admits it, the rules of its kind as istiod's admission has them. Unknown fields are
 * reported and do not hide the second level. Never throws, whatever the value; references to other objects are
 * `analyze`'s.
 */
export function validateObject(object: unknown, context: ValidationContext = {}): ValidationResult {
  const errors = validateSchema(object);
  if (!hasRightTypes(errors)) return { errors, warnings: [] };
  // Safe: the schema has checked every field that the rules read.
  const found = validateKindRules(object as KubeObject, context);
  return { errors: [...errors, ...found.errors], warnings: found.warnings };
}

/**
 * The second level alone: istiod's verdict (for Kubernetes' own kinds and ours, the rules that their schemas cannot say).
 * The object's fields must have the types of its schema, but need not have passed its limits and rules; lists and maps may
 * hold nulls, as protobuf messages may.
 */
export function validateKindRules(object: KubeObject, context: ValidationContext = {}): ValidationResult {
  const issues = createIssueList();
  const info = kindByApiVersion(object.apiVersion, object.kind);
  if (info !== undefined) validateKind(object, info, context, issues);
  return issues;
}

/** Set by the translation of Gateway API objects; their names and hosts follow other rules. */
const GATEWAY_SEMANTICS = 'internal.istio.io/gateway-semantics';
const ROUTE_SEMANTICS = 'internal.istio.io/route-semantics';

function validateKind(object: KubeObject, info: KindInfo, context: ValidationContext, issues: IssueList): void {
  const { annotations = {} } = object.metadata;
  if (info.group.endsWith('.istio.io')) {
    const action = info.kind === 'AuthorizationPolicy' ? ((object as AuthorizationPolicy).spec?.action ?? 'ALLOW') : undefined;
    checkIstioAnnotations(annotations, action, issues);
    if (issues.errors.length > 0) return;
  }
  const rules = Object.hasOwn(RULES, info.id) ? RULES[info.id] : undefined;
  rules?.(object, withoutNulls(object.spec ?? {}, issues) as never, { namespace: object.metadata.namespace ?? context.namespace ?? 'default', annotations }, issues);
}

interface RuleContext {
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
}
type Rules = (object: KubeObject, spec: never, context: RuleContext, issues: IssueSink) => void;

/** Kind, by its id → its rules. The types of the specs are safe: the schema of that kind has checked the object. */
const RULES: Readonly<Record<string, Rules>> = {
  VirtualService: (_, spec: VirtualServiceSpec, { namespace, annotations }, issues) => validateVirtualService(spec, { namespace, converted: annotations[ROUTE_SEMANTICS] === 'gateway' }, issues),
  DestinationRule: (_, spec: DestinationRuleSpec, { namespace }, issues) => validateDestinationRule(spec, namespace, issues),
  Gateway: ({ metadata }, spec: GatewaySpec, { annotations }, issues) => validateGateway(spec, metadata.name, annotations[GATEWAY_SEMANTICS] === 'gateway', issues),
  ServiceEntry: ({ metadata }, spec: ServiceEntrySpec, { namespace }, issues) => validateServiceEntry(spec, metadata, namespace, issues),
  WorkloadEntry: (_, spec: WorkloadEntrySpec, _context, issues) => checkWorkloadEntry(spec, { hostNameAllowed: true }, 'spec', issues),
  WorkloadGroup: (_, spec: WorkloadGroupSpec, _context, issues) => validateWorkloadGroup(spec, issues),
  Sidecar: (_, spec: SidecarSpec, { namespace }, issues) => validateSidecar(spec, namespace, issues),
  EnvoyFilter: (_, spec: EnvoyFilterSpec, _context, issues) => validateEnvoyFilter(spec, issues),
  ProxyConfig: (_, spec: ProxyConfigSpec, _context, issues) => validateProxyConfig(spec, issues),
  AuthorizationPolicy: (_, spec: AuthorizationPolicySpec, _context, issues) => validateAuthorizationPolicy(spec, issues),
  PeerAuthentication: (_, spec: PeerAuthenticationSpec, _context, issues) => validatePeerAuthentication(spec, issues),
  RequestAuthentication: (_, spec: RequestAuthenticationSpec, _context, issues) => validateRequestAuthentication(spec, issues),
  Telemetry: (_, spec: TelemetrySpec, _context, issues) => validateTelemetry(spec, issues),
  WasmPlugin: (_, spec: WasmPluginSpec, _context, issues) => validateWasmPlugin(spec, issues),
  TrafficExtension: (_, spec: TrafficExtensionSpec, _context, issues) => validateTrafficExtension(spec, issues),
  RateLimitPolicy: (_, spec: RateLimitPolicySpec, _context, issues) => validateRateLimitPolicy(spec, issues),
  Service: (object, _spec, _context, issues) => validateService(object as Service, issues),
  CanaryRollout: (_, spec: CanaryRolloutSpec, _context, issues) => validateCanaryRollout(spec, issues),
  PrometheusRule: (_, spec: PrometheusRuleSpec, _context, issues) => validateRuleGroups(spec.groups ?? [], 'spec.groups', issues),
};
