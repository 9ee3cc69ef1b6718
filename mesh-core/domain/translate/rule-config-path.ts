import type { MergedDestinationRule } from './destination-rule.ts';

/** How clusters name the DestinationRule that shaped them, in their metadata; of merged rules, the first. Source: istiod's AddConfigInfoMetadata. */
export function ruleConfigPath({ namespace, from }: Pick<MergedDestinationRule, 'namespace' | 'from'>): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/destination-rule/${from[0] ?? ''}`;
}
