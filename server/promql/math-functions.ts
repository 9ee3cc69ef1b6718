import { civilDate, daysInMonth } from './civil-date.ts';
import { goLog10, goLog2 } from './go-math.ts';

/** Functions of a single value. Source: promql/functions.go. */
export const mathFunctions: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: goLog2,
  log10: goLog10,
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
  minute: (seconds) => civilDate(seconds).minute,
  hour: (seconds) => civilDate(seconds).hour,
  day_of_week: (seconds) => civilDate(seconds).dayOfWeek,
  day_of_month: (seconds) => civilDate(seconds).day,
  day_of_year: (seconds) => civilDate(seconds).dayOfYear,
  days_in_month: (seconds) => daysInMonth(civilDate(seconds)),
  month: (seconds) => civilDate(seconds).month,
  year: (seconds) => civilDate(seconds).year,
};
