import { labelsKey, labelValue, METRIC_NAME, onlyLabels, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate } from './ast.ts';
import { IdentityCache } from './identity-cache.ts';

/** Which group each label set belongs to, and the groups' labels in order of appearance. */
export interface Grouping {
  readonly groupOf: Int32Array;
  readonly labels: readonly Labels[];
}

/** Groups label sets as `by (…)` or `without (…)` says. Source: promql/engine.go generateGroupingKey. */
export function groupLabels(all: readonly Labels[], expr: Pick<Aggregate, 'grouping' | 'without'>): Grouping {
  const groups = groupsFor(expr);
  const numbers = new Map<Labels, number>();
  const labels: Labels[] = [];
  const groupOf = new Int32Array(all.length);
  for (let i = 0; i < all.length; i++) {
    const group = groups.of(all[i] ?? {});
    let number = numbers.get(group);
    if (number === undefined) {
      numbers.set(group, (number = labels.length));
      labels.push(group);
    }
    groupOf[i] = number;
  }
  return { groupOf, labels };
}

const MAX_GROUPINGS = 64;
const MAX_GROUPS = 20_000;
const MAX_MEMBERS = 100_000;
const groupings = new Map<string, Groups>();

/** What was found out about a grouping is kept for the next query that asks for the same one; the newest few of them. */
function groupsFor({ grouping, without }: Pick<Aggregate, 'grouping' | 'without'>): Groups {
  const key = JSON.stringify([without, ...grouping]);
  const known = groupings.get(key);
  if (known?.isFull === false) {
    groupings.delete(key);
    groupings.set(key, known);
    return known;
  }
  const made = new Groups(grouping, without);
  groupings.delete(key);
  groupings.set(key, made);
  const [oldest] = groupings.keys();
  if (groupings.size > MAX_GROUPINGS && oldest !== undefined) groupings.delete(oldest);
  return made;
}

/** The groups of one grouping: one object for all label sets that fall into the same one. */
class Groups {
  readonly #names: readonly string[];
  readonly #dropped: ReadonlySet<string> | undefined;
  readonly #groups = new Map<string, Labels>();
  readonly #groupOf = new IdentityCache<Labels>(MAX_MEMBERS);

  constructor(names: readonly string[], without: boolean) {
    this.#names = names;
    this.#dropped = without ? new Set([...names, METRIC_NAME]) : undefined;
  }

  /** Whether it holds as many groups as should be kept between queries. */
  get isFull(): boolean {
    return this.#groups.size > MAX_GROUPS;
  }

  of(labels: Labels): Labels {
    return this.#groupOf.get(labels, this.#find);
  }

  readonly #find = (labels: Labels): Labels => {
    const kept = this.#dropped === undefined ? undefined : withoutLabels(labels, this.#dropped);
    const key = kept === undefined ? this.#keyOf(labels) : labelsKey(kept);
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = kept ?? onlyLabels(labels, this.#names)));
    return group;
  };

  #keyOf(labels: Labels): string {
    let key = '';
    for (const name of this.#names) key += `${labelValue(labels, name)}\u0001`;
    return key;
  }
}
