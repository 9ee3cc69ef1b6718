import { matchesLabels, type Labels } from '../../label-selector.ts';
import type { DestinationRule } from '../../networking.ts';
import type { PeerAuthentication } from '../../security.ts';
import { IDENTITY_DOMAIN, parseHost } from './host.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';

type Mode = string;

/** The mode of a PeerAuthentication without selector; '' = it says none, or is for some workloads only. Source: kiali kubernetes/istio.go. */
export function wideMode({ spec }: PeerAuthentication): Mode {
  return spec?.selector !== undefined ? '' : (spec?.mtls?.mode ?? '');
}

/** Does a mode take mutual TLS? */
export function takesMutualTls(mode: Mode): boolean {
  return mode === 'STRICT' || mode === 'PERMISSIVE';
}

/** The TLS mode of a rule; '' = it says none. */
export function tlsModeOf({ spec }: DestinationRule): Mode {
  return spec?.trafficPolicy?.tls?.mode ?? '';
}

/** The TLS mode of a rule for the whole mesh (`*.local`); '' for any other rule. */
export function meshTlsMode(rule: DestinationRule): Mode {
  return rule.spec?.host === '*.local' ? tlsModeOf(rule) : '';
}

/** The TLS mode of a rule for a whole namespace; '' for any other rule. */
export function namespaceTlsMode(rule: DestinationRule, namespace: string): Mode {
  return rule.spec?.host === `*.${namespace}.${IDENTITY_DOMAIN}` ? tlsModeOf(rule) : '';
}

/** PeerAuthentications of the root namespace: they are for the mesh. */
export function meshPolicies(mesh: KialiMesh): readonly PeerAuthentication[] {
  return mesh.input.all<PeerAuthentication>('PeerAuthentication').filter((policy) => placeOf(policy) === mesh.settings.rootNamespace);
}

/** PeerAuthentications of one namespace. */
export function policiesOf(mesh: KialiMesh, namespace: string): readonly PeerAuthentication[] {
  return mesh.input.all<PeerAuthentication>('PeerAuthentication').filter((policy) => placeOf(policy) === namespace);
}

interface Level {
  readonly rule: Mode;
  readonly policy: Mode;
  readonly overall: 'on' | 'off' | 'partly' | 'none';
}

/** Do workloads with these labels get mutual TLS, as far as policies and rules say? Source: kiali util/mtls/status.go and authorization/mtls_enabled_checker.go. */
export function hasMutualTls(mesh: KialiMesh, labels: Labels, namespace: string): boolean {
  const own = workloadMode(mesh, labels, namespace);
  return own ?? namespaceHasMutualTls(mesh, namespace);
}

function workloadMode(mesh: KialiMesh, labels: Labels, namespace: string): boolean | undefined {
  const rules = mesh.input.all<DestinationRule>('DestinationRule');
  for (const { spec } of policiesOf(mesh, namespace)) {
    const selector = spec?.selector?.matchLabels ?? {};
    if (Object.keys(selector).length === 0 || !matchesLabels(selector, labels)) continue;
    switch (spec?.mtls?.mode) {
      case 'STRICT':
        return true;
      case 'DISABLE':
        return false;
      case 'PERMISSIVE':
        return permissiveMode(mesh, rules, selector, namespace);
      default:
    }
  }
  return undefined;
}

/** Under PERMISSIVE the rules of the services behind the selector decide. */
function permissiveMode(mesh: KialiMesh, rules: readonly DestinationRule[], selector: Labels, namespace: string): boolean | undefined {
  for (const service of mesh.input.all('Service')) {
    const own = (service.spec as { readonly selector?: Labels } | undefined)?.selector ?? {};
    if (placeOf(service) !== namespace || Object.keys(own).length === 0 || !matchesLabels(selector, own)) continue;
    for (const rule of rules) {
      const host = parseHost(rule.spec?.host ?? '', placeOf(rule), mesh.namespaces);
      if (host.service !== service.metadata.name || host.namespace !== namespace) continue;
      const mode = tlsModeOf(rule);
      if (mode === 'ISTIO_MUTUAL' || mode === 'MUTUAL') return true;
      if (mode === 'DISABLE') return false;
    }
  }
  return undefined;
}

function namespaceHasMutualTls(mesh: KialiMesh, namespace: string): boolean {
  const rules = mesh.input.all<DestinationRule>('DestinationRule');
  const first = (modes: readonly Mode[]): Mode => modes.find((mode) => mode !== '') ?? '';
  const own = level(mesh, first(rules.map((rule) => namespaceTlsMode(rule, namespace))), first(policiesOf(mesh, namespace).map(wideMode)));
  const whole = level(mesh, first(rules.map(meshTlsMode)), first(meshPolicies(mesh).map(wideMode)));
  const status = overall(mesh, own, whole);
  return status === 'on' || (status === 'none' && mesh.settings.autoMutualTls);
}

function level(mesh: KialiMesh, rule: Mode, policy: Mode): Level {
  const auto = rule === '' && mesh.settings.autoMutualTls;
  if (takesMutualTls(policy) && (rule === 'ISTIO_MUTUAL' || rule === 'MUTUAL' || auto)) return { rule, policy, overall: 'on' };
  if (policy === 'DISABLE' && (rule === 'DISABLE' || auto)) return { rule, policy, overall: 'off' };
  return { rule, policy, overall: rule === '' && policy === '' ? 'none' : 'partly' };
}

function overall(mesh: KialiMesh, own: Level, whole: Level): Level['overall'] {
  if (own.overall === 'on' || own.overall === 'off') return own.overall;
  if (own.overall === 'partly') return overallOfMesh(mesh, level(mesh, own.rule === '' ? whole.rule : own.rule, own.policy === '' ? whole.policy : own.policy));
  return overallOfMesh(mesh, whole);
}

function overallOfMesh(mesh: KialiMesh, { rule, policy, overall: status }: Level): Level['overall'] {
  if (status === 'on' || status === 'off') return status;
  if (rule === '' && policy === '') return 'none';
  if ((policy === 'DISABLE' && rule === '') || (rule === 'DISABLE' && policy === '')) return 'off';
  if (mesh.settings.autoMutualTls && ((takesMutualTls(policy) && rule === '') || ((rule === 'ISTIO_MUTUAL' || rule === 'MUTUAL') && policy === ''))) return 'on';
  return 'partly';
}
