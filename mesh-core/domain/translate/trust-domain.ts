const DEFAULT_TRUST_DOMAIN = 'cluster.local';

/**
 * The principals (`td/ns/…/sa/…`) for the mesh's trust domain and each alias. A principal of a foreign trust domain, or
 * one that does not name a trust domain, stays as it is; `cluster.local` stands for the mesh's own.
 * Source: istiod's ReplaceTrustDomainAliases.
 */
export function expandPrincipals(principals: readonly string[], trustDomains: readonly string[]): string[] {
  return principals.flatMap((principal) => {
    const [own = ''] = principal.split('/');
    if (!namesTrustDomain(principal)) return [principal];
    if (own !== DEFAULT_TRUST_DOMAIN && !isTrustDomainAmong(own, trustDomains)) return [principal];
    return [...new Set(trustDomains.map((domain) => (endsLike(domain, own) ? principal : (withTrustDomain(domain, principal) ?? principal))))];
  });
}

/** Is a principal whole, and not of just any trust domain? Source: istiod's isTrustDomainBeingEnforced. */
export function namesTrustDomain(principal: string): boolean {
  const parts = principal.split('/');
  return parts.length === 5 && parts[0] !== '*';
}

/** The principal in another trust domain; undefined when it is not whole (`spiffe://` does not belong to it). Source: istiod's replaceTrustDomainInPrincipal. */
export function withTrustDomain(trustDomain: string, principal: string): string | undefined {
  const parts = principal.split('/');
  return parts.length === 5 ? [trustDomain, ...parts.slice(1)].join('/') : undefined;
}

/** Does a trust domain meet one of a list? Either may have a star at one end. Source: istiod's stringMatch. */
export function isTrustDomainAmong(trustDomain: string, list: readonly string[]): boolean {
  return list.some((other) => patternsMeet(trustDomain, other));
}

/** A trust domain that is the mesh's becomes all of the mesh's. Source: istiod's ExpandTrustDomainAliases. */
export function expandTrustDomains(values: readonly string[], trustDomains: readonly string[]): string[] {
  return [...new Set(values.flatMap((value) => (trustDomains.includes(value) ? trustDomains : [value])))];
}

function patternsMeet(a: string, b: string): boolean {
  return a === b || b === '*' || startsLike(a, b) || startsLike(b, a) || endsLike(a, b) || endsLike(b, a);
}

function startsLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') && text.startsWith(pattern.slice(0, -1));
}

function endsLike(text: string, pattern: string): boolean {
  return pattern.startsWith('*') && text.endsWith(pattern.slice(1));
}
