import type { ComparedResource } from '#server/proxies/schemas.ts';

/** Has the proxy something else than it should have? What nobody asked for, and what could not be compared, is no difference. */
export function isDifference({ comparison, phase }: Pick<ComparedResource, 'comparison' | 'phase'>): boolean {
  return comparison === 'different' || comparison === 'missing' || comparison === 'extra' || phase === 'warming' || phase === 'draining';
}
