import { asMessage } from './as-message.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { Destination, Headers } from './networking.ts';
import { isDnsLabel, wildcardDomainProblem } from './rules/dns-name.ts';
import { checkHeaderOperations } from './rules/header-rules.ts';
import { isPort } from './rules/port-rules.ts';

/** Checks host, subset name and port of one destination. */
export function checkDestination(destination: Destination | undefined, path: string, issues: IssueSink): void {
  if (destination === undefined) return;
  const { host = '' } = asMessage(destination);
  const problem = host === '*' ? 'invalid destination host *' : wildcardDomainProblem(host);
  if (problem !== undefined) issues.error(`${path}.host`, problem, { expected: 'a service name or a host' });
  const { subset = '', port } = destination;
  if (subset !== '' && !isDnsLabel(subset)) issues.error(`${path}.subset`, `${JSON.stringify(subset)} is not a subset name`, { expected: 'one DNS label, such as v2' });
  if (port !== undefined && !isPort(port.number ?? 0)) issues.error(`${path}.port.number`, `port ${port.number ?? 0} is out of range`, { expected: '1 to 65535' });
}

interface Weighted {
  readonly destination?: Destination;
  readonly weight?: number;
  readonly headers?: Headers;
}

/**
 * Checks a list of destinations and their weights, which are relative: any sum above 0 will do. Rules made from Gateway
 * API (`converted`) may name destinations that are no hosts.
 */
export function checkWeightedDestinations(routes: readonly Weighted[] | undefined, path: string, converted: boolean, issues: IssueSink): void {
  if (routes === undefined) return;
  for (const [index, route] of routes.entries()) {
    const place = joinPath(path, index);
    if (route.destination === undefined) issues.error(`${place}.destination`, 'destination is required', { expected: 'a host' });
    if (!converted) checkDestination(route.destination, `${place}.destination`, issues);
    checkHeaderOperations(route.headers, `${place}.headers`, issues);
    if ((route.weight ?? 0) < 0) issues.error(`${place}.weight`, `weight ${route.weight} is negative`, { expected: '0 or more' });
  }
  const total = routes.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (routes.length > 1 && total === 0) issues.error(path, 'total destination weight = 0', { expected: 'at least one weight above 0' });
}
