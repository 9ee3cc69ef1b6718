import { matchesLabels } from '../label-selector.ts';
import type { Labels } from '../label-selector.ts';

/** Kubernetes' LabelSelector. */
export interface KubeSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] }[];
}

/** Do labels satisfy all of a selector? An absent one selects everything, one with an unknown operator nothing. */
export function satisfiesSelector(selector: KubeSelector | undefined, labels: Labels | undefined): boolean {
  if (!matchesLabels(selector?.matchLabels, labels)) return false;
  return (selector?.matchExpressions ?? []).every(({ key = '', operator, values = [] }) => {
    const value = labels?.[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}
