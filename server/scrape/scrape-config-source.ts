import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { labelsFromEntries } from '#server/timeseries/labels.ts';
import { ServerError } from '#server/server-error.ts';
import { parseScrapeConfig, parseTargetGroups, type ConfiguredJob, type Parsed } from './config/parse-scrape-config.ts';
import { populateTarget } from './config/populate-target.ts';
import type { TargetGroup } from './config/scrape-config-schema.ts';
import type { DroppedTarget, ScrapeTarget, TargetPool, TargetSource } from './scrape-target.ts';

export interface ScrapeConfigSource extends TargetSource {
  /** Reads all files again now, whether they seem changed or not. */
  reload(): void;
}

/** How often files are looked at for changes. */
const LOOK_MS = 1000;

/** A file, and the last content of it that could be read. */
interface WatchedFile<T> {
  readonly stamp: string;
  readonly good: T | undefined;
  readonly problem: string | undefined;
}

/**
 * Targets from a configuration file in Prometheus' form, and from the files its file_sd_configs name. A changed file is
 * read again within a second; one that is wrong keeps its last good content, and says so. Throws ServerError when the
 * configuration is wrong to begin with.
 */
export function openScrapeConfigSource(file: string, { clock, log, startTimestamps = false }: { readonly clock: Clock; readonly log: Logger; readonly startTimestamps?: boolean }): ScrapeConfigSource {
  const listeners = new Set<() => void>();
  let config = readWatched(file, undefined, (text) => parseScrapeConfig(text, file, startTimestamps));
  let groups = new Map<string, WatchedFile<readonly TargetGroup[]>>();
  if (config.good === undefined) throw new ServerError('invalid', `The scrape configuration ${file} cannot be used: ${config.problem}.`);

  const look = (always: boolean): void => {
    const before = config;
    if (always || stampOf(file) !== config.stamp) config = readWatched(file, config.good, (text) => parseScrapeConfig(text, file, startTimestamps));
    if (config.problem !== undefined && config.problem !== before.problem) log.error({ file, problem: config.problem }, 'the scrape configuration cannot be used; the last good one stays');
    const next = new Map<string, WatchedFile<readonly TargetGroup[]>>();
    let changed = config !== before;
    for (const path of new Set((config.good ?? []).flatMap(({ files }) => files.flatMap(filesOf)))) {
      const known = groups.get(path);
      const now = known !== undefined && !always && known.stamp === stampOf(path) ? known : readWatched(path, known?.good, parseTargetGroups);
      if (now !== known) changed = true;
      if (now.problem !== undefined && now.problem !== known?.problem) log.error({ file: path, problem: now.problem }, 'a file of targets cannot be used');
      next.set(path, now);
    }
    if (next.size !== groups.size) changed = true;
    groups = next;
    if (changed) for (const listener of listeners) listener();
  };
  look(false);
  const stopLooking = clock.every(LOOK_MS, () => look(false));

  return {
    pools: () => (config.good ?? []).map((job) => poolOf(job, groups)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    problems() {
      const wrong = [...groups].flatMap(([path, { problem }]) => (problem === undefined ? [] : [`${path}: ${problem}. ${groups.get(path)?.good === undefined ? 'Its targets are missing.' : 'Its last good targets stay.'}`]));
      return config.problem === undefined ? wrong : [`${file}: ${config.problem}. The last good configuration stays.`, ...wrong];
    },
    reload: () => look(true),
    close: stopLooking,
  };
}

function poolOf(configured: ConfiguredJob, groups: ReadonlyMap<string, WatchedFile<readonly TargetGroup[]>>): TargetPool {
  const targets = new Map<string, ScrapeTarget>();
  const dropped: DroppedTarget[] = [];
  const take = ({ targets: addresses, labels = {} }: TargetGroup, meta: readonly [string, string][]): void => {
    for (const address of addresses) {
      const made = populateTarget(address, labelsFromEntries([...Object.entries(labels), ...meta]), configured);
      if (made.kind === 'target') targets.set(made.target.key, made.target);
      else if (configured.keepDropped === 0 || dropped.length < configured.keepDropped) dropped.push(made.target);
    }
  };
  for (const group of configured.staticGroups) take(group, []);
  for (const path of configured.files.flatMap(filesOf)) for (const group of groups.get(path)?.good ?? []) take(group, [['__meta_filepath', path]]);
  return { job: configured.job, targets: [...targets.values()], dropped };
}

/** The files that a path with a `*` in its last part stands for, in order of their names. */
function filesOf(pattern: string): string[] {
  const name = basename(pattern);
  if (!name.includes('*')) return [pattern];
  const regex = new RegExp(`^${name.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
  try {
    return readdirSync(dirname(pattern)).filter((one) => regex.test(one)).sort().map((one) => join(dirname(pattern), one));
  } catch (error) {
    // A directory that is not there (yet) holds no files; anything else is worth knowing.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 'missing' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
}

function readWatched<T>(file: string, good: T | undefined, parse: (text: string) => Parsed<T>): WatchedFile<T> {
  const stamp = stampOf(file);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { stamp, good, problem: error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'the file is not there' : `it cannot be read (${error instanceof Error ? error.message : String(error)})` };
  }
  const parsed = parse(text);
  return parsed.ok ? { stamp, good: parsed.value, problem: undefined } : { stamp, good, problem: parsed.problem };
}
