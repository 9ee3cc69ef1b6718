import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ambientPolicies } from './ambient-policies.ts';
import { analyzers } from './analyzers.ts';
import { authz } from './authz.ts';
import type { ConformanceSet, SetResult } from './conformance-set.ts';
import { crdCases } from './crd-cases.ts';
import { gatewayApi } from './gateway-api.ts';
import { istiodFragmentCases } from './istiod-fragment-cases.ts';
import { istiodObjectCases } from './istiod-object-cases.ts';
import { sidecarRoutes } from './sidecar-routes.ts';
import { simulatedCalls } from './simulated-calls.ts';
import { tables } from './tables.ts';

/** Every set of Istio's cases that this mesh is held against. */
export const ISTIO_SETS: readonly ConformanceSet[] = [crdCases, istiodObjectCases, istiodFragmentCases, analyzers, authz, ambientPolicies, gatewayApi, simulatedCalls, sidecarRoutes, tables];

/** A set with what it said of the corpus in one folder. */
export interface NamedResult extends SetResult {
  readonly name: string;
}

/** Runs every set whose files are in the folder. */
export function runSets(dir: string, sets: readonly ConformanceSet[] = ISTIO_SETS): NamedResult[] {
  return sets.filter((set) => existsSync(join(dir, set.needs))).map((set) => ({ name: set.name, ...set.run(dir) }));
}

/** A line per set, below it a line for each case that does not pass, and at the end `N of M passed`. */
export function reportLines(results: readonly NamedResult[]): string[] {
  const width = Math.max(0, ...results.map(({ name }) => name.length));
  const lines = results.flatMap(({ name, passed, total, failures }) => [`${name.padEnd(width)}  ${passed} of ${total}`, ...failures.map((failure) => `  ${failure}`)]);
  const count = (of: 'passed' | 'total'): number => results.reduce((all, result) => all + result[of], 0);
  return [...lines, `${count('passed')} of ${count('total')} passed`];
}
