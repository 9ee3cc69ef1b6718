import type { Gateway, ServiceEntry } from '../../networking.ts';
import { removeFix, type Report } from '../analysis-message.ts';
import { kia } from './codes.ts';
import { namesOf, placeOf, type KialiMesh } from './kiali-mesh.ts';
import { selectorText } from '../analysis-input.ts';

interface ServedHost {
  readonly gateway: Gateway;
  readonly host: string;
  /** Of the VirtualServices that may bind; `*` = all. */
  readonly target: string;
  readonly server: number;
  readonly index: number;
}

/** Gateways and service entries that several objects claim: KIA0301, 0302, 1211, 1212. Source: kiali business/checkers/{gateways,serviceentries}. */
export function checkGateways(mesh: KialiMesh, report: Report): void {
  const served = new Map<string, ServedHost[]>();
  for (const gateway of mesh.input.all<Gateway>('Gateway')) {
    const selector = gateway.spec?.selector ?? {};
    if (!mesh.hasWorkload(selector)) report(gateway, kia('KIA0302'), { path: 'spec.selector' });
    const selected = selectorText(selector);
    for (const [server, { port, hosts = [] }] of (gateway.spec?.servers ?? []).entries()) {
      for (const [index, text] of hosts.entries()) {
        const [target = '*', host = ''] = text.includes('/') ? text.split('/') : ['*', text];
        const key = `${port?.number ?? 0} ${selected}`;
        served.set(key, [...(served.get(key) ?? []), { gateway, host: host.toLowerCase(), target: target === '.' ? placeOf(gateway) : target, server, index }]);
      }
    }
  }
  for (const group of served.values()) {
    for (const one of group) {
      const others = group.filter((other) => other !== one && meets(one, other));
      if (others.length === 0) continue;
      const own = others.every(({ gateway }) => gateway === one.gateway);
      const fix = own && one !== group.find((candidate) => candidate.gateway === one.gateway && candidate.host === one.host) ? { fix: removeFix('Remove the repeated host', ['spec', 'servers', one.server, 'hosts', one.index]) } : {};
      report(one.gateway, kia('KIA0301', namesOf(others.map(({ gateway }) => gateway))), { path: `spec.servers[${one.server}].hosts[${one.index}]`, apart: true, ...fix });
    }
  }
}

function meets(one: ServedHost, other: ServedHost): boolean {
  if (one.target !== other.target && one.target !== '*' && other.target !== '*') return false;
  if (one.host === '*' || other.host === '*' || one.host === other.host) return true;
  const [a, b] = [one.host.startsWith('*.'), other.host.startsWith('*.')];
  // A wildcard and a narrower wildcard are told apart by Istio.
  if (a === b) return false;
  return a ? other.host.endsWith(one.host.slice(1)) : one.host.endsWith(other.host.slice(1));
}

/** Service entries for the same host and port. */
export function checkServiceEntries(mesh: KialiMesh, report: Report): void {
  const places = new Map<string, { readonly entry: ServiceEntry; readonly port: number; readonly protocol: string }[]>();
  for (const entry of mesh.input.all<ServiceEntry>('ServiceEntry')) {
    for (const [i, port] of (entry.spec?.ports ?? []).entries()) {
      for (const host of entry.spec?.hosts ?? []) {
        const key = `${host.toLowerCase()} ${port.number}`;
        places.set(key, [...(places.get(key) ?? []), { entry, port: i, protocol: (port.protocol ?? '').toUpperCase() }]);
      }
    }
  }
  for (const group of places.values()) {
    if (group.length < 2) continue;
    const code = group.some(({ protocol }) => protocol !== group[0]?.protocol) ? 'KIA1212' : 'KIA1211';
    for (const { entry, port } of group) report(entry, kia(code, namesOf(group.filter((other) => other.entry !== entry).map((other) => other.entry))), { path: `spec.ports[${port}]`, apart: true });
  }
}
