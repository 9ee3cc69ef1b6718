import type { VirtualService } from '../../networking.ts';
import { closeNames } from '../../schema/nearest-names.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { addFix, fullNameOf, replaceFix } from '../analysis-message.ts';
import type { AnalysisFix, Report } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import { pathText, routeDestinations } from '../route-destinations.ts';
import type { PlacedDestination } from '../route-destinations.ts';
import { hostTable } from '../service-hosts.ts';
import type { AnalyzedHost, HostTable } from '../service-hosts.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0101 for hosts and ports that do not exist, IST0112 where a port must be named, IST0140 for subsets that gateways pass by. Source: virtualservice/destinationhosts.go. */
export const destinationHosts: Analyzer = {
  name: 'virtualservice.DestinationHostAnalyzer',
  kinds: ['VirtualService'],
  analyze(input, report) {
    const hosts = hostTable(input);
    const subsetHosts = hostsWithSubsets(input);
    for (const object of input.subjects<VirtualService>('VirtualService')) {
      for (const placed of routeDestinations(object)) checkDestination(object, placed, hosts, report);
      checkIngress(object, subsetHosts, report);
    }
  },
};

function checkDestination(object: VirtualService, { destination, steps, mirror }: PlacedDestination, hosts: HostTable, report: Report): void {
  const namespace = object.metadata.namespace ?? '';
  const known = hosts.find(namespace, object.spec?.exportTo, destination.host);
  if (known === undefined) {
    const fix = hostFix(destination.host, [...steps, 'host'], hosts.names(namespace));
    report(object, messages.referencedResourceNotFound(mirror ? 'mirror host' : 'host', destination.host), { path: pathText([...steps, 'host']), ...apart(steps), ...fix });
  } else checkPort(object, destination, known, steps, report);
}

function checkPort(object: VirtualService, { host, port }: PlacedDestination['destination'], { ports }: AnalyzedHost, steps: PlacedDestination['steps'], report: Report): void {
  const [only = 0] = ports;
  if (port === undefined) {
    if (ports.length > 1) report(object, messages.virtualServiceDestinationPortSelectorRequired(host, ports), { path: pathText(steps), ...apart(steps), fix: addFix(`Use port ${only}`, [...steps, 'port'], { number: only }) });
    return;
  }
  const { number = 0 } = port;
  if (ports.includes(number)) return;
  const path = pathText([...steps, 'port', 'number']);
  const body = messages.referencedResourceNotFound('host:port', `${host}:${number}`);
  report(object, body, ports.length === 1 ? { path, ...apart(steps), fix: replaceFix(`Use port ${only}`, [...steps, 'port', 'number'], only) } : { path, ...apart(steps) });
}

/** Istio has no lines for `mirrors`. */
export function apart(steps: PlacedDestination['steps']): { readonly apart?: true } {
  return steps.includes('mirrors') ? {} : { apart: true };
}

/** The service of the same short name elsewhere, or one spelled much like it. */
export function hostFix(host: string, steps: readonly (string | number)[], names: readonly string[]): { readonly fix?: AnalysisFix } {
  const short = host.split('.')[0] ?? '';
  const sameName = names.filter((name) => !name.startsWith('*') && name.split('.')[0] === short);
  const candidates = sameName.length === 1 ? sameName : closeNames(short, names.map((name) => name.split('.')[0] ?? ''));
  const [best] = candidates;
  const found = best === undefined ? undefined : names.find((name) => name === best || name.split('.')[0] === best);
  return found === undefined || found === host ? {} : { fix: replaceFix(`Use host ${found}`, steps, found) };
}

/** VirtualServices that send a host of their own to a subset of it, with that host. */
function hostsWithSubsets(input: AnalysisInput): readonly { readonly owner: string; readonly host: string }[] {
  return input.all<VirtualService>('VirtualService').flatMap((object) =>
    httpRoutes(object)
      .filter(({ destination }) => (destination.subset ?? '') !== '')
      .flatMap(({ destination }) => (object.spec?.hosts ?? []).filter((host) => host === destination.host).map((host) => ({ owner: fullNameOf(object), host }))),
  );
}

function httpRoutes(object: VirtualService): PlacedDestination[] {
  return routeDestinations(object).filter(({ steps, mirror }) => steps[1] === 'http' && !mirror);
}

function checkIngress(object: VirtualService, subsetHosts: ReturnType<typeof hostsWithSubsets>, report: Report): void {
  if ((object.spec?.gateways ?? []).length === 0) return;
  for (const { destination, steps } of httpRoutes(object)) {
    if ((destination.subset ?? '') !== '') continue;
    for (const { owner } of subsetHosts.filter(({ host }) => host === destination.host)) report(object, messages.ingressRouteRulesNotAffected(owner, fullNameOf(object)), { path: pathText(steps) });
  }
}
