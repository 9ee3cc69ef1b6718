import type { NamedStatus } from '#components/status/status.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';

/** Identifies a target among those of the page, and in its URL. */
export function targetKey({ scrapePool, scrapeUrl, labels }: TargetStatus): string {
  return [scrapePool, scrapeUrl, labels['instance'] ?? '', labels['pod'] ?? ''].join(' ');
}

/** How its last scrape went, as a status: one that worked but left samples out is degraded. */
export function targetStatus({ health, lastWarning }: Pick<TargetStatus, 'health' | 'lastWarning'>): NamedStatus {
  if (health === 'down') return { status: 'failing', label: 'Down' };
  if (health === 'unknown') return { status: 'unknown', label: 'Not yet' };
  return lastWarning === undefined ? { status: 'healthy', label: 'Up' } : { status: 'degraded', label: 'Up' };
}

/** What most needs a person comes first. */
export function targetRank({ health, lastWarning }: Pick<TargetStatus, 'health' | 'lastWarning'>): number {
  if (health === 'down') return 0;
  if (health === 'unknown') return 1;
  return lastWarning === undefined ? 3 : 2;
}

/** What is wrong with a target, if anything: its error, or what it left out. */
export function targetComplaint({ lastError, lastWarning }: Pick<TargetStatus, 'lastError' | 'lastWarning'>): string | undefined {
  return lastError === '' ? lastWarning : lastError;
}

/** What a target is called: the workload, else its job. */
export function targetName({ labels, scrapeUrl }: TargetStatus): string {
  return labels['workload'] ?? labels['job'] ?? scrapeUrl;
}

/** The PromQL selector of one series of a target: by the labels that tell it from others. */
export function targetSelector(metric: string, { labels }: Pick<TargetStatus, 'labels'>): string {
  const own = ['job', 'instance', 'pod'].filter((name) => labels[name] !== undefined).map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `${metric}{${own.join(',')}}`;
}

/** A pool with how many of its targets are up: `static · 3/4 up`. */
export function poolLabel(pool: string, targets: readonly TargetStatus[]): string {
  const own = targets.filter(({ scrapePool }) => scrapePool === pool);
  return `${pool} · ${own.filter(({ health }) => health === 'up').length}/${own.length} up`;
}
