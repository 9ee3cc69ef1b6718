import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigIssue, ConfigProblem } from '#server/config/schemas.ts';
import { codesOf, codeTitle, filterProblems, groupProblems, type ProblemFilter } from './group-problems.ts';

const aProblem = (name: string, severity: ConfigIssue['severity'], code: string, more: Partial<ConfigIssue> = {}, namespace = 'shop'): ConfigProblem => ({ ref: { kind: 'VirtualService', group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', namespace, name }, issue: { severity, code, path: 'spec', message: `${code} of ${name}`, ...more } });
const PROBLEMS = [aProblem('a', 'error', 'IST0101', { also: [{ code: 'KIA1101', docs: '' }] }), aProblem('b', 'error', 'IST0101', {}, 'edge'), aProblem('a', 'warning', 'KIA1104'), aProblem('c', 'info', 'IST0118')];
const ANY: ProblemFilter = { level: '', code: '', text: '', namespaces: [] };
const names = (filter: Partial<ProblemFilter>): string => filterProblems(PROBLEMS, { ...ANY, ...filter }).map(({ ref, issue }) => `${ref.name}${issue.code ?? ''}`).join(' ');

test('level, code of either tool, namespace and words narrow the problems', () => {
  assert.equal(names({ level: 'warning' }), 'aKIA1104');
  assert.equal(names({ code: 'KIA1101' }), 'aIST0101');
  assert.equal(names({ namespaces: ['edge'] }), 'bIST0101');
  assert.equal(names({ text: 'SHOP/a ist0101' }), 'aIST0101');
  assert.equal(names({}), 'aIST0101 bIST0101 aKIA1104 cIST0118');
});

test('groups are by code or by object, in the order of their first problem', () => {
  assert.deepEqual(groupProblems(PROBLEMS, 'code').map(({ key, problems }) => [key, problems.length]), [['IST0101', 2], ['KIA1104', 1], ['IST0118', 1]]);
  assert.deepEqual(groupProblems(PROBLEMS, 'object').map(({ problems }) => `${problems[0].ref.name}${problems.length}`), ['a2', 'b1', 'c1']);
});

test('codes are counted, those of both tools', () => {
  assert.deepEqual(codesOf(PROBLEMS), [{ code: 'IST0101', count: 2 }, { code: 'IST0118', count: 1 }, { code: 'KIA1101', count: 1 }, { code: 'KIA1104', count: 1 }]);
});

test('the name of a code is read as words', () => {
  assert.deepEqual(['ReferencedResourceNotFound', 'MTLSPolicyConflict', 'VirtualServiceIneffectiveMatch'].map(codeTitle), ['Referenced resource not found', 'MTLS policy conflict', 'Virtual service ineffective match']);
});
