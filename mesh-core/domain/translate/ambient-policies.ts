import { namespaceOf } from '../resources/kube-object.ts';
import type { AuthorizationPolicy, AuthorizationRule, Operation, PeerAuthentication, Source } from '../resources/security.ts';
import { addressBytes, parseRange } from './ip-range.ts';
import { targetsOf } from './policy-attachment.ts';
import { isDryRun } from './translate-authorization.ts';

/** A value compared at layer 4; exactly one of the fields. */
export interface AmbientStringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly presence?: Readonly<Record<string, never>>;
}
/** `address` is the address' bytes in base64, as proto3 JSON writes them. */
export interface AmbientAddress { readonly address: string; readonly length: number }
export interface AmbientServiceAccount { readonly namespace: string; readonly serviceAccount: string }
/** Conditions on one connection: the fields AND, the values of a field OR. */
export interface AmbientMatch {
  readonly namespaces?: readonly AmbientStringMatch[];
  readonly notNamespaces?: readonly AmbientStringMatch[];
  readonly serviceAccounts?: readonly AmbientServiceAccount[];
  readonly notServiceAccounts?: readonly AmbientServiceAccount[];
  readonly principals?: readonly AmbientStringMatch[];
  readonly notPrincipals?: readonly AmbientStringMatch[];
  readonly sourceIps?: readonly AmbientAddress[];
  readonly notSourceIps?: readonly AmbientAddress[];
  readonly destinationIps?: readonly AmbientAddress[];
  readonly notDestinationIps?: readonly AmbientAddress[];
  readonly destinationPorts?: readonly number[];
  readonly notDestinationPorts?: readonly number[];
}
/** The matches of a rule OR, the rules of a group AND, the groups OR. */
export interface AmbientRule { readonly matches: readonly AmbientMatch[] }
export interface AmbientGroup { readonly rules: readonly AmbientRule[] }
/** A policy as a layer 4 proxy (ztunnel) gets it; absent fields are the first of their enum: GLOBAL, ALLOW. */
export interface AmbientAuthorization {
  readonly name: string;
  readonly namespace?: string;
  readonly scope?: 'NAMESPACE' | 'WORKLOAD_SELECTOR';
  readonly action?: 'DENY';
  readonly groups?: readonly AmbientGroup[];
  readonly dryRun?: true;
}

const CONVERTED_PREFIX = 'converted_peer_authentication_';
const UNAUTHENTICATED: AmbientMatch = { notPrincipals: [{ presence: {} }] };

/**
 * An AuthorizationPolicy at layer 4; undefined for one that is not for there (targets, CUSTOM, AUDIT). HTTP conditions cannot
 * be met: an ALLOW rule with one is left out, a DENY rule loses it. Source: istiod serviceregistry/ambient/authorization.go.
 */
export function ambientAuthorization(policy: AuthorizationPolicy, rootNamespace: string): AmbientAuthorization | undefined {
  const action = policy.spec?.action ?? 'ALLOW';
  if (targetsOf(policy).length > 0 || (action !== 'ALLOW' && action !== 'DENY')) return undefined;
  const groups = (policy.spec?.rules ?? []).flatMap((rule): AmbientGroup[] => {
    const rules = rulesOf(rule, namespaceOf(policy));
    return action === 'ALLOW' && hasHttpCondition(rule) ? [] : [{ rules }];
  });
  const scope = policy.spec?.selector !== undefined ? 'WORKLOAD_SELECTOR' : policy.metadata.namespace === rootNamespace ? undefined : 'NAMESPACE';
  return {
    name: policy.metadata.name,
    ...namespaceField(policy.metadata.namespace),
    ...(scope === undefined ? undefined : { scope }),
    ...(action === 'DENY' ? { action } : undefined),
    ...(groups.length === 0 ? undefined : { groups }),
    ...(isDryRun(policy) ? { dryRun: true } : undefined),
  };
}

type Strictness = 'STRICT' | 'LAX' | 'UNSET';

