import type { DestinationRule } from '../../networking.ts';
import type { PeerAuthentication } from '../../security.ts';
import { replaceFix } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { kia, type KialiCode } from './codes.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';
import { meshPolicies, meshTlsMode, namespaceTlsMode, policiesOf, takesMutualTls, wideMode } from './mutual-tls.ts';

const MODE_PATH = 'spec.trafficPolicy.tls.mode';
const MODE_STEPS = ['spec', 'trafficPolicy', 'tls', 'mode'] as const;

/** Rules and policies that disagree about mutual TLS: KIA0205 to 0208, 0401, 0501, 0505, 0506. Source: kiali business/checkers/destinationrules and peerauthentications. */
export function checkMutualTls(mesh: KialiMesh, report: Report): void {
  const rules = mesh.input.all<DestinationRule>('DestinationRule');
  for (const rule of rules) {
    const code = ruleProblem(mesh, rule);
    if (code === undefined) continue;
    const fix = code === 'KIA0207' || code === 'KIA0208' ? { fix: replaceFix('Use mutual TLS (ISTIO_MUTUAL)', MODE_STEPS, 'ISTIO_MUTUAL') } : {};
    report(rule, kia(code), { path: MODE_PATH, ...fix });
  }
  for (const policy of mesh.input.all<PeerAuthentication>('PeerAuthentication')) {
    const code = policyProblem(mesh, rules, policy);
    if (code !== undefined) report(policy, kia(code), { path: 'spec.mtls' });
  }
}

function ruleProblem(mesh: KialiMesh, rule: DestinationRule): KialiCode | undefined {
  const wide = meshPolicies(mesh).map(wideMode);
  const own = policiesOf(mesh, placeOf(rule)).map(wideMode);
  const ofMesh = meshTlsMode(rule);
  const ofNamespace = namespaceTlsMode(rule, placeOf(rule));
  if (ofMesh === 'DISABLE') return wide.includes('STRICT') ? 'KIA0208' : undefined;
  if (ofNamespace === 'DISABLE') {
    const decisive = own.find(takesMutualTls);
    if (decisive !== undefined) return decisive === 'STRICT' ? 'KIA0207' : undefined;
    return !own.includes('DISABLE') && wide.includes('STRICT') ? 'KIA0208' : undefined;
  }
  // With automatic mutual TLS nothing has to say so.
  if (mesh.settings.autoMutualTls) return undefined;
  if (ofNamespace === 'ISTIO_MUTUAL') return [...own, ...wide].some(takesMutualTls) ? undefined : 'KIA0206';
  if (ofMesh === 'ISTIO_MUTUAL') return wide.some(takesMutualTls) ? undefined : 'KIA0205';
  return undefined;
}

function policyProblem(mesh: KialiMesh, rules: readonly DestinationRule[], policy: PeerAuthentication): KialiCode | undefined {
  const namespace = placeOf(policy);
  const ofMesh = namespace === mesh.settings.rootNamespace;
  const mode = wideMode(policy);
  const isOn = (tls: string): boolean => tls === 'ISTIO_MUTUAL' || tls === 'MUTUAL';
  if (mode === 'DISABLE') {
    if (ofMesh) return rules.some((rule) => isOn(meshTlsMode(rule))) ? 'KIA0506' : undefined;
    const own = rules.map((rule) => namespaceTlsMode(rule, namespace)).find((tls) => isOn(tls) || tls === 'DISABLE');
    if (own !== undefined) return isOn(own) ? 'KIA0505' : undefined;
    return rules.some((rule) => isOn(meshTlsMode(rule))) ? 'KIA0505' : undefined;
  }
  if (mode !== 'STRICT' || mesh.settings.autoMutualTls) return undefined;
  const on = rules.some((rule) => meshTlsMode(rule) === 'ISTIO_MUTUAL' || (!ofMesh && namespaceTlsMode(rule, namespace) === 'ISTIO_MUTUAL'));
  return on ? undefined : ofMesh ? 'KIA0401' : 'KIA0501';
}
