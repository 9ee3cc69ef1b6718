import type { HistogramSeries } from '../telemetry/prebuilt-metrics.ts';
import { isUsed, statName } from './stat.ts';
import type { Stat } from './stat.ts';
import { QUANTILES, quantileOf } from './quantile.ts';

/** `NAME: VALUE` a line, sorted by name, histograms last. Source: Envoy's `/stats`. */
export function formatStatsText(stats: readonly Stat[]): string {
  const lines = sorted(stats).map((stat) => {
    const { value } = stat;
    switch (value.kind) {
      case 'counter':
      case 'gauge':
        return `${statName(stat)}: ${value.number}`;
      case 'text':
        return `${statName(stat)}: "${value.text}"`;
      case 'histogram':
        // The first of each pair is of the last five seconds, which are not kept apart here.
        return `${statName(stat)}: ${QUANTILES.map((quantile) => `P${quantile}(nan,${rounded(quantileOf(value.series, quantile))})`).join(' ')}`;
    }
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Envoy's JSON: `{stats: [{name, value} …, {histograms}]}`. */
export function formatStatsJson(stats: readonly Stat[]): { readonly stats: readonly object[] } {
  const plain: object[] = [];
  const histograms: object[] = [];
  for (const stat of sorted(stats)) {
    const { value } = stat;
    const name = statName(stat);
    if (value.kind === 'histogram') histograms.push({ name, values: QUANTILES.map((quantile) => ({ interval: null, cumulative: rounded(quantileOf(value.series, quantile)) })) });
    else plain.push({ name, value: value.kind === 'text' ? value.text : value.number });
  }
  return { stats: histograms.length === 0 ? plain : [...plain, { histograms: { supported_quantiles: QUANTILES, computed_quantiles: histograms } }] };
}

/**
 * Prometheus families with Envoy's names, and Istio's tags in labels: `envoy_cluster_upstream_rq{response_code="200",…}`.
 * Texts have no such form.
 */
export function formatStatsPrometheus(stats: readonly Stat[]): string {
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>();
  for (const stat of stats) {
    const { value, instance } = stat;
    if (value.kind === 'text' || stat.textOnly === true) continue;
    const [leaf, ...codes] = withoutCode(stat.leaf);
    const name = `envoy_${stat.scope}_${leaf}`.replaceAll(/[^A-Za-z0-9_]/g, '_');
    const labels = [...codes, ...(instance === undefined ? [] : [label(instance.tag, instance.name)])];
    const family = families.get(name) ?? { type: value.kind, lines: [] };
    families.set(name, family);
    if (value.kind === 'histogram') family.lines.push(...histogramLines(name, labels, value.series));
    else family.lines.push(`${name}{${labels.join(',')}} ${value.number}`);
  }
  return [...families].map(([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('\n')}\n`).join('');
}

/** What is worth scraping every few seconds: what was ever touched, without histograms (Istio's own tell times by destination). */
export function worthScraping(stat: Stat): boolean {
  return stat.value.kind !== 'histogram' && (stat.always === true || isUsed(stat));
}

const CODE = /_rq_(?:(\d{3})|(\dxx))$/;

/** `upstream_rq_200` → `upstream_rq` and the label of its code. Source: `stats_tags` of Istio's bootstrap. */
function withoutCode(leaf: string): [leaf: string, ...labels: string[]] {
  const found = CODE.exec(leaf);
  if (found === null) return [leaf];
  const [, code, codeClass = ''] = found;
  return [leaf.replace(CODE, '_rq'), code === undefined ? label('response_code_class', codeClass) : label('response_code', code)];
}

function label(name: string, value: string): string {
  return `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function histogramLines(name: string, labels: readonly string[], { bounds, buckets, count, sum }: HistogramSeries): string[] {
  const all = labels.length === 0 ? '' : `{${labels.join(',')}}`;
  let total = 0;
  const lines = bounds.map((bound, i) => `${name}_bucket{${[...labels, `le="${bound}"`].join(',')}} ${(total += buckets[i] ?? 0)}`);
  return [...lines, `${name}_bucket{${[...labels, 'le="+Inf"'].join(',')}} ${count}`, `${name}_sum${all} ${sum}`, `${name}_count${all} ${count}`];
}

function sorted(stats: readonly Stat[]): Stat[] {
  const rank = (stat: Stat): number => (stat.value.kind === 'text' ? 0 : stat.value.kind === 'histogram' ? 2 : 1);
  return stats.map((stat) => ({ stat, name: statName(stat) })).sort((a, b) => rank(a.stat) - rank(b.stat) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ stat }) => stat);
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
