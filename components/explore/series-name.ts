import type { Labels } from '#components/api/prometheus.ts';

/** Replaces `{{label}}` by the label's value, as Grafana's legends do; a label that is not there leaves nothing. */
export function fillLegend(template: string, labels: Labels): string {
  return template.replaceAll(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
}

/** A series as PromQL writes it: `up{job="a"}`, `{code="200"}`, or `{}`. */
export function fullName(labels: Labels): string {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${labelName(key)}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}

/** Label names on which the series of one answer differ, in the order they appear. */
export function differingLabels(all: readonly Labels[]): readonly string[] {
  const names = new Set(all.flatMap((labels) => Object.keys(labels)));
  return [...names].filter((name) => all.some((labels) => labels[name] !== all[0]?.[name]));
}

/**
 * Short names of the series of one query. With a legend, what it gives. Otherwise only what tells them apart: the value
 * alone when it is one label, `x · y` up to three, `a=x, b=y` when more; a single series goes by its metric, labels, or the query itself.
 */
export function seriesNames(all: readonly Labels[], legend: string, expr: string): readonly string[] {
  if (legend.trim() !== '') return all.map((labels) => fillLegend(legend, labels) || fullName(labels));
  if (all.length === 1) return all.map((labels) => (Object.keys(labels).length === 0 ? oneLine(expr) : fullName(labels)));
  const differing = differingLabels(all);
  const [only] = differing;
  if (differing.length === 1 && only !== undefined) return all.map((labels) => labels[only] ?? `no ${only}`);
  const metrics = differing.includes('__name__');
  return all.map((labels) => {
    const shown = differing.filter((name) => name !== '__name__');
    const text = shown.length <= 3 ? shown.map((name) => labels[name] ?? '–').join(' · ') : shown.flatMap((name) => (labels[name] === undefined ? [] : [`${name}=${labels[name]}`])).join(', ');
    return (metrics ? `${labels['__name__'] ?? ''} ${text}`.trim() : text) || fullName(labels);
  });
}

function oneLine(expr: string): string {
  return expr.trim().replaceAll(/\s+/g, ' ');
}

/** Names beyond the old character set are quoted, as Prometheus 3 writes them. */
function labelName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
