import { validateKindRules } from '../../domain/resources/validate-object.ts';
import { judge, readCases } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { objectAround } from './fragment.ts';
import type { FragmentCase } from './fragment.ts';
import { disagreement } from './verdict.ts';

/** Parts of objects against the verdict of istiod's own validation. */
export const istiodFragmentCases: ConformanceSet = {
  name: 'validation/istiod-fragment-cases',
  needs: 'validation/istiod-fragment-cases.json',
  run: (dir) =>
    judge(readCases<FragmentCase>(dir, 'validation/istiod-fragment-cases.json'), ({ id, name }) => `${id} (${name})`, (item) => {
      const object = objectAround(item);
      return object === undefined ? `no kind holds a ${item.message} at ${item.sitsAt}` : disagreement(validateKindRules(object), item.expect);
    }),
};
