import { promqlAnyOf, promqlString } from '#components/api/prometheus.ts';

/** Chosen values of labels; a label without values is not part of the selector. */
export type LabelChoice = Readonly<Record<string, readonly string[]>>;

/** `metric{a="x", b=~"y|z"}`; names beyond the old character set are quoted as Prometheus 3 wants them. */
export function selectorText(metric: string, choice: LabelChoice): string {
  const plain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric);
  const matchers = Object.entries(choice)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : promqlString(name)}${values.length === 1 ? `=${promqlString(values[0] ?? '')}` : `=~${promqlAnyOf(values)}`}`);
  if (!plain && metric !== '') matchers.unshift(promqlString(metric));
  return matchers.length === 0 ? metric : `${plain ? metric : ''}{${matchers.join(', ')}}`;
}

/** Ways in which a metric of this type is usually asked, the plain selector first. `rateWindow` as `1m`. */
export function usualQueries(metric: string, type: string | undefined, choice: LabelChoice, rateWindow: string): readonly { readonly label: string; readonly expr: string }[] {
  const selector = selectorText(metric, choice);
  const plain = { label: 'Selector', expr: selector };
  if (type === 'histogram' && !/_(?:bucket|sum|count)$/.test(metric)) return [plain, { label: 'p95', expr: `histogram_quantile(0.95, sum(rate(${selector}[${rateWindow}])))` }];
  if (metric.endsWith('_bucket')) return [plain, { label: 'p95', expr: `histogram_quantile(0.95, sum by (le) (rate(${selector}[${rateWindow}])))` }];
  if (type === 'counter' || /_(?:total|sum|count)$/.test(metric)) return [plain, { label: 'Rate', expr: `rate(${selector}[${rateWindow}])` }, { label: 'Sum of rates', expr: `sum(rate(${selector}[${rateWindow}]))` }];
  return [plain, { label: 'Sum', expr: `sum(${selector})` }, { label: 'Average', expr: `avg(${selector})` }];
}
