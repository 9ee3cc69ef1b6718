import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import type { CanaryRollout, CanaryRolloutSpec } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { ServerContext } from '#server/server-context.ts';
import { isFinished } from './core/decide-rollout.ts';
import { findRoute, missingSubsetsPatch, newDestinationRule, newVirtualService, splitRoute } from './core/weight-patch.ts';
import { trafficByWorkload } from './list-candidates.ts';
import { findTargets, type RolloutTargets } from './rollout-targets.ts';
import type { RolloutDraft, RolloutPreview, StepPower } from './schemas.ts';
import { requestsToCatch, requestsToClear } from './statistics/e-process.ts';

const QUOTED_RATIO_FACTOR = 3;
const FINE_LEVEL_FACTOR = 2.5;

/** The object a draft stands for. */
export function rolloutObject(draft: RolloutDraft): CanaryRollout & { readonly spec: CanaryRolloutSpec } {
  // Safe because the schema has the same fields; only `undefined` for absent ones differs.
  const spec = JSON.parse(JSON.stringify(draft.spec)) as CanaryRolloutSpec;
  return { apiVersion: 'binnacle.dev/v1', kind: 'CanaryRollout', metadata: { name: draft.name, namespace: draft.namespace }, spec };
}

/** What a rollout would write, whether it can run, and what its steps can prove from today's traffic. Writes nothing. */
export async function previewRollout({ ctx, input }: { ctx: Pick<ServerContext, 'config' | 'metrics' | 'clock'>; input: RolloutDraft }): Promise<RolloutPreview> {
  const object = rolloutObject(input);
  const { spec } = object;
  const targets = findTargets(ctx.config, input.namespace, spec);
  const errors = validateObject(object).errors.map(({ path, message }) => ({ path, message }));
  const warnings: string[] = [];
  checkTargets(ctx, input, targets, errors, warnings);
  const traffic = await trafficByWorkload(ctx);
  const ns = targets.service?.metadata.namespace ?? input.namespace;
  const arms = [...targets.stable.workloads, ...targets.canary.workloads].map((w) => traffic.get(`${ns}/${w}`));
  const requestsPerSecond = arms.some((t) => t !== undefined) ? arms.reduce((sum, t) => sum + (t?.rate ?? 0), 0) : null;
  const stable = targets.stable.workloads.map((w) => traffic.get(`${ns}/${w}`)).find((t) => t !== undefined);
  const stableErrorRatio = stable === undefined || stable.rate === 0 ? null : stable.errors / stable.rate;
  const power = spec.steps.map((step) => stepPower(spec, step, requestsPerSecond, stableErrorRatio ?? 0));
  const starved = power.filter((p) => p.weight < 100 && !p.enoughInMinSeconds);
  if (starved.length > 0) warnings.push(`At today's traffic ${starved.length} of ${power.length} steps need longer than their minimum time to prove the canary fine; they wait for the evidence.`);
  return { objects: plannedObjects(input, object, targets), errors, warnings, power, requestsPerSecond, stableErrorRatio };
}

