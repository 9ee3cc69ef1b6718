import { EXPRESSION_DESCRIPTOR_URL, LOCAL_RATE_LIMIT, LOCAL_RATE_LIMIT_URL } from '../envoy/rate-limit.ts';
import type { LocalRateLimit, LocalRateLimitDescriptor, RateLimitAction, RouteRateLimit, TokenBucket } from '../envoy/rate-limit.ts';
import type { HeaderMatcher, HttpFilter } from '../envoy/resources.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { StringMatch } from '../resources/networking.ts';
import type { RateLimit, RateLimitPolicy } from '../resources/rate-limit-policy.ts';
import { STATUS_CODE_NAMES } from './http-status-names.ts';
import { protoDuration } from './proto-duration.ts';

/** What rate limit policies become: filters, and how the requests of every virtual host are described to them. */
export interface TranslatedRateLimits {
  readonly filters: readonly HttpFilter[];
  readonly descriptions: readonly RouteRateLimit[];
}

/** Envoy wants a common bucket; limits that all have descriptors leave it without effect. */
const BOTTOMLESS: TokenBucket = { maxTokens: 4_294_967_295, tokensPerFill: 4_294_967_295, fillInterval: '1s' };
const ALL = { defaultValue: { numerator: 100, denominator: 'HUNDRED' } } as const;
const NONE = { defaultValue: { numerator: 0, denominator: 'HUNDRED' } } as const;
const DEFAULT_STATUS = 429;

/**
 * One local_ratelimit filter for each policy. Each limit is a descriptor of its own, named after the policy and its place in it; a
 * key adds an entry of any value, which has a bucket for each. Requests without the header that is the key share one bucket, so
 * that leaving it out is no way around the limit.
 */
export function translateRateLimits(policies: readonly RateLimitPolicy[]): TranslatedRateLimits {
  const filters: HttpFilter[] = [];
  const descriptions: RouteRateLimit[] = [];
  for (const policy of policies) {
    const { limits = [], response = {}, dryRun = false } = policy.spec ?? {};
    const descriptors: LocalRateLimitDescriptor[] = [];
    for (const [index, limit] of limits.entries()) {
      const tokenBucket = bucketOf(limit);
      const id = `${namespaceOf(policy)}/${policy.metadata.name}/${limit.name ?? index}`;
      const selected: RateLimitAction = selectionOf(limit, id);
      const selectedEntry = { key: selected.genericKey === undefined ? 'header_match' : 'generic_key', value: id };
      for (const { action, entry } of keysOf(limit)) {
        descriptions.push({ actions: action === undefined ? [selected] : [selected, action] });
        descriptors.push({ entries: entry === undefined ? [selectedEntry] : [selectedEntry, entry], tokenBucket });
      }
    }
    if (descriptors.length === 0) continue;
    const status = response.status === undefined || response.status === DEFAULT_STATUS ? undefined : STATUS_CODE_NAMES[response.status];
    const config: LocalRateLimit = {
      '@type': LOCAL_RATE_LIMIT_URL,
      statPrefix: `${namespaceOf(policy)}_${policy.metadata.name}`,
      ...(status === undefined ? undefined : { status: { code: status } }),
      tokenBucket: BOTTOMLESS,
      filterEnabled: ALL,
      filterEnforced: dryRun ? NONE : ALL,
      descriptors,
      ...(response.headers === true ? { enableXRatelimitHeaders: 'DRAFT_VERSION_03' } : undefined),
      alwaysConsumeDefaultTokenBucket: false,
    };
    filters.push({ name: LOCAL_RATE_LIMIT, typedConfig: { ...config } });
  }
  return { filters, descriptions };
}

function bucketOf({ requests, per, burst }: RateLimit): TokenBucket {
  return { maxTokens: burst ?? requests, tokensPerFill: requests, fillInterval: protoDuration(per) ?? '1s' };
}

function selectionOf({ match }: RateLimit, id: string): RateLimitAction {
  const headers: HeaderMatcher[] = [
    ...(match?.path === undefined ? [] : [{ name: ':path', stringMatch: pathMatch(match.path) }]),
    ...(match?.method === undefined ? [] : [{ name: ':method', stringMatch: { exact: match.method } }]),
    ...Object.entries(match?.headers ?? {}).map(([name, value]) => headerMatch(name, value)),
  ];
  return headers.length === 0 ? { genericKey: { descriptorValue: id } } : { headerValueMatch: { descriptorValue: id, headers } };
}

interface Key {
  readonly action?: RateLimitAction;
  readonly entry?: { readonly key: string; readonly value?: string };
}

function keysOf({ key = {} }: RateLimit): Key[] {
  if (key.header !== undefined) {
    const descriptorKey = `header:${key.header.toLowerCase()}`;
    const absent = { action: { headerValueMatch: { descriptorKey, descriptorValue: '-', expectMatch: false, headers: [{ name: key.header, presentMatch: true }] } }, entry: { key: descriptorKey, value: '-' } };
    return [{ action: { requestHeaders: { headerName: key.header, descriptorKey } }, entry: { key: descriptorKey } }, absent];
  }
  if (key.remoteAddress === true) return [{ action: { remoteAddress: {} }, entry: { key: 'remote_address' } }];
  if (key.path === true) return [expressionKey('path', 'request.url_path')];
  return key.principal === true ? [expressionKey('principal', "has(connection.uri_san_peer_certificate) ? connection.uri_san_peer_certificate : '-'")] : [{}];
}

function expressionKey(descriptorKey: string, text: string): Key {
  return { action: { extension: { name: 'envoy.rate_limit_descriptors.expr', typedConfig: { '@type': EXPRESSION_DESCRIPTOR_URL, descriptorKey, text } } }, entry: { key: descriptorKey } };
}

/** `:path` has the query, which the policy does not mean. */
function pathMatch({ exact, prefix, regex }: StringMatch): NonNullable<HeaderMatcher['stringMatch']> {
  if (prefix !== undefined) return { prefix };
  return { safeRegex: { regex: `(?:${exact === undefined ? (regex ?? '') : exact.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')})(?:\\?.*)?` } };
}

function headerMatch(name: string, { exact, prefix, regex }: StringMatch): HeaderMatcher {
  if (exact !== undefined) return { name, stringMatch: { exact } };
  if (prefix !== undefined) return { name, stringMatch: { prefix } };
  return regex === undefined ? { name, presentMatch: true } : { name, stringMatch: { safeRegex: { regex } } };
}
