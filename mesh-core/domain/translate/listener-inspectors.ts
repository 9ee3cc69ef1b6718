import type { ListenerFilterPredicate } from '../envoy/cluster-options.ts';
import type { FilterChain, Listener } from '../envoy/resources.ts';
import { HTTP_INSPECTOR, TLS_INSPECTOR } from './http-listener.ts';

type ListenerFilters = NonNullable<Listener['listenerFilters']>;

/** Finds where a captured connection was going. */
const ORIGINAL_DESTINATION = { name: 'envoy.filters.listener.original_dst', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst' } } as const;

/**
 * The listener filters that a listener's chains need, each switched off for the ports whose chains do not: looking at the
 * first bytes would stall a protocol in which the server speaks first. Port 0 stands for all ports without chains of their
 * own. Source: istiod's populateListenerFilters.
 */
export function inspectorsFor(chains: readonly FilterChain[], bindToPort: boolean): ListenerFilters {
  const needs = new Map<number, { tls: boolean; http: boolean }>();
  for (const { filterChainMatch: match } of chains) {
    const port = match?.destinationPort ?? 0;
    const need = needs.get(port) ?? { tls: false, http: false };
    need.tls ||= match?.transportProtocol === 'tls';
    need.http ||= match?.applicationProtocols?.some((protocol) => protocol === 'http/1.1' || protocol === 'h2c') === true;
    needs.set(port, need);
  }
  const all = [...needs];
  return [
    ...(bindToPort ? [] : [ORIGINAL_DESTINATION]),
    ...(all.some(([, { tls }]) => tls) ? [{ ...TLS_INSPECTOR, ...tlsDisabledOn(needs) }] : []),
    ...(all.some(([, { http }]) => http) ? [{ ...HTTP_INSPECTOR, ...disabledOn(portsOf(all.filter(([, { http }]) => !http))) }] : []),
  ];
}

/** Off for the ports that do not need it, or, when the rest does not need it either, off for all but those that do. */
function tlsDisabledOn(needs: ReadonlyMap<number, { readonly tls: boolean }>): Pick<ListenerFilters[number], 'filterDisabled'> {
  const ports = [...needs].filter(([port]) => port !== 0);
  if (needs.get(0)?.tls === true) return disabledOn(portsOf(ports.filter(([, { tls }]) => !tls)));
  const wanted = disabledOn(portsOf(ports.filter(([, { tls }]) => tls)));
  return wanted.filterDisabled === undefined ? {} : { filterDisabled: { notMatch: wanted.filterDisabled } };
}

function portsOf(entries: readonly (readonly [number, unknown])[]): number[] {
  return entries.map(([port]) => port).sort((a, b) => a - b);
}

function disabledOn(ports: readonly number[]): Pick<ListenerFilters[number], 'filterDisabled'> {
  const rules = ports.map((port): ListenerFilterPredicate => ({ destinationPortRange: { start: port, end: port + 1 } }));
  const [first] = rules;
  if (first === undefined) return {};
  return { filterDisabled: rules.length === 1 ? first : { orMatch: { rules } } };
}
