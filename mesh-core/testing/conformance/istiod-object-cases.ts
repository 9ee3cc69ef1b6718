import type { KubeObject } from '../../domain/resources/kube-object.ts';
import { validateKindRules } from '../../domain/resources/validate-object.ts';
import { judge, readCases } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { disagreement } from './verdict.ts';
import type { Verdict } from './verdict.ts';

interface ObjectCase {
  readonly id: string;
  readonly name: string;
  readonly object: KubeObject;
  readonly expect: Verdict;
}

/** Whole objects against the verdict of istiod's own validation. */
export const istiodObjectCases: ConformanceSet = {
  name: 'validation/istiod-object-cases',
  needs: 'validation/istiod-object-cases.json',
  run: (dir) =>
    judge(readCases<ObjectCase>(dir, 'validation/istiod-object-cases.json'), ({ id, name }) => `${id} (${name})`, ({ object, expect }) => disagreement(validateKindRules(object), expect)),
};
