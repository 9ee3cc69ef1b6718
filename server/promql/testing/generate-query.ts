import type { Random } from '#mesh-core/runtime/random.ts';

/** What generated queries are made of. Names only: what is not listed is never written. */
export interface QueryGrammar {
  /** Selectors of metrics, without braces, that are sure to be there. */
  readonly counters: readonly string[];
  readonly gauges: readonly string[];
  /** Classic histograms, by the name of their `_bucket` series. */
  readonly buckets: readonly string[];
  /** Those of them that have finite values only, and hardly two alike at a time: for functions that order or take differences. */
  readonly steady: readonly string[];
  /** Labels by which it makes sense to group and match, with some of their values. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Functions by what they take and give. */
  readonly vectorFunctions: readonly string[];
  /** Those whose value for large numbers depends on every last digit of these: they are used for samples only. */
  readonly periodicFunctions: readonly string[];
  readonly counterFunctions: readonly string[];
  readonly rangeFunctions: readonly string[];
  readonly aggregations: readonly string[];
  readonly arithmetic: readonly string[];
  /** A time for `@`, Unix seconds. */
  readonly at: number;
  /** Ranges of subqueries in seconds, and how their steps are written. */
  readonly subqueryRanges: readonly number[];
  readonly subquerySteps: readonly string[];
}

const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='];
const SETS = ['and', 'or', 'unless'];
const RANGES = ['1m', '2m', '5m', '10m', '30m', '90s'];
const NUMBERS = ['0', '1', '2', '0.5', '-3', '10', '1e3', '100', '7.25'];
/** What sums up differences, or orders: not for values that are equal, infinite or none. */
const STEADY_ONLY = /^(std(dev|var)(_over_time)?|topk|bottomk)$/;
const CALENDAR = ['day_of_month', 'day_of_week', 'days_in_month', 'hour', 'minute', 'month', 'year'];

/** Writes PromQL expressions at random from a grammar; the same source of randomness gives the same expressions. */
export class QueryGenerator {
  readonly #random: Random;
  readonly #grammar: QueryGrammar;

  constructor(grammar: QueryGrammar, random: Random) {
    this.#grammar = grammar;
    this.#random = random;
  }

  /** One expression whose value is an instant vector, or now and then a scalar. */
  query(): string {
    return this.#chance(0.08) ? this.#scalar(2) : this.#vector(3);
  }

  #vector(depth: number): string {
    if (depth <= 0) return this.#instant(this.#anyMetric());
    const kinds: readonly [weight: number, make: () => string][] = [
      [2, () => this.#instant(this.#anyMetric())],
      [4, () => this.#aggregate(depth)],
      [4, () => this.#rangeCall(depth)],
      [3, () => this.#call(depth)],
      [4, () => this.#binary(depth)],
      [1, () => this.#quantileOfBuckets(depth)],
      [1, () => `-${this.#operand(depth - 1)}`],
      [0.5, () => `vector(${this.#scalar(depth - 1)})`],
      [0.5, () => this.#absent(depth)],
    ];
    let left = this.#random() * kinds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of kinds) if ((left -= weight) < 0) return make();
    return this.#instant(this.#anyMetric());
  }

  #scalar(depth: number): string {
    const roll = this.#random();
    if (depth <= 0 || roll < 0.6) return this.#pick(NUMBERS);
    if (roll < 0.7) return 'time()';
    if (roll < 0.8) return `scalar(${this.#aggregate(1)})`;
    if (roll < 0.85) return 'pi()';
    return `(${this.#scalar(depth - 1)} ${this.#pick([...this.#grammar.arithmetic, '> bool', '== bool'])} ${this.#scalar(depth - 1)})`;
  }

  #anyMetric(): string {
    const { counters, gauges, buckets } = this.#grammar;
    return this.#pick(this.#chance(0.5) ? gauges : this.#chance(0.8) ? counters : buckets);
  }

  #instant(name: string): string {
    return `${this.#selector(name)}${this.#modifiers()}`;
  }

  #selector(name: string): string {
    const matchers: string[] = [];
    for (const [label, values] of Object.entries(this.#grammar.labels)) if (this.#chance(0.15)) matchers.push(this.#matcher(label, values));
    if (matchers.length === 0) return name;
    return this.#chance(0.1) ? `{${[`__name__="${name}"`, ...matchers].join(',')}}` : `${name}{${matchers.join(',')}}`;
  }

  #matcher(label: string, values: readonly string[]): string {
    const value = this.#pick(values);
    return this.#pick([`${label}="${value}"`, `${label}!="${value}"`, `${label}=~"${value}|${this.#pick(values)}"`, `${label}!~"${value}"`, `${label}=~"${value.slice(0, 1)}.*"`, `${label}!~".+${value.slice(-1)}"`, `${label}=""`, `${label}!=""`]);
  }

  #modifiers(): string {
    const offset = this.#chance(0.12) ? ` offset ${this.#pick(['1m', '5m', '-2m', '10m'])}` : '';
    if (!this.#chance(0.08)) return offset;
    return ` @ ${this.#pick([String(this.#grammar.at), 'start()', 'end()'])}${offset}`;
  }

  #range(depth: number, metric: string): string {
    if (depth > 1 && this.#chance(0.15)) {
      const range = `[${this.#pick(this.#grammar.subqueryRanges)}s:${this.#pick(this.#grammar.subquerySteps)}]`;
      return `${this.#subqueryOperand(depth)}${range}${this.#modifiers()}`;
    }
    return `${this.#selector(metric)}[${this.#pick(RANGES)}]${this.#modifiers()}`;
  }

  #subqueryOperand(depth: number): string {
    const inner = this.#vector(depth - 2);
    return /^[a-z_]+(\{[^}]*\})?$/.test(inner) ? inner : `(${inner})`;
  }