/**
 * A workload's PeerAuthentication with ports of their own as a policy that denies connections without a certificate; undefined
 * when it says nothing that the static strict policy does not. `namespaceWide` and `meshWide` are the policies without selector in force there.
 * Source: istiod's convertPeerAuthentication.
 */
export function ambientPeerAuthentication(policy: PeerAuthentication, namespaceWide: PeerAuthentication | undefined, meshWide: PeerAuthentication | undefined, rootNamespace: string): AmbientAuthorization | undefined {
  const ports = Object.entries(policy.spec?.portLevelMtls ?? {}).sort(([a], [b]) => Number(a) - Number(b));
  if (policy.metadata.namespace === rootNamespace || policy.spec?.selector === undefined || ports.length === 0) return undefined;
  const mode = strictness(policy.spec.mtls?.mode);
  const near = strictness(namespaceWide?.spec?.mtls?.mode);
  const far = strictness(meshWide?.spec?.mtls?.mode);
  const isStrictByParent = mode === 'STRICT' || (mode === 'UNSET' && near === 'STRICT') || (near === 'UNSET' && far === 'STRICT');
  const isLaxByParent = mode === 'LAX' || (mode === 'UNSET' && (namespaceWide === undefined ? far !== 'STRICT' : near !== 'STRICT'));
  const groups: AmbientGroup[] = [];
  const rules: AmbientRule[] = mode === 'STRICT' ? [{ matches: [UNAUTHENTICATED] }] : [];
  let hasLaxPort = false;
  for (const [port, { mode: portMode }] of ports) {
    const portStrictness = strictness(portMode);
    if (portStrictness === 'STRICT' && !isStrictByParent) groups.push({ rules: [{ matches: [{ ...UNAUTHENTICATED, destinationPorts: [Number(port)] }] }] });
    if (portStrictness === 'LAX' && !isLaxByParent) {
      hasLaxPort = true;
      rules.push({ matches: [{ notDestinationPorts: [Number(port)] }] });
    }
  }
  if ((mode === 'STRICT' && !hasLaxPort) || (rules.length === 0 && groups.length === 0)) return undefined;
  // The static strict policy is not attached beside this one: a connection that any DENY matches is refused.
  if (hasLaxPort && ((far === 'STRICT' && near !== 'LAX') || near === 'STRICT')) rules.push({ matches: [UNAUTHENTICATED] });
  if (rules.length > 0) groups.push({ rules });
  return { name: `${CONVERTED_PREFIX}${policy.metadata.name}`, ...namespaceField(policy.metadata.namespace), scope: 'WORKLOAD_SELECTOR', action: 'DENY', groups };
}

/** The oldest policy without selector of a namespace. */
export function scopeWidePeerAuthentication(policies: readonly PeerAuthentication[], namespace: string): PeerAuthentication | undefined {
  const created = (policy: PeerAuthentication): string => policy.metadata.creationTimestamp ?? '';
  return policies.filter((policy) => (policy.metadata.namespace ?? '') === namespace && policy.spec?.selector === undefined).reduce<PeerAuthentication | undefined>((oldest, policy) => (oldest !== undefined && created(oldest) <= created(policy) ? oldest : policy), undefined);
}

function strictness(mode: string | undefined): Strictness {
  return mode === 'STRICT' ? 'STRICT' : mode === 'PERMISSIVE' || mode === 'DISABLE' ? 'LAX' : 'UNSET';
}

function namespaceField(namespace: string | undefined): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

const L4_KEYS: ReadonlySet<string> = new Set(['source.ip', 'source.namespace', 'source.principal', 'destination.ip', 'destination.port']);
const HTTP_OPERATION = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'] as const satisfies readonly (keyof Operation)[];
const HTTP_SOURCE = ['remoteIpBlocks', 'notRemoteIpBlocks', 'requestPrincipals', 'notRequestPrincipals'] as const satisfies readonly (keyof Source)[];

