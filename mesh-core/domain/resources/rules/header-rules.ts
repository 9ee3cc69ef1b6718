import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import type { HeaderOperations, Headers } from '../networking.ts';

// `+-.` is a range, so that a comma passes: Istio's own expression has it.
const HEADER_NAME = /^[!#$%&'*+-.^_`|~A-Za-z0-9]+$/;
const PSEUDO_HEADERS = new Set([':method', ':scheme', ':authority', ':path', ':status']);
const JWT_CLAIM = /^@request\.auth\.claims(?:\.[^]+|\[[^]+\])$/i;
// eslint-disable-next-line no-control-regex -- the rule is about control characters: all but the tab are refused.
const CONTROL_CHARACTER = /[\u0000-\u0008\u000A-\u001F\u007F]/;

/** Does the name of a header match stand for a claim of the caller's token (`@request.auth.claims.sub`)? Only gateways know these. */
export function isJwtClaimHeader(name: string): boolean {
  return JWT_CLAIM.test(name);
}

/** A header name in a match: an HTTP token, a pseudo header, or a token claim. */
export function matchHeaderNameProblem(name: string): string | undefined {
  if (name === '') return 'a header name must not be empty';
  return isJwtClaimHeader(name) || PSEUDO_HEADERS.has(name) || HEADER_NAME.test(name) ? undefined : `${JSON.stringify(name)} is not a header name`;
}

/** A header name in a CORS policy: an HTTP token or `*`. */
export function corsHeaderNameProblem(name: string): string | undefined {
  if (name === '') return 'a header name must not be empty';
  return HEADER_NAME.test(name) ? undefined : `${JSON.stringify(name)} is not a header name`;
}

/** Does the name mean the host of the request? */
export function isAuthorityHeader(name: string): boolean {
  return /^(:authority|host)$/i.test(name);
}

/** Checks set, add and remove of a route or a destination. Only a request may get another host. */
export function checkHeaderOperations(headers: Headers | undefined, path: string, issues: IssueSink): void {
  if (headers?.request !== undefined) checkOperations(headers.request, true, joinPath(path, 'request'), issues);
  if (headers?.response !== undefined) checkOperations(headers.response, false, joinPath(path, 'response'), issues);
}

function checkOperations(operations: HeaderOperations, hostAllowed: boolean, path: string, issues: IssueSink): void {
  for (const verb of ['set', 'add'] as const) {
    for (const [name, value] of Object.entries(operations[verb] ?? {})) {
      const place = joinPath(joinPath(path, verb), name);
      const problem = operationNameProblem(name, hostAllowed) ?? headerValueProblem(value);
      if (problem !== undefined) issues.error(place, problem, { expected: 'a header name and a value' });
    }
  }
  for (const [index, name] of (operations.remove ?? []).entries()) {
    const problem = operationNameProblem(name, false);
    if (problem !== undefined) issues.error(joinPath(joinPath(path, 'remove'), index), problem, { expected: 'a header name' });
  }
}

function operationNameProblem(name: string, hostAllowed: boolean): string | undefined {
  if (name === '') return 'a header name must not be empty';
  if (hostAllowed && isAuthorityHeader(name)) return undefined;
  return name.startsWith(':') || /^host$/i.test(name) ? `header ${JSON.stringify(name)} cannot be changed here` : undefined;
}

/*
 * Envoy's command operators in a header value: `%NAME%`, `%NAME(text)%`, `%NAME(["a", "b"])%`; `%%` is a plain percent.
 * Source: Envoy documentation, "Custom request/response headers"; the quirks (the first character of an argument
 * counts whatever it is; a quote ends it) are those of Istio's check.
 */
const TEXT = String.raw`[^\\")]*(?:\\[^][^\\")]*)*`;
const VARIABLE = String.raw`%[^%(]*(?:\( *(?:\[ *"|[^\[ ])${TEXT}(?:" *, *"${TEXT})*(?:\)|" *\] *\)) *)?%`;
const HEADER_VALUE = new RegExp(`^(?:[^%]|%%|${VARIABLE})*$`);

/** A header value: no control characters, and every `%` is doubled or part of a complete operator. */
function headerValueProblem(value: string): string | undefined {
  if (CONTROL_CHARACTER.test(value)) return 'the value has a control character';
  return value.includes('%') && !HEADER_VALUE.test(value) ? 'the value has an incomplete %OPERATOR%; write %% for a percent sign' : undefined;
}
