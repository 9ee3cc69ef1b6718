import { PathDictionary } from '#server/traces/core/path-dictionary.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { buildTraceColumns } from '#server/traces/view/build-columns.ts';
import { comparePopulations, type PopulationComparison } from './compare-populations.ts';
import { CriticalPathCollector, type CriticalPathTotals } from './critical-path-totals.ts';
import { keepPlaces } from './keep-places.ts';
import { PopulationBuilder } from './population.ts';

/** What is made of many traces, in words that can go to another thread. */
export type GatherTask =
  /** Two sets are set against each other; of each trace the attributes of so many spans are counted. */
  | { readonly kind: 'sets'; readonly spansSampled: number }
  | { readonly kind: 'critical-path' };

/** `places` are the weightiest of all, and those above them. */
type Cut<T extends { readonly places: readonly unknown[] }> = T & { readonly totalPlaces: number };
export interface GatheredOf {
  readonly sets: Cut<PopulationComparison>;
  readonly 'critical-path': Cut<CriticalPathTotals>;
}
export type Gathered = GatheredOf[GatherTask['kind']];

/** Which of two sets a trace belongs to; where there is one set it is `a`. */
export type Side = 'a' | 'b';

/** Takes traces in one by one, so that none need be kept. */
export interface Gathering {
  /** Takes in the first trace of a segment. */
  add(side: Side, segment: Segment): void;
  finish(places: number): Gathered;
}

/** Begins a task; its `finish` gives what `GatheredOf` says of its kind. */
export function beginGathering(task: GatherTask): Gathering {
  switch (task.kind) {
    case 'sets': {
      const paths = new PathDictionary();
      const sets = { a: new PopulationBuilder(paths, task), b: new PopulationBuilder(paths, task) };
      return {
        add: (side, segment) => sets[side].add(segment),
        finish(limit) {
          const compared = comparePopulations(paths, sets.a.finish(), sets.b.finish());
          return { ...compared, places: keepPlaces(compared.places, limit, (p) => Math.abs(p.difference.meanDuration) * Math.max(p.a.presence, p.b.presence)), totalPlaces: compared.places.length };
        },
      };
    }
    case 'critical-path': {
      const collector = new CriticalPathCollector();
      return {
        add: (_, segment) => collector.add(buildTraceColumns(segment).columns),
        finish(limit) {
          const totals = collector.totals();
          return { ...totals, places: keepPlaces(totals.places, limit, (p) => p.share), totalPlaces: totals.places.length };
        },
      };
    }
  }
}
