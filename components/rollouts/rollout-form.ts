import type { RolloutCandidate, RolloutDraft } from '#server/rollouts/schemas.ts';

/** What the wizard asks. Percentages are 0..100 as people type them; the spec holds ratios. */
export interface RolloutForm {
  readonly name: string;
  readonly stable: string;
  readonly canary: string;
  /** Index into the candidate's routes; −1 when there are none and one will be made. */
  readonly route: number;
  readonly steps: readonly StepForm[];
  readonly intervalSeconds: number;
  readonly errorFloorPercent: number;
  readonly errorMaxRatio: number;
  readonly checkLatency: boolean;
  readonly slowerThanMs: number;
  readonly slowFloorPercent: number;
  readonly slowMaxRatio: number;
  readonly falseAlarmPercent: number;
  readonly missPercent: number;
  readonly onInconclusive: 'hold' | 'promote' | 'abort';
}
export interface StepForm {
  readonly weight: number;
  readonly minSeconds: number;
}
export interface FormIssue {
  /** Field of the form, `steps.2.weight` for a step. */
  readonly field: string;
  readonly message: string;
}

/** Plans to begin from. Seconds are the least time at each share. */
export const PLANS: readonly { readonly id: string; readonly label: string; readonly hint: string; readonly steps: readonly StepForm[] }[] = [
  { id: 'careful', label: 'Careful', hint: 'Six steps, five minutes each', steps: [1, 5, 10, 25, 50, 100].map((weight) => ({ weight, minSeconds: 300 })) },
  { id: 'standard', label: 'Standard', hint: 'Four steps, one minute each', steps: [10, 25, 50, 100].map((weight) => ({ weight, minSeconds: 60 })) },
  { id: 'quick', label: 'Quick', hint: 'Three steps, fifteen seconds each', steps: [20, 50, 100].map((weight) => ({ weight, minSeconds: 15 })) },
];

/** Bucket edges of Istio's duration histogram, milliseconds: "slower than" must be one of them to be countable. */
export const DURATION_EDGES_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

const NAME_LIMIT = 63;

/** The form for a service: the version that carries most traffic is stable, the newest other one the canary. `taken` are names in use in its namespace. */
export function formFor(candidate: RolloutCandidate, taken: ReadonlySet<string>): RolloutForm {
  const byTraffic = candidate.versions.toSorted((a, b) => (b.weight ?? 0) - (a.weight ?? 0) || (b.requestsPerSecond ?? 0) - (a.requestsPerSecond ?? 0));
  const stable = byTraffic[0]?.version ?? '';
  const canary = newestFirst(candidate.versions.map((v) => v.version)).find((v) => v !== stable) ?? '';
  return {
    name: freeName(`${candidate.service}-${canary}`, taken),
    stable,
    canary,
    route: candidate.routes.length === 0 ? -1 : Math.max(0, candidate.routes.findIndex((r) => !r.hasMatch)),
    steps: PLANS[1]?.steps ?? [],
    intervalSeconds: 5,
    errorFloorPercent: 1,
    errorMaxRatio: 2,
    checkLatency: true,
    slowerThanMs: edgeAbove(candidate.versions.find((v) => v.version === stable)?.p95Ms ?? null),
    slowFloorPercent: 5,
    slowMaxRatio: 2,
    falseAlarmPercent: 1,
    missPercent: 5,
    onInconclusive: 'hold',
  };
}

/** The same form with the roles of the versions changed; the name follows while it is the suggested one. */
export function withVersions(form: RolloutForm, candidate: RolloutCandidate, versions: { readonly stable: string; readonly canary: string }, taken: ReadonlySet<string>): RolloutForm {
  const suggested = form.name === freeName(`${candidate.service}-${form.canary}`, taken);
  return { ...form, ...versions, name: suggested ? freeName(`${candidate.service}-${versions.canary}`, taken) : form.name };
}

/** What is wrong with the form, in words, field by field; empty when it can be sent. */
export function formIssues(form: RolloutForm, taken: ReadonlySet<string>): FormIssue[] {
  const issues: FormIssue[] = [];
  const wrong = (field: string, message: string): void => void issues.push({ field, message });
  if (form.stable === form.canary) wrong('canary', 'Choose a version other than the stable one.');
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(form.name) || form.name.length > NAME_LIMIT) wrong('name', 'Use lower-case letters, digits and dashes, 63 at most.');
  else if (taken.has(form.name)) wrong('name', 'There is a rollout of that name already.');
  if (form.steps.length === 0) wrong('steps', 'A rollout needs at least one step.');
  form.steps.forEach(({ weight, minSeconds }, index) => {
    const before = form.steps[index - 1]?.weight ?? 0;
    if (!Number.isInteger(weight) || weight < 1 || weight > 100) wrong(`steps.${index}.weight`, 'A whole number from 1 to 100.');
    else if (weight <= before) wrong(`steps.${index}.weight`, `Above the step before (${before} %).`);
    if (!(minSeconds >= 0)) wrong(`steps.${index}.minSeconds`, '0 seconds or more.');
  });
  for (const field of ['errorFloorPercent', 'slowFloorPercent', 'falseAlarmPercent', 'missPercent'] as const) {
    if (!(form[field] > 0 && form[field] < 100)) wrong(field, 'Above 0 and below 100 %.');
  }
  for (const field of ['errorMaxRatio', 'slowMaxRatio'] as const) if (!(form[field] >= 1)) wrong(field, '1 or more: 1 asks for "no worse at all".');
  if (!(form.intervalSeconds >= 1)) wrong('intervalSeconds', '1 second or more.');
  return issues;
}

/** The draft that the API takes. */
export function draftOf(form: RolloutForm, candidate: RolloutCandidate): RolloutDraft {
  const arm = (version: string) => {
    const found = candidate.versions.find((v) => v.version === version);
    return { subset: found?.subset ?? version, labels: { ...found?.labels } };
  };
  const route = candidate.routes[form.route];
  return {
    namespace: candidate.namespace,
    name: form.name,
    spec: {
      host: candidate.service,
      stable: arm(form.stable),
      canary: arm(form.canary),
      ...(candidate.virtualService === undefined ? {} : { virtualService: candidate.virtualService }),
      ...(route?.name === undefined ? {} : { routeName: route.name }),
      ...(candidate.destinationRule === undefined ? {} : { destinationRule: candidate.destinationRule }),
      steps: form.steps.map(({ weight, minSeconds }) => ({ weight, minSeconds })),
      analysis: {
        intervalSeconds: form.intervalSeconds,
        alpha: form.falseAlarmPercent / 100,
        beta: form.missPercent / 100,
        errors: { floor: form.errorFloorPercent / 100, maxRatio: form.errorMaxRatio },
        ...(form.checkLatency ? { latency: { edgesMs: [form.slowerThanMs], maxRatio: form.slowMaxRatio, floor: form.slowFloorPercent / 100 } } : {}),
        onInconclusive: form.onInconclusive,
      },
    },
  };
}

/** `v10` before `v9`: numbers inside names compare as numbers. */
export function newestFirst(versions: readonly string[]): string[] {
  return versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

/** The first histogram edge at least half above a p95, so that few good answers count as slow. */
function edgeAbove(p95Ms: number | null): number {
  if (p95Ms === null) return 500;
  return DURATION_EDGES_MS.find((edge) => edge >= p95Ms * 1.5) ?? 10_000;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').slice(0, NAME_LIMIT - 4);
  if (!taken.has(base)) return base;
  for (let i = 2; ; i++) if (!taken.has(`${base}-${i}`)) return `${base}-${i}`;
}
