import type { DestinationRuleSpec, VirtualServiceSpec } from '../../networking.ts';
import type { AuthorizationPolicySpec } from '../../security.ts';
import type { TelemetrySpec } from '../../telemetry.ts';
import type { TrafficPolicy } from '../../traffic-policy.ts';

/** Conditions that need HTTP. */
const HTTP_CONDITIONS = ['request.headers', 'request.auth.claims', 'request.auth.principal', 'request.auth.audiences', 'request.auth.presenter'];

/** Does a policy look at HTTP, which ztunnel does not read? Source (of all here): kiali business/checkers/ambient/l7_classification.go. */
export function policyNeedsHttp(spec: AuthorizationPolicySpec | undefined): boolean {
  return (spec?.rules ?? []).some(
    (rule) =>
      (rule.when ?? []).some(({ key }) => HTTP_CONDITIONS.some((prefix) => key.startsWith(prefix))) ||
      (rule.to ?? []).some(({ operation = {} }) => [operation.methods, operation.notMethods, operation.paths, operation.notPaths, operation.hosts, operation.notHosts].some((list) => (list ?? []).length > 0)) ||
      (rule.from ?? []).some(({ source = {} }) => [source.requestPrincipals, source.notRequestPrincipals].some((list) => (list ?? []).length > 0)),
  );
}

/** Do the settings of a rule, or of one of its subsets, need HTTP? */
export function ruleNeedsHttp(spec: DestinationRuleSpec | undefined): boolean {
  const needs = (policy: TrafficPolicy | undefined): boolean => {
    const hash = policy?.loadBalancer?.consistentHash;
    return hash?.httpHeaderName !== undefined || hash?.httpCookie !== undefined || policy?.connectionPool?.http !== undefined || policy?.outlierDetection !== undefined;
  };
  return [spec?.trafficPolicy, ...(spec?.subsets ?? []).map(({ trafficPolicy }) => trafficPolicy)].some(needs);
}

/** Does a virtual service route HTTP or TLS between workloads? */
export function routesNeedWaypoint(spec: VirtualServiceSpec | undefined): boolean {
  const { http = [], tls = [], gateways = [] } = spec ?? {};
  return http.length + tls.length > 0 && (gateways.length === 0 || gateways.includes('mesh'));
}

/** Does telemetry ask for more than connections and bytes? */
export function telemetryNeedsHttp(spec: TelemetrySpec | undefined): boolean {
  return (spec?.tracing ?? []).length > 0 || (spec?.accessLogging ?? []).length > 0 || (spec?.metrics ?? []).some(({ overrides }) => (overrides ?? []).length > 0);
}
