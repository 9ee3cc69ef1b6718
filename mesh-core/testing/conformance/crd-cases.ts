import { validateSchema } from '../../domain/resources/validate-schema.ts';
import { judge, readCases } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { disagreement } from './verdict.ts';
import type { Verdict } from './verdict.ts';

interface CrdCase {
  readonly id: string;
  readonly object: object;
  readonly expect: Verdict;
}

/** Whole objects against the verdict of Istio's CRDs alone, as an API server gives it. */
export const crdCases: ConformanceSet = {
  name: 'validation/crd-cases',
  needs: 'validation/crd-cases.json',
  run: (dir) => judge(readCases<CrdCase>(dir, 'validation/crd-cases.json'), ({ id }) => id, ({ object, expect }) => disagreement({ errors: validateSchema(object), warnings: [] }, expect)),
};
