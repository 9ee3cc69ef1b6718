import { matchesLabels, satisfiesRequirements, type Labels } from './label-selector.ts';

/** Kubernetes' LabelSelector as an object (meta/v1). */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; readonly values?: readonly string[] }[];
}

/** Does a LabelSelector pick an object with these labels? All its conditions must hold; an empty one picks everything. */
export function selectorPicks(selector: LabelSelector, labels: Labels | undefined): boolean {
  return (
    matchesLabels(selector.matchLabels, labels) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'In':
          return satisfiesRequirements([{ key, operator: 'in', values }], labels);
        case 'NotIn':
          return satisfiesRequirements([{ key, operator: 'notin', values }], labels);
        case 'Exists':
          return satisfiesRequirements([{ key, operator: 'exists' }], labels);
        case 'DoesNotExist':
          return satisfiesRequirements([{ key, operator: '!' }], labels);
      }
    })
  );
}
