import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { auditedObject } from '#server/audit/audit-log.ts';
import { defineRoute, type Actor, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { callKube } from '#server/config/call-kube.ts';
import { isFinished } from './core/decide-rollout.ts';
import { findRoute } from './core/weight-patch.ts';
import { listCandidates } from './list-candidates.ts';
import { previewRollout, rolloutObject } from './preview-rollout.ts';
import { ACTION_ANNOTATION, ACTOR_ANNOTATION } from './rollout-controller.ts';
import { findTargets } from './rollout-targets.ts';
import { RolloutActionBody, RolloutDraft, type RolloutDetail } from './schemas.ts';

/** Canary rollouts: what could be rolled out, previews, the objects, and people's wishes. */
export function rolloutRoutes(ctx: ServerContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/rollouts', scope: 'view', summary: 'All rollouts, newest first.', handle: async () => ({ rollouts: ctx.config.list<CanaryRollout>('CanaryRollout').toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '')).map(withoutCounters) }) }),
    defineRoute({ method: 'GET', path: '/api/rollouts/candidates', scope: 'view', summary: 'Services with at least two versions, and what each version does now.', handle: async () => ({ candidates: await listCandidates(ctx) }) }),
    defineRoute({ method: 'POST', path: '/api/rollouts/preview', scope: 'view', summary: 'What a rollout would write and what its steps can prove; writes nothing.', body: RolloutDraft, handle: ({ body }) => previewRollout({ ctx, input: body }) }),
    defineRoute({ method: 'POST', path: '/api/rollouts', scope: 'edit', summary: 'Starts a rollout: creates its CanaryRollout object.', body: RolloutDraft, handle: ({ body, actor }) => createRollout(ctx, body, actor) }),
    defineRoute({ method: 'GET', path: '/api/rollouts/:namespace/:name', scope: 'view', summary: 'One rollout with its route and instances.', handle: async ({ params }) => detail(ctx, params['namespace'] ?? '', params['name'] ?? '') }),
    defineRoute({ method: 'POST', path: '/api/rollouts/:namespace/:name/actions', scope: 'edit', summary: 'Pauses, resumes, promotes, advances or aborts a rollout; adopts or restores a drifted weight.', body: RolloutActionBody, handle: ({ params, body, actor }) => act(ctx, params['namespace'] ?? '', params['name'] ?? '', body.action, actor) }),
    defineRoute({ method: 'DELETE', path: '/api/rollouts/:namespace/:name', scope: 'edit', summary: 'Deletes a finished rollout\'s record; its route stays as it is.', handle: ({ params, actor }) => remove(ctx, params['namespace'] ?? '', params['name'] ?? '', actor) }),
  ];
}

/** Pages have no use for raw counters. */
function withoutCounters(rollout: CanaryRollout): CanaryRollout {
  if (rollout.status === undefined) return rollout;
  const { counters: _, tests: __, ...status } = rollout.status;
  return { ...rollout, status };
}

async function createRollout(ctx: ServerContext, draft: RolloutDraft, actor: Actor): Promise<{ rollout: CanaryRollout }> {
  const preview = await previewRollout({ ctx, input: draft });
  const first = preview.errors[0];
  if (first !== undefined) throw new ServerError('invalid', first.message, { causes: preview.errors.map((e) => ({ field: e.path, message: e.message })) });
  const { object } = await callKube(() => ctx.kube.create(rolloutObject(draft), { fieldManager: 'binnacle-console' }));
  ctx.audit.record({ actor: actor.id, action: 'create', object: auditedObject(object), after: object });
  return { rollout: object };
}

function find(ctx: ServerContext, namespace: string, name: string): CanaryRollout {
  const rollout = ctx.config.get<CanaryRollout>('CanaryRollout', namespace, name);
  if (rollout === undefined) throw new ServerError('not-found', `There is no rollout "${name}" in namespace ${namespace}.`);
  return rollout;
}

function detail(ctx: ServerContext, namespace: string, name: string): RolloutDetail {
  const rollout = find(ctx, namespace, name);
  if (rollout.spec === undefined) throw new ServerError('invalid', `The rollout "${name}" has no spec.`);
  const targets = findTargets(ctx.config, namespace, rollout.spec);
  const found = targets.virtualService === undefined ? undefined : findRoute(targets.virtualService, rollout.spec);
  return { rollout: withoutCounters(rollout), route: found?.kind === 'found' ? found.weights : null, fqdn: targets.fqdn, stable: targets.stable, canary: targets.canary, virtualService: targets.virtualService?.metadata.name ?? null };
}

async function act(ctx: ServerContext, namespace: string, name: string, action: RolloutActionBody['action'], actor: Actor): Promise<{ rollout: CanaryRollout }> {
  const rollout = find(ctx, namespace, name);
  if (isFinished(rollout.status?.phase)) throw new ServerError('conflict', `This rollout is finished (${rollout.status?.phase}); it cannot be changed any more.`);
  const patch = action === 'pause' || action === 'resume' ? { spec: { paused: action === 'pause' } } : { metadata: { annotations: { [ACTION_ANNOTATION]: action, [ACTOR_ANNOTATION]: actor.id } } };
  const { object } = await callKube(() => ctx.kube.patch<CanaryRollout>(servedKind('CanaryRollout'), name, namespace, 'merge', patch, { fieldManager: 'binnacle-console' }));
  ctx.audit.record({ actor: actor.id, action: `rollout ${action}`, object: { kind: 'CanaryRollout', namespace, name } });
  return { rollout: withoutCounters(object) };
}

async function remove(ctx: ServerContext, namespace: string, name: string, actor: Actor): Promise<{ deleted: string }> {
  const rollout = find(ctx, namespace, name);
  if (!isFinished(rollout.status?.phase) && rollout.status?.phase !== 'Pending') throw new ServerError('conflict', 'This rollout is still running.', { hint: 'Abort or promote it first.' });
  await callKube(() => ctx.kube.delete(servedKind('CanaryRollout'), name, namespace));
  ctx.audit.record({ actor: actor.id, action: 'delete', object: { kind: 'CanaryRollout', namespace, name }, before: rollout });
  return { deleted: `${namespace}/${name}` };
}
