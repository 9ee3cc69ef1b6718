import { compileRegex } from '#mesh-core/domain/decide/compile-regex.ts';
import { collectStats } from '../stats/collect-stats.ts';
import { formatStatsJson, formatStatsPrometheus, formatStatsText, worthScraping } from '../stats/format-stats.ts';
import { isUsed, statName } from '../stats/stat.ts';
import type { Stat } from '../stats/stat.ts';
import type { AdminSources } from './admin-sources.ts';
import { json, text } from './answer.ts';
import type { Answer } from './answer.ts';
import { serverFigures } from './server-pages.ts';

const KINDS: Readonly<Record<string, readonly Stat['value']['kind'][]>> = { All: ['counter', 'gauge', 'histogram', 'text'], Counters: ['counter'], Gauges: ['gauge'], Histograms: ['histogram'], TextReadouts: ['text'] };

/**
 * `GET /stats?usedonly&filter=REGEX&type=…&format=text|json|prometheus`: what the proxy counts; the filter is RE2, found
 * anywhere in a name. 400 for a question that is none. Source: Envoy's stats_handler.cc.
 */
export function statsPage(sources: AdminSources, query: URLSearchParams): Answer {
  const accepts = selection(query);
  if (typeof accepts === 'string') return text(400, `${accepts}\n`);
  const stats = statsOf(sources).filter(accepts);
  switch (query.get('format') ?? 'text') {
    case 'text':
      return text(200, formatStatsText(stats));
    case 'json':
      return json(formatStatsJson(stats));
    case 'prometheus':
      return { status: 200, type: sources.registry.contentType, body: formatStatsPrometheus(stats) };
    default:
      return text(400, 'usage: /stats?format=(text|json|prometheus)\n');
  }
}

/**
 * `GET /stats/prometheus`, what scrapers read: Istio's metrics, and of Envoy's what was ever touched, without histograms. With
 * a query it is Envoy's alone, as `/stats?format=prometheus`.
 */
export async function prometheusPage(sources: AdminSources, query: URLSearchParams): Promise<Answer> {
  if (query.size > 0) return statsPage(sources, new URLSearchParams([...query].filter(([key]) => key !== 'format').concat([['format', 'prometheus']])));
  const istio = await sources.registry.metrics();
  return { status: 200, type: sources.registry.contentType, body: istio + formatStatsPrometheus(statsOf(sources).filter(worthScraping)) };
}

function statsOf(sources: AdminSources): Stat[] {
  const { metrics, runtime, stats } = sources;
  return collectStats({
    stats,
    clusters: () => runtime.clusters,
    listeners: () => runtime.listenerCounts,
    server: () => serverFigures(sources),
    policies: () => [...metrics.rbac.named(), ...metrics.rateLimits.named()],
  });
}

/** Which statistics a query asks for; a text says what is wrong with it. */
function selection(query: URLSearchParams): ((stat: Stat) => boolean) | string {
  const kinds = KINDS[query.get('type') ?? 'All'];
  if (kinds === undefined) return `invalid type: there are ${Object.keys(KINDS).join(', ')}`;
  const filter = query.get('filter') ?? '';
  const pattern = filter === '' ? undefined : compileRegex(`(?s:.*)(?:${filter})(?s:.*)`);
  if (filter !== '' && pattern === undefined) return `invalid filter: "${filter}" is no regular expression of RE2`;
  const usedOnly = query.has('usedonly');
  return (stat) => kinds.includes(stat.value.kind) && (!usedOnly || isUsed(stat)) && (pattern === undefined || pattern.matchesWhole(statName(stat)));
}
