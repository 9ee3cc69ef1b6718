import { z } from 'zod';

const Labels = z.record(z.string(), z.string());
const Arm = z.object({ subset: z.string().min(1), labels: Labels });

/** A rollout's spec as the wizard sends it; the API server validates it again with its own messages. */
export const RolloutSpec = z.object({
  host: z.string().min(1),
  stable: Arm,
  canary: Arm,
  virtualService: z.string().optional(),
  routeName: z.string().optional(),
  destinationRule: z.string().optional(),
  steps: z.array(z.object({ weight: z.number().int().min(1).max(100), minSeconds: z.number().min(0), maxSeconds: z.number().positive().optional() })).min(1),
  analysis: z.object({
    intervalSeconds: z.number().min(1),
    alpha: z.number().gt(0).lt(1),
    beta: z.number().gt(0).lt(1),
    errors: z.object({ floor: z.number().gt(0).lt(1), maxRatio: z.number().min(1) }),
    latency: z.object({ edgesMs: z.array(z.number().positive()).min(1).max(4), maxRatio: z.number().min(1), floor: z.number().gt(0).lt(1) }).optional(),
    onInconclusive: z.enum(['hold', 'promote', 'abort']),
  }),
  paused: z.boolean().optional(),
});

const Name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes').max(63);
export const RolloutDraft = z.object({ namespace: Name, name: Name, spec: RolloutSpec });
export type RolloutDraft = z.infer<typeof RolloutDraft>;

/** `POST /api/rollouts/:namespace/:name/actions` */
export const RolloutActionBody = z.object({ action: z.enum(['pause', 'resume', 'promote', 'advance', 'abort', 'adopt', 'restore']) });
export type RolloutActionBody = z.infer<typeof RolloutActionBody>;

/** `GET /api/rollouts/candidates`: services that could be rolled out. */
export interface RolloutCandidate {
  readonly namespace: string;
  readonly service: string;
  readonly host: string;
  readonly versions: readonly CandidateVersion[];
  readonly virtualService?: string;
  /** Routes that can be steered: those with destinations; `name` is absent where the route has none. */
  readonly routes: readonly { readonly index: number; readonly name?: string; readonly hasMatch: boolean }[];
  readonly destinationRule?: string;
  /** An unfinished rollout of this service, `namespace/name`. */
  readonly activeRollout?: string;
}
export interface CandidateVersion {
  readonly version: string;
  /** Subset of that name in the DestinationRule, if defined. */
  readonly subset?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly workloads: readonly string[];
  readonly instances: number;
  readonly ready: number;
  /** Present share of the route, 0..100. */
  readonly weight?: number;
  readonly requestsPerSecond: number | null;
  /** 0..1 */
  readonly errorRatio: number | null;
  readonly p95Ms: number | null;
}
/** `POST /api/rollouts/preview` */
export interface RolloutPreview {
  /** What will be written, in order. `before` is absent for a new object. */
  readonly objects: readonly { readonly action: 'create' | 'update' | 'unchanged'; readonly before?: object; readonly after: object }[];
  /** The wizard must not go on while there are errors. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly warnings: readonly string[];
  readonly power: readonly StepPower[];
  /** Requests per second to the service now, and stable's present error share (0..1). */
  readonly requestsPerSecond: number | null;
  readonly stableErrorRatio: number | null;
}
/** What a step can prove from today's traffic. Seconds; null = never at this rate. */
export interface StepPower {
  readonly weight: number;
  readonly canaryRequestsPerSecond: number | null;
  /** Until a flawless canary is cleared. */
  readonly secondsToClear: number | null;
  /** Until a canary with three times the allowed ratio is caught, and the bad answers it gives until then. */
  readonly secondsToCatch: number | null;
  readonly badAnswersUntilCaught: number | null;
  readonly enoughInMinSeconds: boolean;
}
/** `GET /api/rollouts/:namespace/:name` */
export interface RolloutDetail {
  readonly rollout: object;
  readonly route: { readonly stable: number; readonly canary: number } | null;
  readonly fqdn: string;
  readonly stable: { readonly workloads: readonly string[]; readonly instances: number; readonly ready: number };
  readonly canary: { readonly workloads: readonly string[]; readonly instances: number; readonly ready: number };
  readonly virtualService: string | null;
}
