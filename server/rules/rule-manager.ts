import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { offsetFor, startSchedule } from '#server/scrape/scrape-schedule.ts';
import type { Appender } from '#server/timeseries/storage.ts';
import { createRuleQuery } from './query-rule.ts';
import { groupKey, sameGroup } from './rule-definition.ts';
import type { RuleMetrics } from './rule-metrics.ts';
import { holdsRules, readRuleSources, type RuleFileProblem } from './rule-sources.ts';
import type { RulesBackend } from './rule-status.ts';
import { RunningGroup, type GroupSettings } from './running-group.ts';

export interface RuleManagerOptions {
  /** `synced` resolves when every object was read once: before, no group is missed and none is started. */
  readonly config: Pick<ConfigCache, 'list' | 'onChange'> & { readonly synced: Promise<void> };
  readonly metrics: Pick<MetricsBackend, 'query'>;
  readonly appender: Appender;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ruleMetrics: RuleMetrics;
  readonly externalUrl: () => string;
  /** Time between evaluations of groups that name none. Default 15 s. */
  readonly defaultIntervalMs?: number;
  /** Prometheus' `--rules.alert.for-grace-period`. Default 10 min. */
  readonly forGraceMs?: number;
  /** Prometheus' `--rules.alert.for-outage-tolerance`. Default 1 h. */
  readonly outageToleranceMs?: number;
  /** Told after each evaluation in which the alerts of a group changed. */
  readonly onAlertsChanged?: () => void;
}
export interface RuleManager extends RulesBackend {
  /** Stops evaluating. Writes no staleness markers: the rules are still there, only the server goes. */
  close(): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 15_000;
const DEFAULT_GRACE_MS = 10 * 60_000;
const DEFAULT_OUTAGE_MS = 60 * 60_000;

interface Scheduled {
  readonly group: RunningGroup;
  readonly unschedule: () => void;
}

/** Evaluates the rules among the objects of the mesh, following them as they change. Source: rules/manager.go. */
export function startRuleManager(options: RuleManagerOptions): RuleManager {
  const { config, clock } = options;
  const log = options.log.child({ part: 'rules' });
  const stopping = new AbortController();
  const settings: GroupSettings = {
    query: createRuleQuery(options.metrics, stopping.signal),
    appender: options.appender,
    clock,
    log,
    metrics: options.ruleMetrics,
    // Alerts of one server have no labels of their own outside of it.
    externalLabels: {},
    externalUrl: options.externalUrl,
    forGraceMs: options.forGraceMs ?? DEFAULT_GRACE_MS,
    outageToleranceMs: options.outageToleranceMs ?? DEFAULT_OUTAGE_MS,
  };
  const running = new Map<string, Scheduled>();
  let problems: readonly RuleFileProblem[] = [];
  let loadedOnce = false;
  let closed = false;
  const cancels = new Set<() => void>();

  const schedule = (group: RunningGroup): Scheduled => {
    const { intervalMs } = group.definition;
    const offsetMs = offsetFor(groupKey(group.definition), intervalMs);
    const unschedule = startSchedule({
      clock,
      intervalMs,
      offsetMs,
      run: async (time) => {
        const before = alertsOf(group);
        // A late turn counts as the one it was meant to be, so that samples are evenly spaced.
        await group.evaluate(Math.floor((time - offsetMs) / intervalMs) * intervalMs + offsetMs);
        if (alertsOf(group) !== before) options.onAlertsChanged?.();
      },
    });
    return { group, unschedule };
  };
  const end = async ({ group, unschedule }: Scheduled): Promise<void> => {
    unschedule();
    await group.stop();
  };
  /** Renamed rules get two intervals to write their series again before those of the old name end. */
  const remove = async (key: string, scheduled: Scheduled): Promise<void> => {
    await end(scheduled);
    options.ruleMetrics.removed(key);
    const at = clock.now();
    const cancel = clock.after(2 * scheduled.group.definition.intervalMs, () => {
      cancels.delete(cancel);
      scheduled.group.markStale(at).catch((error: unknown) => log.warn({ group: key, error: String(error) }, 'series of removed rules could not be ended'));
    });
    cancels.add(cancel);
  };
  const sync = async (): Promise<void> => {
    const sources = readRuleSources(config, options.defaultIntervalMs ?? DEFAULT_INTERVAL_MS);
    const wanted = new Map(sources.groups.map((group) => [groupKey(group), group]));
    problems = sources.problems;
    for (const { file, message } of problems) log.warn({ file, message }, 'a rule file cannot be used');
    for (const [key, scheduled] of running) {
      if (wanted.has(key)) continue;
      running.delete(key);
      await remove(key, scheduled);
    }
    for (const [key, definition] of wanted) {
      const old = running.get(key);
      if (old !== undefined && sameGroup(old.group.definition, definition)) continue;
      const group = new RunningGroup(definition, settings, !loadedOnce);
      if (old !== undefined) {
        await end(old);
        group.takeOver(old.group);
      }
      if (!closed) running.set(key, schedule(group));
    }
    loadedOnce = true;
  };

  // One change at a time; changes that come together (an apply of many) are looked at once.
  let queue = Promise.resolve();
  let pending = false;
  const requestSync = (): void => {
    if (pending || closed) return;
    pending = true;
    queue = queue.then(async () => {
      pending = false;
      if (!closed) await sync();
    }).catch((error: unknown) => log.error({ error: String(error) }, 'loading rules failed; those that run go on'));
  };
  const unsubscribe = config.onChange(({ object, previous }) => {
    if (loadedOnce && (holdsRules(object) || (previous !== undefined && holdsRules(previous)))) requestSync();
  });
  void config.synced.then(requestSync);

  return {
    evaluatedHere: true,
    groups: async () => [...running.values()].map(({ group }) => group.status()).sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name)),
    problems: () => problems,
    async close() {
      closed = true;
      unsubscribe();
      stopping.abort();
      for (const cancel of cancels) cancel();
      await queue;
      await Promise.all([...running.values()].map(end));
    },
  };
}

/** What people would see change: which alerts there are, and their states. */
function alertsOf(group: RunningGroup): string {
  return group.status().rules.map((rule) => (rule.kind === 'alerting' ? rule.alerts.map(({ labels, state }) => `${state}${JSON.stringify(labels)}`).join() : '')).join(';');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
