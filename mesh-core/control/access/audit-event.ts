import type { IncomingMessage } from 'node:http';
import type { ApiRoute } from '../api/api-path.ts';
import { accessOf } from '../api/authorize.ts';
import type { AuditNotes } from '../api/api-call.ts';
import type { ApiUser } from './api-user.ts';

/** One call of the API as Kubernetes' audit tells it: who, what, when and how it ended; never contents of objects. Source: audit.k8s.io/v1 Event. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: 'Metadata';
  readonly auditID: string;
  readonly stage: 'ResponseComplete';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly impersonatedUser?: { readonly username: string; readonly groups: readonly string[] };
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef?: { readonly resource: string; readonly namespace?: string; readonly name?: string; readonly apiGroup?: string; readonly apiVersion?: string; readonly subresource?: string; readonly resourceVersion?: string };
  readonly responseStatus: { readonly code: number; readonly reason?: string };
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What an event is made of. Times are Unix milliseconds; `decision` is the reason of access control, `reason` that of a refusal's Status. */
export interface AuditedCall {
  readonly request: Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'socket'>;
  readonly route: ApiRoute;
  readonly watch: boolean;
  readonly user: ApiUser | undefined;
  readonly decision: string;
  readonly notes: AuditNotes;
  readonly code: number;
  readonly reason: string;
  readonly receivedAt: number;
  readonly endedAt: number;
  readonly id: string;
}

/** Is a call worth an event? Those that change something, those that were refused to somebody, and every look at secrets. */
export function isAudited(method: string, route: ApiRoute, code: number): boolean {
  if (code === 401 || code === 403) return true;
  if (route.type === 'review') return false;
  if (method !== 'GET' && method !== 'HEAD') return route.type === 'collection' || route.type === 'object' || route.type === 'token-request';
  return (route.type === 'collection' || route.type === 'object') && route.kind.id === 'Secret';
}

/** The event of a finished call. */
export function auditEvent({ request, route, watch, user, decision, notes, code, reason, receivedAt, endedAt, id }: AuditedCall): AuditEvent {
  const access = accessOf(request.method ?? 'GET', watch, route, request.url ?? '/');
  const version = 'version' in route ? route.version : 'v1';
  const real = user?.impersonator ?? user;
  const name = ('path' in access ? undefined : access.name) ?? notes.name;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: request.url ?? '/',
    verb: access.verb,
    user: { username: real?.name ?? 'system:anonymous', groups: real?.groups ?? ['system:unauthenticated'] },
    ...(user?.impersonator === undefined ? {} : { impersonatedUser: { username: user.name, groups: user.groups } }),
    sourceIPs: [request.socket.remoteAddress ?? ''],
    userAgent: request.headers['user-agent'] ?? '',
    ...('path' in access
      ? {}
      : {
          objectRef: {
            resource: access.resource,
            ...(access.namespace === undefined ? {} : { namespace: access.namespace }),
            ...(name === undefined ? {} : { name }),
            ...(access.group === '' ? {} : { apiGroup: access.group }),
            apiVersion: version,
            ...(access.subresource === undefined ? {} : { subresource: access.subresource }),
            ...(notes.before === undefined ? {} : { resourceVersion: notes.before }),
          },
        }),
    responseStatus: { code, ...(reason === '' ? {} : { reason }) },
    requestReceivedTimestamp: microTime(receivedAt),
    stageTimestamp: microTime(endedAt),
    annotations: {
      'authorization.k8s.io/decision': code === 401 || code === 403 ? 'forbid' : 'allow',
      ...(decision === '' ? {} : { 'authorization.k8s.io/reason': decision }),
      ...(notes.after === undefined ? {} : { 'binnacle.dev/resource-version-after': notes.after }),
    },
  };
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
