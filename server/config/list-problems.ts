import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { findingsOf } from './check-configuration.ts';
import type { ConfigCache } from './config-cache.ts';
import { refOf } from './object-ref.ts';
import type { ConfigProblem, ProblemCounts, ProblemsAnswer } from './schemas.ts';

type ReadCache = Pick<ConfigCache, 'list' | 'get' | 'snapshot'>;
const RANK = { error: 0, warning: 1, info: 2 } as const;

/** What is wrong with the configuration: the findings of every object, errors first, then by kind, namespace and name. Made once for each state of it. */
export function listProblems(config: ReadCache): ProblemsAnswer {
  const snapshot = config.snapshot();
  const known = answers.get(snapshot);
  if (known !== undefined) return known;
  const objects = CONSOLE_KINDS.filter(({ id }) => id !== 'Event').flatMap(({ id }) => config.list(id));
  const problems = objects.flatMap((object): ConfigProblem[] => findingsOf(object, config).map((issue) => ({ ref: refOf(object), issue })));
  const answer = { problems: problems.toSorted((a, b) => RANK[a.issue.severity] - RANK[b.issue.severity]), checked: objects.length };
  answers.set(snapshot, answer);
  return answer;
}

const answers = new WeakMap<MeshSnapshot, ProblemsAnswer>();

/** How many findings of each level there are. */
export function countProblems(config: ReadCache): ProblemCounts {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { issue } of listProblems(config).problems) counts[issue.severity]++;
  return counts;
}
