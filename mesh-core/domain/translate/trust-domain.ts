const DEFAULT_TRUST_DOMAIN = 'cluster.local';

/**
 * The principals (`td/ns/…/sa/…`) for the mesh's trust domain and each alias. A principal of a foreign trust domain, or
 * one that does not name a trust domain, stays as it is; `cluster.local` stands for the mesh's own.
 * Source: istiod's ReplaceTrustDomainAliases.
 */
export function expandPrincipals(principals: readonly string[], trustDomains: readonly string[]): string[] {
  return principals.flatMap((principal) => {
    const parts = principal.split('/');
    const [own] = parts;
    if (parts.length !== 5 || own === undefined || own === '*') return [principal];
    if (own !== DEFAULT_TRUST_DOMAIN && !trustDomains.some((domain) => patternsMeet(own, domain))) return [principal];
    const rest = parts.slice(1).join('/');
    return [...new Set(trustDomains.map((domain) => (endsLike(domain, own) ? principal : `${domain}/${rest}`)))];
  });
}

/** A trust domain that is the mesh's becomes all of the mesh's. Source: istiod's ExpandTrustDomainAliases. */
export function expandTrustDomains(values: readonly string[], trustDomains: readonly string[]): string[] {
  return [...new Set(values.flatMap((value) => (trustDomains.includes(value) ? trustDomains : [value])))];
}

/** Either may have a star at one end. */
function patternsMeet(a: string, b: string): boolean {
  return a === b || b === '*' || startsLike(a, b) || startsLike(b, a) || endsLike(a, b) || endsLike(b, a);
}

function startsLike(text: string, pattern: string): boolean {
  return pattern.endsWith('*') && text.startsWith(pattern.slice(0, -1));
}

function endsLike(text: string, pattern: string): boolean {
  return pattern.startsWith('*') && text.endsWith(pattern.slice(1));
}
