import type { NamedStatus, Status } from '#components/status/status.ts';
import { describeFacts } from '#mesh-core/domain/decide/workload-authorization.ts';
import type { ClientOutcome } from '#mesh-core/domain/decide/client-outcomes.ts';
import type { RuleOutcome } from '#mesh-core/domain/decide/rule-outcomes.ts';

const REASONS: Readonly<Record<number, string>> = { 301: 'Moved Permanently', 302: 'Found', 303: 'See Other', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' };
/** What the flags of access logs mean, as Envoy's documentation has it. */
const FLAGS: Readonly<Record<string, string>> = {
  NR: 'no route or filter chain for the request',
  NC: 'the cluster does not exist',
  UH: 'no healthy endpoint',
  UF: 'the connection to the endpoint failed',
  UC: 'the endpoint closed the connection',
  UT: 'the time limit ran out',
  FI: 'a fault was injected',
  DI: 'a delay was injected',
  RL: 'a rate limit was reached',
};

/** `403 Forbidden`, `Answered by shop/ui-v1`: what a share of the requests comes to. */
export function outcomeTitle({ by, status, reached }: ClientOutcome): string {
  if (by === 'app') return `Answered by ${reached ?? 'the app'}`;
  if (by === 'outside') return `Answered outside the mesh by ${reached ?? 'the host'}`;
  if (by === 'closed') return 'Connection closed, no answer';
  return statusText(status ?? 0);
}

/** `503 Service Unavailable` */
export function statusText(status: number): string {
  return `${status} ${REASONS[status] ?? ''}`.trim();
}

export function flagMeaning(flag: string): string {
  return FLAGS[flag] ?? 'response flag of the access log';
}

/** How a result looks: a proxy's own answer of 4xx and 5xx fails, one that may still turn into another is open. */
export function outcomeStatus({ by, status = 0, unless }: ClientOutcome): Status {
  if (by === 'closed' || (by === 'proxy' && status >= 400)) return 'failing';
  return unless.some((other) => other.status === 403) ? 'degraded' : 'healthy';
}

/** `12.5 %`, whole numbers without a point. */
export function shareText(share: number): string {
  const percent = share * 100;
  return `${percent === Math.round(percent) ? percent : Number(percent.toPrecision(3))} %`;
}

/** What a rule says of the request, and what stands in its way. */
export function ruleVerdict({ applies, because }: Pick<RuleOutcome, 'applies' | 'because'>): NamedStatus & { readonly why: string } {
  if (applies === 'yes') return { status: 'healthy', label: 'Matches', why: 'every condition holds' };
  if (applies === 'depends') return { status: 'degraded', label: 'Depends', why: `on ${describeFacts(because)}` };
  return { status: 'idle', label: 'Does not match', why: because.length === 0 ? 'several conditions fail' : because.length === 1 ? `${describeFacts(because)} is another` : `${describeFacts(because)} are others` };
}
