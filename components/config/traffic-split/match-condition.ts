import type { HTTPMatchRequest, StringMatch } from '#mesh-core/domain/resources/networking.ts';

export type MatchOperator = 'exact' | 'prefix' | 'regex';
/** One condition on a request, as the form shows it. All conditions of a rule must hold. */
export type MatchCondition =
  | { readonly kind: 'header'; readonly name: string; readonly operator: MatchOperator | 'present'; readonly value: string }
  /** A cookie with exactly this value; written as an expression on the `cookie` header, the only way Istio has. */
  | { readonly kind: 'cookie'; readonly name: string; readonly value: string }
  | { readonly kind: 'path'; readonly operator: MatchOperator; readonly value: string }
  | { readonly kind: 'query'; readonly name: string; readonly operator: MatchOperator; readonly value: string }
  | { readonly kind: 'method'; readonly value: string };

/** Reads one match block; `undefined` when it says something this form has no words for. */
export function readMatch(match: HTTPMatchRequest): readonly MatchCondition[] | undefined {
  const { uri, headers = {}, queryParams = {}, method, ...rest } = match;
  if (Object.keys(rest).length > 0) return undefined;
  const conditions: (MatchCondition | undefined)[] = [];
  if (uri !== undefined) conditions.push(readString(uri, (operator, value) => ({ kind: 'path', operator, value })));
  if (method !== undefined) conditions.push(readString(method, (operator, value) => (operator === 'exact' ? { kind: 'method', value } : undefined)));
  for (const [name, value] of Object.entries(headers)) conditions.push(readHeader(name, value));
  for (const [name, value] of Object.entries(queryParams)) conditions.push(readString(value, (operator, text) => ({ kind: 'query', name, operator, value: text })));
  return conditions.every((condition) => condition !== undefined) ? conditions : undefined;
}

/** The match block of conditions; of two on the same header the last one stays, as in any map. */
export function writeMatch(conditions: readonly MatchCondition[]): HTTPMatchRequest {
  const headers: Record<string, StringMatch> = {};
  const queryParams: Record<string, StringMatch> = {};
  let uri: StringMatch | undefined;
  let method: StringMatch | undefined;
  for (const condition of conditions) {
    switch (condition.kind) {
      case 'header':
        headers[condition.name.toLowerCase()] = condition.operator === 'present' ? { regex: '.*' } : stringMatch(condition.operator, condition.value);
        break;
      case 'cookie':
        headers['cookie'] = { regex: cookieExpression(condition.name, condition.value) };
        break;
      case 'path':
        uri = stringMatch(condition.operator, condition.value);
        break;
      case 'query':
        queryParams[condition.name] = stringMatch(condition.operator, condition.value);
        break;
      case 'method':
        method = { exact: condition.value };
        break;
    }
  }
  return {
    ...(uri === undefined ? {} : { uri }),
    ...(method === undefined ? {} : { method }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(queryParams).length === 0 ? {} : { queryParams }),
  };
}

/** A condition in words: `header x-user is alice`. */
export function describeCondition(condition: MatchCondition): string {
  switch (condition.kind) {
    case 'header':
      return condition.operator === 'present' ? `header ${condition.name} is present` : `header ${condition.name} ${OPERATOR_WORDS[condition.operator]} ${condition.value}`;
    case 'cookie':
      return `cookie ${condition.name} is ${condition.value}`;
    case 'path':
      return `path ${OPERATOR_WORDS[condition.operator]} ${condition.value}`;
    case 'query':
      return `query ${condition.name} ${OPERATOR_WORDS[condition.operator]} ${condition.value}`;
    case 'method':
      return `method is ${condition.value}`;
  }
}

export const OPERATOR_WORDS: Readonly<Record<MatchOperator, string>> = { exact: 'is', prefix: 'starts with', regex: 'matches' };

/** What is missing in a condition, in words; `undefined` when it is complete. */
export function conditionProblem(condition: MatchCondition): string | undefined {
  if ('name' in condition && condition.name.trim() === '') return `Name the ${condition.kind === 'query' ? 'query parameter' : condition.kind}.`;
  if (condition.kind === 'header' && condition.operator === 'present') return undefined;
  if (condition.value.trim() === '') return `Say which ${condition.kind === 'method' ? 'method' : 'value'}.`;
  if (condition.kind === 'path' && condition.operator !== 'regex' && !condition.value.startsWith('/')) return 'A path starts with /.';
  return undefined;
}

function readString<T>(match: StringMatch, make: (operator: MatchOperator, value: string) => T | undefined): T | undefined {
  const entries = Object.entries(match);
  const [operator, value] = entries[0] ?? [];
  if (entries.length !== 1 || typeof value !== 'string') return undefined;
  return operator === 'exact' || operator === 'prefix' || operator === 'regex' ? make(operator, value) : undefined;
}

function readHeader(name: string, match: StringMatch): MatchCondition | undefined {
  if (match.regex === '.*' || Object.keys(match).length === 0) return { kind: 'header', name, operator: 'present', value: '' };
  const cookie = name.toLowerCase() === 'cookie' && match.regex !== undefined ? readCookie(match.regex) : undefined;
  return cookie ?? readString(match, (operator, value): MatchCondition => ({ kind: 'header', name, operator, value }));
}

function stringMatch(operator: MatchOperator, value: string): StringMatch {
  return { [operator]: value };
}

const COOKIE_BEFORE = '^(.*?;\\s*)?(';
const COOKIE_AFTER = ')(;.*)?$';

function cookieExpression(name: string, value: string): string {
  return `${COOKIE_BEFORE}${escape(name)}=${escape(value)}${COOKIE_AFTER}`;
}

/** Only what `cookieExpression` writes is a cookie; any other expression stays one on the header. */
function readCookie(expression: string): MatchCondition | undefined {
  if (!expression.startsWith(COOKIE_BEFORE) || !expression.endsWith(COOKIE_AFTER)) return undefined;
  const inner = expression.slice(COOKIE_BEFORE.length, -COOKIE_AFTER.length);
  const equals = inner.indexOf('=');
  const [name, value] = [inner.slice(0, equals), inner.slice(equals + 1)].map((part) => part.replaceAll(/\\(.)/g, '$1'));
  if (equals < 1 || name === undefined || value === undefined || cookieExpression(name, value) !== expression) return undefined;
  return { kind: 'cookie', name, value };
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
