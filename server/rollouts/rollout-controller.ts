import type { CanaryRollout, CanaryRolloutSpec, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';
import { servedKind, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { auditedObject } from '#server/audit/audit-log.ts';
import type { ServerContext } from '#server/server-context.ts';
import { decideRollout, isFinished, type RolloutAction, type RolloutRequest } from './core/decide-rollout.ts';
import { findRoute, missingSubsetsPatch, newDestinationRule, newVirtualService, weightPatch } from './core/weight-patch.ts';
import { harmOf, observeRollout } from './observe-rollout.ts';
import { findTargets, type RolloutTargets } from './rollout-targets.ts';

/** A person's wish travels as annotations on the object, so that kubectl can express it too. */
export const ACTION_ANNOTATION = 'binnacle.dev/requested-action';
export const ACTOR_ANNOTATION = 'binnacle.dev/requested-by';
const ACTIONS: readonly RolloutAction[] = ['promote', 'advance', 'abort', 'adopt', 'restore'];
const WAKE_MS = 1000;

/**
 * Runs every unfinished CanaryRollout: reads, judges, decides, records the decision in the object's status, then sets
 * the route. Status before route, and both conditional on what was read: a crash anywhere is taken up on the next tick.
 */
export function startRolloutController(ctx: ServerContext): { close(): void } {
  const rolloutKind = servedKind('CanaryRollout');
  const busy = new Set<string>();
  const wake = (): void => {
    // After a start the objects arrive kind by kind: a rollout without its route or instances would be taken back.
    if (!ctx.config.connected) return;
    for (const rollout of ctx.config.list<CanaryRollout>('CanaryRollout')) {
      const key = objectKey(rollout.metadata);
      if (busy.has(key) || !isDue(rollout, ctx.clock.now())) continue;
      busy.add(key);
      tick(ctx, rolloutKind, rollout)
        .catch((error: unknown) => {
          // Somebody wrote at the same time: the next tick reads anew and decides anew.
          const expected = error instanceof KubeError && ['Conflict', 'Invalid', 'NotFound'].includes(error.status.reason);
          ctx.log[expected ? 'info' : 'warn']({ rollout: key, error: String(error) }, 'rollout tick not completed');
        })
        .finally(() => busy.delete(key));
    }
  };
  const cancel = ctx.clock.every(WAKE_MS, wake);
  return { close: cancel };
}

function isDue(rollout: CanaryRollout, now: number): boolean {
  if (rollout.spec === undefined || isFinished(rollout.status?.phase)) return false;
  if (requestOf(rollout) !== undefined || rollout.status?.lastTickAt === undefined) return true;
  const intervalMs = Math.max(1, rollout.spec.analysis.intervalSeconds) * 1000;
  return now - Date.parse(rollout.status.lastTickAt) >= (rollout.status.phase === 'RollingBack' ? WAKE_MS : intervalMs);
}

function requestOf(rollout: CanaryRollout): RolloutRequest | undefined {
  const wish = rollout.metadata.annotations?.[ACTION_ANNOTATION];
  const action = ACTIONS.find((a) => a === wish);
  return action === undefined ? undefined : { action, actor: rollout.metadata.annotations?.[ACTOR_ANNOTATION] ?? 'somebody' };
}

/** The wish as it stands on the object, to know it again. */
function wishOf({ metadata: { annotations } }: CanaryRollout): string | undefined {
  const action = annotations?.[ACTION_ANNOTATION];
  return action === undefined ? undefined : `${action} by ${annotations?.[ACTOR_ANNOTATION] ?? 'somebody'}`;
}

async function tick(ctx: ServerContext, rolloutKind: KindInfo, cached: CanaryRollout): Promise<void> {
  const { name, namespace } = cached.metadata;
  // From the API server, not from the cache: the decision must be made on the newest record.
  const rollout = await ctx.kube.get<CanaryRollout>(rolloutKind, name, namespace);
  const { spec } = rollout;
  if (spec === undefined || isFinished(rollout.status?.phase)) return;
  const before = rollout.status ?? {};
  const wish = wishOf(rollout);
  // The wish is taken off the object after it was recorded: a crash or a conflict in between neither loses nor doubles it.
  const request = wish === before.handledRequest ? undefined : requestOf(rollout);
  let targets = findTargets(ctx.config, namespace ?? 'default', spec);
  if ((before.phase === undefined || before.phase === 'Pending') && request?.action !== 'abort') targets = await prepareObjects(ctx, rollout, spec, targets);
  const { observation, counters } = await observeRollout(ctx, { ...rollout, spec }, targets);
  const { handledRequest: _, ...decided } = decideRollout(spec, before, observation, ctx.clock.now(), request);
  const after: CanaryRolloutStatus = {
    ...decided,
    ...(counters === undefined ? {} : { counters, lastTickAt: new Date(ctx.clock.now()).toISOString() }),
    ...(decided.lastTickAt === undefined && counters === undefined ? { lastTickAt: new Date(ctx.clock.now()).toISOString() } : {}),
    ...(observation.observedShare === undefined ? {} : { observedShare: observation.observedShare }),
    ...(observation.routeWeight !== undefined && observation.routeWeight === before.weight ? { appliedWeight: observation.routeWeight } : {}),
    ...(before.originalRoute === undefined ? originalRoute(targets, spec) : {}),
    ...(rollout.metadata.generation === undefined ? {} : { observedGeneration: rollout.metadata.generation }),
    ...(wish === undefined ? {} : { handledRequest: wish }),
  };
  const status = { ...after, harm: harmOf(after) };
  const changed = JSON.stringify(status) !== JSON.stringify(before);
  const recorded = changed ? (await ctx.kube.updateStatus({ ...rollout, status }, { fieldManager: 'binnacle-rollout' })).object : rollout;
  if (before.phase !== status.phase || before.weight !== status.weight) {
    ctx.audit.record({ actor: actorOf(rollout), action: `rollout ${status.phase ?? 'Pending'}`, object: auditedObject(rollout), detail: status.message ?? '' });
  }
  ctx.events.publish({ kind: 'rollout', namespace: namespace ?? 'default', name });
  if (status.phase !== 'Drifted' && status.phase !== 'Pending' && observation.routeWeight !== undefined && status.weight !== undefined && observation.routeWeight !== status.weight) {
    await writeWeight(ctx, rollout, spec, targets, status.weight);
  }
  if (wish !== undefined) await clearRequest(ctx, rolloutKind, recorded);
}

/** Takes a wish that was acted on off the object. */
async function clearRequest(ctx: ServerContext, rolloutKind: KindInfo, rollout: CanaryRollout): Promise<void> {
  const patch = { metadata: { resourceVersion: rollout.metadata.resourceVersion, annotations: { [ACTION_ANNOTATION]: null, [ACTOR_ANNOTATION]: null } } };
  const { object } = await ctx.kube.patch<CanaryRollout>(rolloutKind, rollout.metadata.name, rollout.metadata.namespace, 'merge', patch);
  // The same wish may be made again at once.
  const { handledRequest: _, ...status } = object.status ?? {};
  await ctx.kube.updateStatus({ ...object, status }, { fieldManager: 'binnacle-rollout' });
}

/** Before the first step: subsets first, then a route that sends nothing to the canary. What exists is only added to. */
async function prepareObjects(ctx: ServerContext, rollout: CanaryRollout, spec: CanaryRolloutSpec, targets: RolloutTargets): Promise<RolloutTargets> {
  const namespace = rollout.metadata.namespace ?? 'default';
  const name = spec.host.split('.')[0] ?? spec.host;
  if (targets.destinationRule === undefined) {
    const { object } = await ctx.kube.create(newDestinationRule(spec.destinationRule ?? name, namespace, spec), { fieldManager: 'binnacle-rollout' });
    auditWrite(ctx, rollout, 'create', undefined, object);
  } else {
    const patch = missingSubsetsPatch(targets.destinationRule, spec);
    if (patch !== undefined) {
      const { object } = await ctx.kube.patch(servedKind('DestinationRule'), targets.destinationRule.metadata.name, targets.destinationRule.metadata.namespace, 'json', patch, { fieldManager: 'binnacle-rollout' });
      auditWrite(ctx, rollout, 'update', targets.destinationRule, object);
    }
  }
  if (targets.virtualService !== undefined) return targets;
  const { object } = await ctx.kube.create(newVirtualService(spec.virtualService ?? name, namespace, spec, 0), { fieldManager: 'binnacle-rollout' });
  auditWrite(ctx, rollout, 'create', undefined, object);
  return { ...targets, virtualService: object };
}

async function writeWeight(ctx: ServerContext, rollout: CanaryRollout, spec: CanaryRolloutSpec, targets: RolloutTargets, weight: number): Promise<void> {
  if (targets.virtualService === undefined) return;
  const vs = await ctx.kube.get(servedKind('VirtualService'), targets.virtualService.metadata.name, targets.virtualService.metadata.namespace);
  const fresh = { ...targets.virtualService, ...vs, spec: vs.spec as typeof targets.virtualService.spec & object };
  const found = findRoute(fresh, spec);
  if (found.kind === 'missing') return;
  const { object } = await ctx.kube.patch(servedKind('VirtualService'), fresh.metadata.name, fresh.metadata.namespace, 'json', weightPatch(fresh, found, spec, weight), { fieldManager: 'binnacle-rollout' });
  auditWrite(ctx, rollout, 'update', vs, object);
}

function originalRoute(targets: RolloutTargets, spec: CanaryRolloutSpec): Pick<CanaryRolloutStatus, 'originalRoute'> {
  const found = targets.virtualService === undefined ? undefined : findRoute(targets.virtualService, spec);
  return found?.kind === 'found' ? { originalRoute: JSON.stringify(found.route) } : {};
}

function auditWrite(ctx: ServerContext, rollout: CanaryRollout, action: string, before: KubeObject | undefined, after: KubeObject): void {
  ctx.audit.record({ actor: actorOf(rollout), action, object: auditedObject(after), ...(before === undefined ? {} : { before }), after, detail: `by rollout ${objectKey(rollout.metadata)}` });
}

function actorOf(rollout: CanaryRollout): string {
  return `rollout:${objectKey(rollout.metadata)}`;
}
