/** The mesh's trust domain as the bundled control plane sets it. */
const TRUST_DOMAIN = 'cluster.local';

/** How a policy names a service account's identity: the SPIFFE id without its scheme. */
export function principalOf(namespace: string, serviceAccount: string): string {
  return `${TRUST_DOMAIN}/ns/${namespace}/sa/${serviceAccount}`;
}
