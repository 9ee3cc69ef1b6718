import type { ProxySync } from '#server/config/proxy-sync.ts';

/** The first resource type that the proxy refused, with its reason. */
export function nackOf({ types }: Pick<ProxySync, 'types'>): { readonly type: string; readonly error: string } | undefined {
  const found = Object.entries(types).find(([, { state }]) => state === 'nack');
  return found === undefined ? undefined : { type: found[0], error: found[1].error ?? 'It gave no reason.' };
}

/** When a proxy last took a configuration of any type, Unix ms; undefined when it never did. */
export function lastAcknowledged({ types }: Pick<ProxySync, 'types'>): number | undefined {
  const times = Object.values(types).flatMap(({ ackedAt }) => (ackedAt === undefined ? [] : [msOf(ackedAt)]));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** RFC 3339 or Unix ms → Unix ms. */
export function msOf(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
