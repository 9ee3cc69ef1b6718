import type { RolloutAnalysis, RolloutCheck, RolloutTestState } from '#mesh-core/domain/resources/canary-rollout.ts';
import { evidence, requestsToCatch, requestsToClear, startTest, updateLevelTest, updateRatioTest, type ArmCounts } from './e-process.ts';

/** One tick's counts of one check: `errors`, or `slower than 250 ms`. */
export interface CheckCounts {
  readonly name: string;
  readonly canary: ArmCounts;
  readonly stable: ArmCounts;
}
export interface Judgement {
  readonly verdict: 'worse' | 'ok' | 'hold' | 'need-data' | 'no-data';
  readonly checks: readonly RolloutCheck[];
  readonly tests: readonly RolloutTestState[];
}

/** From this evidence on the weight is held, long before the canary is aborted. */
const HOLD_EVIDENCE = 20;
/** "Fine" is looser than "worse" by this factor, so that a canary as good as stable can be told from both bounds. */
const FINE_RATIO_FACTOR = 5 / 3;
const FINE_LEVEL_FACTOR = 2.5;
/** A ratio this far above the bound is what "requests needed" is quoted for. */
const QUOTED_RATIO_FACTOR = 3;

const TESTS = ['ratio-worse', 'level-worse', 'ratio-fine', 'level-fine'] as const;
type TestName = (typeof TESTS)[number];

/**
 * Adds one tick to every test and gives the verdict. A check is worse when the canary is significantly worse than
 * stable AND above the harmless floor (the smaller of both evidences); it is fine when it is shown to be close to
 * stable or below the floor (their mean). The false-alarm bound alpha is shared out over the checks.
 */
export function judgeTick(analysis: RolloutAnalysis, previous: readonly RolloutTestState[], previousChecks: readonly RolloutCheck[], counts: readonly CheckCounts[]): Judgement {
  const states = new Map(previous.map((t) => [t.name, t.logLikelihoods]));
  const alpha = analysis.alpha / Math.max(1, counts.length);
  const tests: RolloutTestState[] = [];
  const checks = counts.map((check): RolloutCheck => {
    const { maxRatio, floor } = boundsOf(analysis, check.name);
    const state = (test: TestName): readonly number[] => states.get(`${check.name}/${test}`) ?? startTest();
    const { canary, stable } = check;
    const next: Record<TestName, number[]> = {
      'ratio-worse': updateRatioTest(state('ratio-worse'), canary, stable, maxRatio, 'worse'),
      'level-worse': updateLevelTest(state('level-worse'), canary, floor, 'worse'),
      'ratio-fine': updateRatioTest(state('ratio-fine'), canary, stable, maxRatio * FINE_RATIO_FACTOR, 'fine'),
      'level-fine': updateLevelTest(state('level-fine'), canary, Math.min(0.9, floor * FINE_LEVEL_FACTOR), 'fine'),
    };
    for (const test of TESTS) tests.push({ name: `${check.name}/${test}`, logLikelihoods: next[test] });
    const before = previousChecks.find((c) => c.name === check.name);
    return describe({
      name: check.name,
      canary: add(before?.canary, canary),
      stable: add(before?.stable, stable),
      evidenceWorse: Math.min(evidence(next['ratio-worse']), evidence(next['level-worse'])),
      evidenceOk: (evidence(next['ratio-fine']) + evidence(next['level-fine'])) / 2,
      alpha,
      beta: analysis.beta,
      maxRatio,
      floor,
    });
  });
  return { verdict: overall(checks), checks, tests };
}

function boundsOf(analysis: RolloutAnalysis, name: string): { maxRatio: number; floor: number } {
  const bounds = name === 'errors' || analysis.latency === undefined ? analysis.errors : analysis.latency;
  // A level of exactly 0 or 1 would make every logarithm infinite.
  return { maxRatio: Math.max(1, bounds.maxRatio), floor: Math.min(0.5, Math.max(1e-5, bounds.floor)) };
}

function add(a: ArmCounts | undefined, b: ArmCounts): ArmCounts {
  return { requests: (a?.requests ?? 0) + b.requests, bad: (a?.bad ?? 0) + b.bad };
}

interface Measured {
  readonly name: string;
  readonly canary: ArmCounts;
  readonly stable: ArmCounts;
  readonly evidenceWorse: number;
  readonly evidenceOk: number;
  readonly alpha: number;
  readonly beta: number;
  readonly maxRatio: number;
  readonly floor: number;
}

function describe(m: Measured): RolloutCheck {
  const base = { name: m.name, canary: m.canary, stable: m.stable, evidenceWorse: round(m.evidenceWorse), evidenceOk: round(m.evidenceOk) };
  const shares = `canary ${percent(m.canary)}, stable ${percent(m.stable)}`;
  const what = m.name === 'errors' ? 'Failed requests' : `Requests ${m.name}`;
  if (m.canary.requests === 0) return { ...base, verdict: 'no-data', message: `${what}: the canary has served no requests yet.` };
  if (m.evidenceWorse >= 1 / m.alpha) return { ...base, verdict: 'worse', message: `${what}: the canary is worse (${shares}); chance of a false alarm below ${(m.alpha * 100).toPrecision(2)} %.` };
  if (m.evidenceWorse >= HOLD_EVIDENCE) return { ...base, verdict: 'hold', message: `${what}: the canary looks worse (${shares}); holding its weight until it is certain.` };
  if (m.evidenceOk >= 1 / m.beta) return { ...base, verdict: 'ok', message: `${what}: the canary is as good as stable (${shares}).` };
  const needed = requestsNeeded(m);
  return { ...base, verdict: 'need-data', message: `${what}: not decided yet (${shares}); about ${needed} more canary requests are needed.`, requestsNeeded: needed };
}

/** The smaller of what would clear it by its level and what would catch a clearly bad one, less what it has served. */
function requestsNeeded(m: Measured): number {
  const stableShare = m.stable.requests > 0 ? m.stable.bad / m.stable.requests : 0;
  const toCatch = requestsToCatch(Math.max(stableShare, m.floor), m.maxRatio * QUOTED_RATIO_FACTOR, m.maxRatio, m.alpha);
  const toClear = requestsToClear(Math.min(0.9, m.floor * FINE_LEVEL_FACTOR), m.beta);
  return Math.max(5, Math.ceil(Math.min(toCatch, toClear) - m.canary.requests));
}

function overall(checks: readonly RolloutCheck[]): Judgement['verdict'] {
  for (const verdict of ['worse', 'hold', 'no-data', 'need-data'] as const) if (checks.some((c) => c.verdict === verdict)) return verdict;
  return checks.length === 0 ? 'no-data' : 'ok';
}

function percent({ requests, bad }: ArmCounts): string {
  return requests === 0 ? 'no requests' : `${((100 * bad) / requests).toFixed(2)} % of ${requests}`;
}

function round(value: number): number {
  return Number(Math.min(value, 1e12).toPrecision(4));
}