  #rangeCall(depth: number): string {
    const { gauges, counters, steady, counterFunctions, rangeFunctions } = this.#grammar;
    const func = this.#pick(this.#chance(0.5) ? counterFunctions : rangeFunctions);
    const metric = this.#pick(STEADY_ONLY.test(func) ? steady : counterFunctions.includes(func) || this.#chance(0.3) ? counters : gauges);
    // The rate of anything but a counter depends on how it is extrapolated towards 0.
    const range = this.#range(STEADY_ONLY.test(func) || func === 'rate' || func === 'increase' ? 1 : depth, metric);
    if (func === 'quantile_over_time') return `quantile_over_time(${this.#pick(['0', '0.25', '0.5', '0.9', '1'])}, ${range})`;
    return func === 'predict_linear' ? `predict_linear(${range.replace(/ @ [\w()]+/, '')}, ${this.#pick(['60', '3600', '-600'])})` : `${func}(${range})`;
  }

  #call(depth: number): string {
    const inner = this.#vector(depth - 1);
    const [label, other] = [this.#label(), this.#label()];
    switch (this.#pick(['plain', 'plain', 'periodic', 'clamp', 'round', 'calendar', 'label_replace', 'label_join', 'timestamp', 'sort'])) {
      case 'clamp':
        return this.#pick([`clamp(${inner}, ${this.#pick(['-5', '0', '3'])}, ${this.#scalar(1)})`, `clamp_min(${inner}, ${this.#scalar(1)})`, `clamp_max(${inner}, ${this.#scalar(1)})`]);
      case 'periodic':
        return `${this.#pick(this.#grammar.periodicFunctions)}(${this.#instant(this.#anyMetric())} % 7)`;
      case 'round':
        return this.#chance(0.5) ? `round(${inner})` : `round(${inner}, ${this.#pick(['5', '0.5', '10'])})`;
      case 'calendar':
        return `${this.#pick(CALENDAR)}(${this.#chance(0.3) ? '' : `timestamp(${inner})`})`;
      case 'label_replace':
        return `label_replace(${inner}, "${this.#pick(['copy', label])}", "${this.#pick(['$1', 'x-$1', '', '${1}y'])}", "${other}", "${this.#pick(['(.*)', '(.).*', 'nothing', '.+'])}")`;
      case 'label_join':
        return `label_join(${inner}, "joined", "${this.#pick(['', '-', '/'])}", "${label}", "${other}")`;
      case 'timestamp':
        return `timestamp(${this.#chance(0.6) ? this.#instant(this.#anyMetric()) : inner})`;
      case 'sort':
        return `${this.#pick(['sort', 'sort_desc'])}(${inner})`;
      default:
        return `${this.#pick(this.#grammar.vectorFunctions)}(${inner})`;
    }
  }

  #quantileOfBuckets(depth: number): string {
    const rate = `rate(${this.#selector(this.#pick(this.#grammar.buckets))}[${this.#pick(RANGES)}]${this.#modifiers()})`;
    const by = depth > 1 && this.#chance(0.6) ? `sum by (${['le', ...this.#labels()].join(', ')}) (${rate})` : rate;
    return `histogram_quantile(${this.#pick(['0', '0.5', '0.9', '0.99', '1'])}, ${by})`;
  }

  #absent(depth: number): string {
    return this.#chance(0.5) ? `absent(${this.#selector(this.#pick(['missing', this.#anyMetric()]))})` : `absent_over_time(${this.#range(depth, this.#pick(['missing', this.#anyMetric()]))})`;
  }

  #aggregate(depth: number): string {
    const op = this.#pick(this.#grammar.aggregations);
    const by = this.#chance(0.3) ? '' : ` ${this.#pick(['by', 'without'])} (${this.#labels().join(', ')})`;
    const param = op === 'topk' || op === 'bottomk' || op === 'limitk' ? `${this.#pick(['1', '2', '3', '5', '0'])}, ` : op === 'quantile' ? `${this.#pick(['0', '0.3', '0.5', '0.95', '1'])}, ` : op === 'count_values' ? '"value", ' : '';
    const inner = `(${param}${this.#aggregated(op, depth)})`;
    return this.#chance(0.5) ? `${op}${by} ${inner}` : `${op}${inner}${by}`;
  }

  #aggregated(op: string, depth: number): string {
    if (STEADY_ONLY.test(op)) return this.#instant(this.#pick(this.#grammar.steady));
    // As labels, values are compared by their digits.
    return op === 'count_values' ? `round(${this.#instant(this.#anyMetric())})` : this.#vector(depth - 1);
  }

  #binary(depth: number): string {
    const roll = this.#random();
    if (roll < 0.15) return `${this.#operand(depth - 1)} ${this.#pick(SETS)}${this.#matching(false)} ${this.#operand(depth - 1)}`;
    const comparison = this.#chance(0.3);
    const op = comparison ? `${this.#pick(COMPARISONS)}${this.#chance(0.4) ? ' bool' : ''}` : this.#pick(this.#grammar.arithmetic);
    if (roll < 0.35) return `${this.#operand(depth - 1)} ${op} ${this.#scalar(1)}`;
    if (roll < 0.5) return `${this.#scalar(1)} ${op} ${this.#operand(depth - 1)}`;
    if (roll < 0.75) {
      // Both sides grouped alike: one to one.
      const labels = this.#labels().join(', ');
      const side = (): string => `${this.#pick(['sum', 'max', 'avg', 'count'])} by (${labels}) (${this.#vector(depth - 1)})`;
      return `${side()} ${op}${this.#chance(0.5) ? ` on (${labels})` : ''} ${side()}`;
    }
    if (roll < 0.9) {
      const labels = this.#labels();
      const one = `max by (${labels.join(', ')}) (${this.#vector(depth - 1)})`;
      const many = this.#operand(depth - 1);
      return this.#chance(0.5) ? `${many} ${op} on (${labels.join(', ')}) group_left () ${one}` : `${one} ${op} on (${labels.join(', ')}) group_right () ${many}`;
    }
    return `${this.#operand(depth - 1)} ${op}${this.#matching(true)} ${this.#operand(depth - 1)}`;
  }

  #matching(grouping: boolean): string {
    if (this.#chance(0.4)) return '';
    const labels = this.#labels();
    const base = ` ${this.#pick(['on', 'ignoring'])} (${labels.join(', ')})`;
    if (!grouping || this.#chance(0.5)) return base;
    const include = Object.keys(this.#grammar.labels).filter((label) => !labels.includes(label) && this.#chance(0.3));
    return `${base} ${this.#pick(['group_left', 'group_right'])} (${base.startsWith(' on') ? include.join(', ') : ''})`;
  }

  /** An operand that needs no thought about precedence. */
  #operand(depth: number): string {
    const inner = this.#vector(depth);
    return / /.test(inner) ? `(${inner})` : inner;
  }

  #label(): string {
    return this.#pick(Object.keys(this.#grammar.labels));
  }

  #labels(): string[] {
    const all = Object.keys(this.#grammar.labels).filter(() => this.#chance(0.4));
    return all.length === 0 ? [this.#label()] : all;
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#random() * from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}
