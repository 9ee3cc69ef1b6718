import type { z } from 'zod';
import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { defineRoute, type Route, type RouteRequest } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { applyManifest, deleteObject, undoWrite } from './apply-manifest.ts';
import { findingsOf } from './check-configuration.ts';
import { validationState } from './check-object.ts';
import { countProblems, listProblems } from './list-problems.ts';
import { editableYaml, summarize } from './describe-object.ts';
import { kindFromPath, refOf } from './object-ref.ts';
import { previewManifest } from './preview-manifest.ts';
import { acknowledgements, readProxySync } from './proxy-sync.ts';
import { AcksQuery, ApplyBody, HistoryQuery, ListObjectsQuery, ManifestBody, PreviewAuthorizationBody, UndoBody, type ConfigRow, type ListObjectsAnswer, type ObjectAnswer } from './schemas.ts';
import { previewPolicy } from './preview-policy.ts';
import { simulate, SimulateBody } from './simulate.ts';

const OBJECT_PATH = '/api/config/objects/:group/:version/:namespace/:plural/:name';

/** Configuration: lists, objects, previews, writes with undo, history, and what the proxies made of it. */
export function configRoutes(ctx: ServerContext): Route[] {
  return [...readRoutes(ctx), ...writeRoutes(ctx)];
}

function readRoutes(ctx: ServerContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/config/kinds', scope: 'view', summary: 'The kinds this mesh knows.', handle: async () => ({ kinds: CONSOLE_KINDS }) }),
    defineRoute({ method: 'GET', path: '/api/config/objects', scope: 'view', summary: 'Objects with their validation state.', query: ListObjectsQuery, handle: async ({ query }) => listObjects(ctx, query) }),
    defineRoute({ method: 'GET', path: '/api/config/problems', scope: 'view', summary: 'What is wrong with the configuration, errors first.', handle: async () => listProblems(ctx.config) }),
    defineRoute({ method: 'GET', path: '/api/config/problem-counts', scope: 'view', summary: 'How many findings of each level the configuration has.', handle: async () => countProblems(ctx.config) }),
    defineRoute({ method: 'GET', path: OBJECT_PATH, scope: 'view', summary: 'One object: as YAML, with its issues and its history. "core" is the core group, "-" no namespace.', handle: async ({ params }) => getObject(ctx, params) }),
    defineRoute({ method: 'POST', path: '/api/config/preview', scope: 'view', summary: 'Parses, validates and dry-runs YAML; writes nothing.', body: ManifestBody, handle: ({ body }) => previewManifest({ ctx, yaml: body.yaml }) }),
    defineRoute({ method: 'POST', path: '/api/config/preview-authorization', scope: 'view', summary: 'Which of the edges seen lately an authorization policy would refuse.', body: PreviewAuthorizationBody, handle: ({ body }) => previewPolicy({ ctx, input: body }) }),
    defineRoute({ method: 'POST', path: '/api/config/simulate', scope: 'view', summary: 'What would become of one request: route, shares, and the verdict of each policy.', body: SimulateBody, handle: async ({ body }) => simulate(ctx, body) }),
    defineRoute({ method: 'GET', path: '/api/config/history', scope: 'view', summary: 'Writes, newest first: who, what, before, after.', query: HistoryQuery, handle: async ({ query }) => ({ entries: ctx.audit.list(definedOnly(query)) }) }),
    defineRoute({
      method: 'GET',
      path: '/api/config/acks',
      scope: 'view',
      summary: 'Whether every proxy has taken a write.',
      query: AcksQuery,
      handle: async ({ query, signal }) => {
        if (!/^\d+$/.test(query.resourceVersion)) throw new ServerError('bad-request', 'resourceVersion must be a number here.');
        return acknowledgements(await readProxySync(ctx.controlPlaneUrl, signal), query.resourceVersion);
      },
    }),
  ];
}

function writeRoutes(ctx: ServerContext): Route[] {
  return [
    defineRoute({ method: 'POST', path: '/api/config/apply', scope: 'edit', summary: 'Creates or replaces the objects of a YAML text.', body: ApplyBody, handle: ({ body, actor }) => applyManifest({ ctx, yaml: body.yaml, resourceVersions: body.resourceVersions, actor }) }),
    defineRoute({ method: 'POST', path: '/api/config/undo', scope: 'edit', summary: 'Undoes one audited write.', body: UndoBody, handle: ({ body, actor }) => undoWrite({ ctx, auditId: body.auditId, actor }) }),
    defineRoute({ method: 'DELETE', path: OBJECT_PATH, scope: 'edit', summary: 'Deletes one object.', handle: ({ params, actor }) => deleteObject(ctx, findObject(ctx, params), actor) }),
  ];
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Safe because every undefined property is dropped.
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function listObjects(ctx: ServerContext, query: z.infer<typeof ListObjectsQuery>): ListObjectsAnswer {
  const kinds = CONSOLE_KINDS.filter((k) => (query.kind === undefined ? k.kind !== 'Event' : k.id === query.kind));
  if (kinds.length === 0) throw new ServerError('bad-request', `"${query.kind ?? ''}" is not a kind this mesh knows.`);
  const objects = kinds.flatMap((k) => ctx.config.list(k.id, query.namespace)).map((object): ConfigRow => {
    const issues = findingsOf(object, ctx.config);
    return { ...refOf(object), resourceVersion: object.metadata.resourceVersion ?? '', creationTimestamp: object.metadata.creationTimestamp ?? '', validation: validationState(issues), issues, summary: summarize(object) };
  });
  return { objects };
}

function findObject(ctx: ServerContext, params: RouteRequest['params']): KubeObject {
  const kind = kindFromPath(params['group'] ?? '', params['version'] ?? '', params['plural'] ?? '');
  const namespace = params['namespace'] === '-' ? undefined : params['namespace'];
  const object = ctx.config.get(kind.id, namespace, params['name'] ?? '');
  if (object === undefined) throw new ServerError('not-found', `There is no ${kind.kind} "${params['name'] ?? ''}"${namespace === undefined ? '' : ` in namespace ${namespace}`}.`);
  return object;
}

function getObject(ctx: ServerContext, params: RouteRequest['params']): ObjectAnswer {
  const object = findObject(ctx, params);
  const { name, namespace } = object.metadata;
  return {
    ref: refOf(object),
    object,
    yaml: editableYaml(object),
    issues: findingsOf(object, ctx.config),
    history: ctx.audit.list({ kind: object.kind, name, limit: 50, ...(namespace === undefined ? {} : { namespace }) }),
  };
}