/** Which conditions of a rule layer 4 cannot judge, by their field or key, sorted. */
export function httpConditionsOf(rule: AuthorizationRule): string[] {
  const found = [
    ...(rule.to ?? []).flatMap(({ operation = {} }) => HTTP_OPERATION.filter((field) => (operation[field]?.length ?? 0) > 0)),
    ...(rule.from ?? []).flatMap(({ source = {} }) => HTTP_SOURCE.filter((field) => (source[field]?.length ?? 0) > 0)),
    ...(rule.when ?? []).map(({ key }) => key).filter((key) => !L4_KEYS.has(key)),
  ];
  return [...new Set<string>(found)].sort();
}

function hasHttpCondition(rule: AuthorizationRule): boolean {
  return httpConditionsOf(rule).length > 0;
}

function rulesOf(rule: AuthorizationRule, policyNamespace: string): AmbientRule[] {
  const to = (rule.to ?? []).map(({ operation = {} }) => match({ destinationPorts: portsOf(operation.ports), notDestinationPorts: portsOf(operation.notPorts) }));
  const from = (rule.from ?? []).map(({ source = {} }) =>
    match({
      sourceIps: addressesOf(source.ipBlocks),
      notSourceIps: addressesOf(source.notIpBlocks),
      namespaces: matchesOf(source.namespaces),
      notNamespaces: matchesOf(source.notNamespaces),
      serviceAccounts: accountsOf(source.serviceAccounts, policyNamespace),
      notServiceAccounts: accountsOf(source.notServiceAccounts, policyNamespace),
      principals: matchesOf(source.principals),
      notPrincipals: matchesOf(source.notPrincipals),
    }),
  );
  const when = (rule.when ?? []).map(({ key, values = [], notValues = [] }) => ({ matches: [match(WHEN[key]?.(values, notValues) ?? {})] }));
  return [...(to.length === 0 ? [] : [{ matches: to }]), ...(from.length === 0 ? [] : [{ matches: from }]), ...when];
}

const WHEN: Readonly<Record<string, (values: readonly string[], notValues: readonly string[]) => AmbientMatch>> = {
  'source.namespace': (values, notValues) => ({ namespaces: matchesOf(values), notNamespaces: matchesOf(notValues) }),
  'source.principal': (values, notValues) => ({ principals: matchesOf(values), notPrincipals: matchesOf(notValues) }),
  'source.ip': (values, notValues) => ({ sourceIps: addressesOf(values), notSourceIps: addressesOf(notValues) }),
  'destination.port': (values, notValues) => ({ destinationPorts: portsOf(values), notDestinationPorts: portsOf(notValues) }),
  'destination.ip': (values, notValues) => ({ destinationIps: addressesOf(values), notDestinationIps: addressesOf(notValues) }),
};

/** Without the lists that are empty. */
function match(fields: AmbientMatch): AmbientMatch {
  return Object.fromEntries(Object.entries(fields).filter(([, values]: [string, readonly unknown[]]) => values.length > 0));
}

function matchesOf(values: readonly string[] = []): AmbientStringMatch[] {
  return values.map((value) => (value === '*' ? { presence: {} } : value.startsWith('*') ? { suffix: value.slice(1) } : value.endsWith('*') ? { prefix: value.slice(0, -1) } : { exact: value }));
}

function accountsOf(values: readonly string[] = [], policyNamespace: string): AmbientServiceAccount[] {
  return values.map((value) => {
    const slash = value.indexOf('/');
    return slash === -1 ? { namespace: policyNamespace, serviceAccount: value } : { namespace: value.slice(0, slash), serviceAccount: value.slice(slash + 1) };
  });
}

function portsOf(values: readonly string[] = []): number[] {
  return values.filter((value) => /^\d{1,10}$/.test(value) && Number(value) <= 65_535).map(Number);
}

function addressesOf(values: readonly string[] = []): AmbientAddress[] {
  return values.flatMap((value) => {
    const range = parseRange(value);
    return range === undefined ? [] : [{ address: btoa(String.fromCharCode(...(addressBytes(range.addressPrefix) ?? []))), length: range.prefixLen ?? 0 }];
  });
}
