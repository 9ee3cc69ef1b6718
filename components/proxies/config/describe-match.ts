import { at, isObject, objectsAt, textAt, textsAt, type Json } from './json-at.ts';

/** Which requests a route takes, in words: `path begins with /api`, `header end-user is "tester"`. The first is about the path. */
export function describeRouteMatch(match: unknown): readonly string[] {
  return [
    describePath(match),
    ...(textAt(match, 'caseSensitive') === 'false' ? ['any case'] : []),
    ...objectsAt(match, 'headers').map((header) => describeNamed(header, pseudoName(textAt(header, 'name') ?? ''))),
    ...objectsAt(match, 'queryParameters').map((parameter) => describeNamed(parameter, `parameter ${textAt(parameter, 'name') ?? ''}`)),
    ...objectsAt(match, 'dynamicMetadata').map((claim) => `claim ${objectsAt(claim, 'path').map((part) => textAt(part, 'key') ?? '').join('.')}`),
  ];
}

/** Which connections a filter chain takes, in words; [] = all. Source: envoy.config.listener.v3.FilterChainMatch. */
export function describeChainMatch(match: unknown): readonly string[] {
  const ranges = (field: string): string => objectsAt(match, field).map(describeRange).join(', ');
  const lists: readonly (readonly [string, string])[] = [
    ['SNI', textsAt(match, 'serverNames').join(', ')],
    ['ALPN', textsAt(match, 'applicationProtocols').join(', ')],
    ['to', ranges('prefixRanges')],
    ['from', ranges('sourcePrefixRanges')],
    ['directly from', ranges('directSourcePrefixRanges')],
    ['from port', textsAt(match, 'sourcePorts').join(', ')],
  ];
  const transport = textAt(match, 'transportProtocol');
  const port = textAt(match, 'destinationPort');
  return [...(transport === undefined ? [] : [transport === 'raw_buffer' ? 'plaintext' : transport === 'tls' ? 'TLS' : transport]), ...(port === undefined ? [] : [`port ${port}`]), ...lists.flatMap(([name, text]) => (text === '' ? [] : [`${name} ${text}`]))];
}

/** A StringMatcher in words: `is "a"`, `begins with "/a"`. */
export function describeText(matcher: unknown): string {
  const regex = textAt(matcher, 'safeRegex', 'regex');
  const plain = (['exact', 'prefix', 'suffix', 'contains'] as const).map((field) => [field, textAt(matcher, field)] as const).find(([, text]) => text !== undefined);
  const words = { exact: 'is', prefix: 'begins with', suffix: 'ends with', contains: 'contains' } as const;
  const said = regex !== undefined ? `matches ${regex}` : plain === undefined ? 'is anything' : `${words[plain[0]]} "${plain[1] ?? ''}"`;
  return textAt(matcher, 'ignoreCase') === 'true' ? `${said} in any case` : said;
}

function describePath(match: unknown): string {
  const [path, prefix, regex, separated] = [textAt(match, 'path'), textAt(match, 'prefix'), textAt(match, 'safeRegex', 'regex'), textAt(match, 'pathSeparatedPrefix')];
  if (path !== undefined) return `path is ${path}`;
  if (regex !== undefined) return `path matches ${regex}`;
  if (separated !== undefined) return `path is ${separated} or below`;
  if (at(match, 'connectMatcher') !== undefined) return 'CONNECT';
  const template = textAt(match, 'pathMatchPolicy', 'typedConfig', 'pathTemplate');
  if (template !== undefined) return `path is like ${template}`;
  return prefix === undefined || prefix === '/' || prefix === '' ? 'every path' : `path begins with ${prefix}`;
}

function describeNamed(one: Json, name: string): string {
  const negated = textAt(one, 'invertMatch') === 'true' ? 'not: ' : '';
  const matcher = one['stringMatch'];
  if (isObject(matcher)) return `${negated}${name} ${describeText(matcher)}`;
  return `${negated}${name} ${textAt(one, 'presentMatch') === 'false' ? 'is absent' : 'is there'}`;
}

function pseudoName(header: string): string {
  return header.startsWith(':') ? header.slice(1) : `header ${header}`;
}

function describeRange(range: Json): string {
  return `${textAt(range, 'addressPrefix') ?? ''}/${textAt(range, 'prefixLen') ?? '0'}`;
}