function checkTargets(ctx: Pick<ServerContext, 'config'>, input: RolloutDraft, targets: RolloutTargets, errors: { path: string; message: string }[], warnings: string[]): void {
  const { spec } = rolloutObject(input);
  if (targets.service === undefined) errors.push({ path: 'spec.host', message: `There is no service "${spec.host}" in namespace ${input.namespace}.` });
  if (targets.canary.instances === 0) warnings.push(`No instance of ${spec.canary.subset} is registered yet; the rollout waits for one.`);
  if (targets.stable.instances === 0) warnings.push(`No instance of ${spec.stable.subset} is registered: there is nothing to compare with or to go back to.`);
  if (targets.virtualService !== undefined) {
    const found = findRoute(targets.virtualService, spec);
    if (found.kind === 'missing') errors.push({ path: 'spec.routeName', message: found.reason });
    else if (found.others.length > 0) errors.push({ path: 'spec.routeName', message: `The route also sends ${found.others.map((o) => `${o.share} % to ${o.name}`).join(' and ')}; a rollout splits between two versions only.` });
    else if (found.weights.canary > 0) warnings.push(`The route already sends ${found.weights.canary} % to ${spec.canary.subset}; the first step sets it to ${spec.steps[0]?.weight ?? 0} %.`);
  }
  if (ctx.config.get('CanaryRollout', input.namespace, input.name) !== undefined) errors.push({ path: 'metadata.name', message: `A rollout named "${input.name}" exists already.` });
  const other = ctx.config.list<CanaryRollout>('CanaryRollout', input.namespace).find((r) => r.spec?.host === spec.host && !isFinished(r.status?.phase));
  if (other !== undefined) errors.push({ path: 'spec.host', message: `The rollout "${other.metadata.name}" of this service is not finished yet.` });
}

function plannedObjects(input: RolloutDraft, object: CanaryRollout & { readonly spec: CanaryRolloutSpec }, targets: RolloutTargets): RolloutPreview['objects'] {
  const { spec } = object;
  const name = spec.host.split('.')[0] ?? spec.host;
  const first = spec.steps[0]?.weight ?? 0;
  const { destinationRule: dr, virtualService: vs } = targets;
  const out: RolloutPreview['objects'][number][] = [{ action: 'create', after: object }];
  if (dr === undefined) out.push({ action: 'create', after: newDestinationRule(spec.destinationRule ?? name, input.namespace, spec) });
  else {
    const missing = (missingSubsetsPatch(dr, spec) ?? []).flatMap((o) => (o.op === 'add' ? (Array.isArray(o.value) ? o.value : [o.value]) : []));
    const after = { ...dr, spec: { ...dr.spec, subsets: [...(dr.spec?.subsets ?? []), ...missing] } };
    out.push({ action: missing.length === 0 ? 'unchanged' : 'update', before: dr, after });
  }
  if (vs === undefined) out.push({ action: 'create', after: newVirtualService(spec.virtualService ?? name, input.namespace, spec, first) });
  else {
    const found = findRoute(vs, spec);
    if (found.kind === 'found') {
      const http = (vs.spec?.http ?? []).map((route, i) => (i === found.index ? { ...route, route: splitRoute(route, spec, first) } : route));
      out.push({ action: 'update', before: vs, after: { ...vs, spec: { ...vs.spec, http } } });
    }
  }
  return out;
}

function stepPower(spec: CanaryRolloutSpec, step: CanaryRolloutSpec['steps'][number], requestsPerSecond: number | null, stableErrorRatio: number): StepPower {
  const rate = requestsPerSecond === null ? null : (requestsPerSecond * step.weight) / 100;
  const { maxRatio, floor } = spec.analysis.errors;
  const checks = 1 + (spec.analysis.latency?.edgesMs.length ?? 0);
  const share = Math.max(stableErrorRatio, floor);
  const toClear = requestsToClear(Math.min(0.9, floor * FINE_LEVEL_FACTOR), spec.analysis.beta);
  const toCatch = requestsToCatch(share, maxRatio * QUOTED_RATIO_FACTOR, maxRatio, spec.analysis.alpha / checks);
  const seconds = (requests: number): number | null => (rate === null || rate === 0 || !Number.isFinite(requests) ? null : requests / rate);
  const secondsToClear = seconds(toClear);
  return {
    weight: step.weight,
    canaryRequestsPerSecond: rate,
    secondsToClear,
    secondsToCatch: seconds(toCatch),
    badAnswersUntilCaught: rate === null ? null : Math.ceil(toCatch * Math.min(1, share * maxRatio * QUOTED_RATIO_FACTOR)),
    enoughInMinSeconds: secondsToClear !== null && secondsToClear <= step.minSeconds,
  };
}
