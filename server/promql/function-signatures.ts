import type { ValueType } from './ast.ts';

/** What a function takes and gives. Source: Prometheus promql/parser/functions.go. */
export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** 0: exactly `args`; n > 0: the last of `args` is optional and up to n of it may follow; -1: any number of it. */
  readonly variadic: number;
  readonly returns: ValueType;
  readonly experimental: boolean;
}

const V = 'vector';
const S = 'scalar';
const M = 'matrix';
const T = 'string';

const signatures = new Map<string, FunctionSignature>();

function define(names: string, args: readonly ValueType[], options: { variadic?: number; returns?: ValueType; experimental?: boolean } = {}): void {
  for (const name of names.split(' ')) {
    signatures.set(name, { args, variadic: options.variadic ?? 0, returns: options.returns ?? V, experimental: options.experimental ?? false });
  }
}

define('abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp', [V]);
define('histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar', [V]);
define('absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time max_over_time min_over_time', [M]);
define('present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time', [M]);
define('mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time', [M], { experimental: true });
define('days_in_month day_of_month day_of_week day_of_year hour minute month year', [V], { variadic: 1 });
define('clamp', [V, S, S]);
define('clamp_max clamp_min', [V, S]);
define('round', [V, S], { variadic: 1 });
define('scalar', [V], { returns: S });
define('vector', [S]);
define('time pi', [], { returns: S });
define('start end range step', [], { returns: S, experimental: true });
define('min_of max_of', [S, S], { returns: S, experimental: true });
define('start_timestamp', [V], { experimental: true });
define('histogram_fraction', [S, S, V]);
define('histogram_quantile', [S, V]);
define('histogram_quantiles', [V, T, S, S], { variadic: 9, experimental: true });
define('quantile_over_time', [S, M]);
define('predict_linear', [M, S]);
define('double_exponential_smoothing', [M, S, S], { experimental: true });
define('label_replace', [V, T, T, T, T]);
define('label_join', [V, T, T, T], { variadic: -1 });
define('sort_by_label sort_by_label_desc', [V, T], { variadic: -1, experimental: true });
define('info', [V, V], { variadic: 1, experimental: true });

/** The signature of a function; undefined when there is no such function. */
export function functionSignature(name: string): FunctionSignature | undefined {
  return signatures.get(name);
}
