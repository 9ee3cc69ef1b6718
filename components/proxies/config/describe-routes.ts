import { describeRouteMatch } from './describe-match.ts';
import { at, objectsAt, textAt, textsAt, type Json } from './json-at.ts';

export interface VirtualHostView {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly RouteView[];
}
/** One route: which requests, and what becomes of them. */
export interface RouteView {
  readonly name: string;
  readonly match: readonly string[];
  /** Where requests go; [] for a redirect or an answer of the proxy itself. */
  readonly targets: readonly { readonly cluster: string; readonly percent?: number }[];
  /** What becomes of a request that goes nowhere, in words. */
  readonly answer?: string;
  /** What is done beside it: `timeout 5s`, `2 retries on …`. */
  readonly extras: readonly string[];
  readonly mirrors: readonly string[];
  /** Path of the object that made it, as istiod writes it. */
  readonly config?: string;
}

/** Reads a RouteConfiguration (of RDS, or the one inside a listener). Source: envoy.config.route.v3. */
export function describeVirtualHosts(routeConfig: unknown): readonly VirtualHostView[] {
  return objectsAt(routeConfig, 'virtualHosts').map((host) => ({ name: textAt(host, 'name') ?? '', domains: textsAt(host, 'domains'), routes: objectsAt(host, 'routes').map(describeRoute) }));
}

function describeRoute(route: Json): RouteView {
  const action = at(route, 'route');
  const config = textAt(route, 'metadata', 'filterMetadata', 'istio', 'config');
  const answer = answerOf(route);
  return {
    name: textAt(route, 'name') ?? '',
    match: describeRouteMatch(route['match']),
    targets: targetsOf(action),
    ...(answer === undefined ? {} : { answer }),
    extras: extrasOf(route, action),
    mirrors: objectsAt(action, 'requestMirrorPolicies').map((one) => textAt(one, 'cluster') ?? ''),
    ...(config === undefined ? {} : { config }),
  };
}

function targetsOf(action: unknown): RouteView['targets'] {
  const weighted = objectsAt(action, 'weightedClusters', 'clusters');
  const total = weighted.reduce((sum, one) => sum + weightOf(one), 0);
  if (weighted.length > 0) return weighted.map((one) => ({ cluster: textAt(one, 'name') ?? '', percent: total === 0 ? 0 : (100 * weightOf(one)) / total }));
  const cluster = textAt(action, 'cluster') ?? textAt(action, 'clusterHeader');
  return cluster === undefined ? [] : [{ cluster }];
}

/** Proto3 JSON leaves a weight of 0 out. */
function weightOf(one: Json): number {
  return Number(textAt(one, 'weight') ?? 0);
}

function answerOf(route: Json): string | undefined {
  const redirect = at(route, 'redirect');
  if (redirect !== undefined) {
    const parts = [textAt(redirect, 'schemeRedirect'), textAt(redirect, 'hostRedirect'), textAt(redirect, 'portRedirect'), textAt(redirect, 'pathRedirect') ?? textAt(redirect, 'prefixRewrite')].filter((part) => part !== undefined);
    return `redirect to ${textAt(redirect, 'httpsRedirect') === 'true' ? 'https' : parts.length === 0 ? 'the same place' : parts.join(' ')}`;
  }
  const status = textAt(route, 'directResponse', 'status');
  return status === undefined ? undefined : `answers ${status} itself`;
}

function extrasOf(route: Json, action: unknown): readonly string[] {
  const [timeout, retries, on] = [textAt(action, 'timeout'), textAt(action, 'retryPolicy', 'numRetries'), textAt(action, 'retryPolicy', 'retryOn')];
  const rewrite = textAt(action, 'prefixRewrite') ?? textAt(action, 'regexRewrite', 'substitution');
  const host = textAt(action, 'hostRewriteLiteral');
  const filters = Object.keys(at(route, 'typedPerFilterConfig') ?? {});
  const headers = (['requestHeadersToAdd', 'requestHeadersToRemove', 'responseHeadersToAdd', 'responseHeadersToRemove'] as const).filter((field) => at(route, field) !== undefined).length;
  return [
    // "0s" is Istio's way to say that there is none.
    ...(timeout === undefined || timeout === '0s' ? [] : [`timeout ${timeout}`]),
    ...(retries === undefined ? [] : [`${retries} ${retries === '1' ? 'retry' : 'retries'}${on === undefined ? '' : ` on ${on.replaceAll(',', ', ')}`}`]),
    ...(rewrite === undefined ? [] : [`path becomes ${rewrite}`]),
    ...(host === undefined ? [] : [`host becomes ${host}`]),
    ...(headers === 0 ? [] : ['changes headers']),
    ...(objectsAt(action, 'hashPolicy').length === 0 ? [] : ['sticky']),
    ...filters.map((name) => `${name.split('.').at(-1) ?? name} of its own`),
  ];
}
