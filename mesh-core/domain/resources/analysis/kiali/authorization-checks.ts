import type { VirtualService } from '../../networking.ts';
import type { AuthorizationPolicy, Source } from '../../security.ts';
import type { Report } from '../analysis-message.ts';
import { kia } from './codes.ts';
import { hostText, parseHost, withinWildcard, type KialiHost } from './host.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';
import { hasMutualTls } from './mutual-tls.ts';
import { closestFix } from './closest-name.ts';
import { serviceAccountsOf } from './service-accounts.ts';

const METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'];
const MTLS_FIELDS = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'] as const satisfies readonly (keyof Source)[];
const MTLS_KEYS: ReadonlySet<string> = new Set(['source.namespace', 'source.principal', 'connection.sni']);

/** Authorization policies: KIA0101, 0102, 0104 to 0108. Source: kiali business/checkers/authorization. */
export function checkAuthorization(mesh: KialiMesh, report: Report): void {
  const accounts = serviceAccountsOf(mesh);
  for (const policy of mesh.input.all<AuthorizationPolicy>('AuthorizationPolicy')) {
    const rules = policy.spec?.rules ?? [];
    for (const [i, rule] of rules.entries()) {
      for (const [j, from] of (rule.from ?? []).entries()) checkSource(mesh, policy, from.source ?? {}, ['spec', 'rules', i, 'from', j, 'source'], accounts, report);
      for (const [j, to] of (rule.to ?? []).entries()) {
        const path = `spec.rules[${i}].to[${j}].operation`;
        for (const [k, method] of (to.operation?.methods ?? []).entries()) if (!isMethod(method)) report(policy, kia('KIA0102', method), { path: `${path}.methods[${k}]`, apart: true });
        for (const [k, host] of (to.operation?.hosts ?? []).entries()) checkHost(mesh, policy, host, `${path}.hosts[${k}]`, report);
      }
    }
    if (hasMutualTls(mesh, policy.spec?.selector?.matchLabels ?? {}, placeOf(policy))) continue;
    for (const path of fieldsForMutualTls(policy)) report(policy, kia('KIA0105'), { path, apart: true });
  }
}

function checkSource(mesh: KialiMesh, policy: AuthorizationPolicy, source: Source, steps: readonly (string | number)[], accounts: readonly string[], report: Report): void {
  const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('').slice(1);
  for (const [k, pattern] of (source.namespaces ?? []).entries()) {
    const known = [...mesh.namespaces].some((namespace) => fits(pattern, namespace));
    if (!known) report(policy, kia('KIA0101', pattern), { path: `${path}.namespaces[${k}]`, apart: true, ...closestFix(pattern, mesh.namespaces, [...steps, 'namespaces', k]) });
  }
  for (const [k, principal] of (source.principals ?? []).entries()) {
    if (principal === '*' || accounts.some((account) => fits(principal, account))) continue;
    const domain = principal.includes('*') ? undefined : /^(.+?)\/ns\//.exec(principal)?.[1];
    const foreign = domain !== undefined && domain !== mesh.settings.trustDomain && !mesh.settings.trustDomainAliases.includes(domain);
    const at = { path: `${path}.principals[${k}]`, apart: true } as const;
    if (foreign) report(policy, kia('KIA0108', principal), at);
    else report(policy, kia('KIA0106', principal), { ...at, ...closestFix(principal, accounts, [...steps, 'principals', k]) });
  }
}

/** Hosts of policies are compared with the Host header: only what can be meant as a service is looked up. */
function checkHost(mesh: KialiMesh, policy: AuthorizationPolicy, text: string, path: string, report: Report): void {
  const namespace = placeOf(policy);
  const [, second = ''] = text.split('.');
  const dots = text.split('.').length - 1;
  if (text === '' || text.startsWith('*') || text.endsWith('*') || dots >= 2) return;
  if (dots === 1 && second !== namespace && !mesh.namespaces.has(second)) return;
  const host = parseHost(text, namespace, mesh.namespaces);
  if (mesh.isEntryHost(host) || mesh.isService(host, namespace) || isRouted(mesh, host)) return;
  report(policy, kia('KIA0104', text, mesh.settings.allowAny ? 'Warning' : 'Error'), { path, apart: true });
}

function isRouted(mesh: KialiMesh, host: KialiHost): boolean {
  return mesh.input.all<VirtualService>('VirtualService').some((service) => (service.spec?.hosts ?? []).some((other) => withinWildcard(hostText(host), other) || hostText(parseHost(other, placeOf(service), mesh.namespaces)) === hostText(host)));
}

/** `*` at one end stands for anything; a pattern counts when a real method fits it. */
function isMethod(method: string): boolean {
  const text = method.trim().toUpperCase();
  if (text === '*') return true;
  if (text.endsWith('*') && !text.startsWith('*')) return text.length > 1 && METHODS.some((known) => known.startsWith(text.slice(0, -1)));
  if (text.startsWith('*') && !text.endsWith('*')) return METHODS.some((known) => known.endsWith(text.slice(1)));
  return METHODS.includes(text);
}

function fits(pattern: string, value: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1));
  return pattern.startsWith('*') ? value.endsWith(pattern.slice(1)) : value === pattern;
}

function fieldsForMutualTls({ spec }: AuthorizationPolicy): string[] {
  return (spec?.rules ?? []).flatMap((rule, i) => [
    ...(rule.from ?? []).flatMap(({ source }, j) => MTLS_FIELDS.filter((field) => (source?.[field] ?? []).length > 0).map((field) => `spec.rules[${i}].from[${j}].source.${field}`)),
    ...(rule.when ?? []).flatMap(({ key }, j) => (MTLS_KEYS.has(key) ? [`spec.rules[${i}].when[${j}]`] : [])),
  ]);
}
