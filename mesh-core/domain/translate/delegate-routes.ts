import type { HTTPMatchRequest, HTTPRoute, StringMatch } from '../resources/networking.ts';

/**
 * Puts a delegate's routes in the place of a root's route: each keeps its own fields, takes the root's where it has none,
 * and must match only what the root matches; a route that conflicts is left out. Source: istiod's MergeHTTPRoutes.
 */
export function mergeDelegate(root: HTTPRoute, delegated: readonly HTTPRoute[]): HTTPRoute[] {
  return delegated.map((route) => mergeRoute(root, route)).filter((route) => route !== undefined);
}

/**
 * The matches of root and delegate together: every delegate match joined with each root match it agrees with; undefined
 * when one of them agrees with none.
 */
export function mergeMatches(root: readonly HTTPMatchRequest[] | undefined, delegate: readonly HTTPMatchRequest[] | undefined): readonly HTTPMatchRequest[] | undefined {
  if (root === undefined || root.length === 0) return delegate ?? [];
  if (delegate === undefined || delegate.length === 0) return root;
  const merged: HTTPMatchRequest[] = [];
  for (const leaf of delegate) {
    const joined = root.filter((match) => !conflicts(match, leaf)).map((match) => mergeMatch(match, leaf));
    if (joined.length === 0) return undefined;
    merged.push(...joined);
  }
  return merged;
}

/** Would the delegate's match reach outside of the root's? */
export function conflicts(root: HTTPMatchRequest, leaf: HTTPMatchRequest): boolean {
  return (
    (['uri', 'scheme', 'method', 'authority'] as const).some((field) => valueConflicts(root[field], leaf[field])) ||
    (['headers', 'withoutHeaders', 'queryParams'] as const).some((field) => Object.entries(leaf[field] ?? {}).some(([name, value]) => valueConflicts(root[field]?.[name], value))) ||
    (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false) ||
    (isSet(root.port) && isSet(leaf.port) && root.port !== leaf.port) ||
    (isSet(root.sourceNamespace) && leaf.sourceNamespace !== root.sourceNamespace) ||
    Object.entries(leaf.sourceLabels ?? {}).some(([name, value]) => root.sourceLabels?.[name] !== undefined && root.sourceLabels[name] !== value) ||
    gatewaysConflict(root.gateways ?? [], leaf.gateways ?? [])
  );
}

function mergeRoute(root: HTTPRoute, route: HTTPRoute): HTTPRoute | undefined {
  const match = mergeMatches(root.match, route.match);
  if (match === undefined) return undefined;
  const { name: rootName, match: _match, delegate: _delegate, redirect: _redirect, route: _route, ...inherited } = root;
  const name = joinNames(rootName, route.name);
  return { ...inherited, ...route, ...(name === undefined ? undefined : { name }), ...(match.length === 0 ? undefined : { match }) };
}

function mergeMatch(root: HTTPMatchRequest, leaf: HTTPMatchRequest): HTTPMatchRequest {
  const name = joinNames(root.name, leaf.name);
  return {
    ...root,
    ...leaf,
    ...(name === undefined ? undefined : { name }),
    ...mergedMap('headers', root.headers, leaf.headers),
    ...mergedMap('withoutHeaders', root.withoutHeaders, leaf.withoutHeaders),
    ...mergedMap('queryParams', root.queryParams, leaf.queryParams),
    ...mergedMap('sourceLabels', root.sourceLabels, leaf.sourceLabels),
    ...((leaf.gateways?.length ?? 0) === 0 && root.gateways !== undefined ? { gateways: root.gateways } : undefined),
  };
}

function mergedMap<T>(field: string, root: Readonly<Record<string, T>> | undefined, leaf: Readonly<Record<string, T>> | undefined): Readonly<Record<string, Readonly<Record<string, T>>>> {
  return root === undefined && leaf === undefined ? {} : { [field]: { ...root, ...leaf } };
}

function joinNames(root: string | undefined, leaf: string | undefined): string | undefined {
  return root && leaf ? `${root}-${leaf}` : leaf || root || undefined;
}

/** A regex next to any other value cannot be compared, so it conflicts; otherwise the leaf must lie within the root. */
function valueConflicts(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false;
  const hasValue = (match: StringMatch): boolean => Boolean(match.regex || match.prefix || match.exact);
  if ((root.regex && hasValue(leaf)) || (leaf.regex && hasValue(root))) return true;
  if (root.exact) return Boolean(leaf.prefix) || leaf.exact !== root.exact;
  if (root.prefix && (leaf.prefix || leaf.exact)) return !(leaf.prefix || leaf.exact || '').startsWith(root.prefix);
  return true;
}

function gatewaysConflict(root: readonly string[], leaf: readonly string[]): boolean {
  return root.length > 0 && leaf.length > 0 && (root.length < leaf.length || leaf.some((gateway) => !root.includes(gateway)));
}

function isSet(value: number | string | undefined): boolean {
  return value !== undefined && value !== 0 && value !== '';
}
