import type { Labels } from '#server/timeseries/storage.ts';
import type { ScrapeJob } from './scrape-job.ts';

/** One thing to scrape. Two targets with the same `key` are the same. */
export interface ScrapeTarget {
  readonly key: string;
  readonly pool: string;
  readonly url: string;
  /** Put on every series of the target. */
  readonly labels: Labels;
  /** What discovery knew, under Prometheus' `__meta_` names. */
  readonly discoveredLabels: Labels;
  /** In place of the job's, when relabelling changed them. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  /** Why it cannot be scraped at all; such a target is shown as down. */
  readonly problem?: string;
}

/** A target that relabelling left out. */
export interface DroppedTarget {
  readonly pool: string;
  readonly discoveredLabels: Labels;
}

/** The targets of one job. */
export interface TargetPool {
  readonly job: ScrapeJob;
  readonly targets: readonly ScrapeTarget[];
  readonly dropped: readonly DroppedTarget[];
}

/** Something that knows targets: the registry of the mesh, a file; a Kubernetes cluster would be another. */
export interface TargetSource {
  /** Its pools as of now. Names of pools are unique among all sources. */
  pools(): readonly TargetPool[];
  /** Calls back when `pools` may give something else; gives the function that ends it. */
  onChange(listener: () => void): () => void;
  /** What its owner should know: a configuration that cannot be read, and since when. Empty when all is well. */
  problems(): readonly string[];
  close(): void;
}
