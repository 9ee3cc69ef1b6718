import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses that are never called, whoever registers them: no workload lives on a link-local address, but the service that
 * hands a cloud machine its credentials does (169.254.169.254). Sources: RFC 3927 section 2, RFC 4291 section 2.5.6.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');

/** IPv4, IPv6 or a host name; no port, no user, no path. */
const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?$/i;

/**
 * Why this server does not call a workload at `host`; undefined when it may. Who may register a workload chooses where its
 * metrics and logs are read, as with Prometheus' own discovery: so only what no workload needs is refused, not every address
 * beyond this machine (virtual machines of a mesh are remote). A name is judged again when it is looked up.
 */
export function addressProblem(host: string): string | undefined {
  if (host === '') return 'the workload entry has no address';
  const url = `http://${hostInUrl(host)}/`;
  if ((isIP(host) === 0 && !HOST_NAME.test(host)) || !URL.canParse(url)) return `the address ${JSON.stringify(host)} is neither an IP address nor a host name`;
  // Through a URL, because it reads 0xa9fea9fe and 2852039166 as the IP addresses that a connection would go to.
  const canonical = new URL(url).hostname.replaceAll(/[[\]]/g, '');
  return isForbidden(canonical) ? `the address ${host} is link-local, which no workload's is` : undefined;
}

/** A host as it stands in a URL: IPv6 in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `dns.lookup` for calls to workloads: fails for a name that leads to an address that is never called. */
export const lookupWorkload: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address, family) => {
    const found: readonly string[] = typeof address === 'string' ? [address] : (address ?? []).map((a) => a.address);
    if (error === null && found.some(isForbidden)) callback(new Error(`${hostname} leads to a link-local address, which no workload's is`), '', 0);
    else callback(error, address, family);
  });
};

function isForbidden(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && FORBIDDEN.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
