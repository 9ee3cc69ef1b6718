/** Functions of a single value. Source: promql/functions.go. */
export const mathFunctions: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => (value * Math.PI) / 180,
  deg: (value) => (value * 180) / Math.PI,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
};

/** Parts of a UTC date; the argument is Unix seconds. */
export const dateFunctions: Readonly<Record<string, (seconds: number) => number>> = {
  minute: (seconds) => dateOf(seconds).getUTCMinutes(),
  hour: (seconds) => dateOf(seconds).getUTCHours(),
  day_of_week: (seconds) => dateOf(seconds).getUTCDay(),
  day_of_month: (seconds) => dateOf(seconds).getUTCDate(),
  day_of_year: (seconds) => {
    const date = dateOf(seconds);
    return Math.floor((date.getTime() - yearStart(date)) / 86_400_000) + 1;
  },
  days_in_month: (seconds) => {
    const date = dateOf(seconds);
    const next = dateOf(seconds);
    next.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
    return next.getUTCDate();
  },
  month: (seconds) => dateOf(seconds).getUTCMonth() + 1,
  year: (seconds) => dateOf(seconds).getUTCFullYear(),
};

function dateOf(seconds: number): Date {
  return new Date(Math.trunc(seconds) * 1000);
}

function yearStart(date: Date): number {
  const start = new Date(date.getTime());
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  start.setUTCHours(0, 0, 0, 0);
  return start.getTime();
}
