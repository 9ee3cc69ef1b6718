/** A UTC date in the proleptic Gregorian calendar. Months from 1, days of the week from Sunday = 0. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  readonly dayOfWeek: number;
  readonly hour: number;
  readonly minute: number;
}

const DAY_SECONDS = 86_400;
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** The earliest second Go's calendar knows; what lies before it comes out at the other end of the 64 bits. */
const EARLIEST = -9223371966579724800n;

/**
 * The date of a Unix time in seconds, fractions cut off. Any number has one: what no 64-bit integer can hold (NaN too) is
 * taken for the smallest of them, as Go on amd64 does. Source of the algorithm: Howard Hinnant, chrono-compatible low-level
 * date algorithms (civil_from_days).
 */
export function civilDate(seconds: number): CivilDate {
  const { days, rest } = split(seconds);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayFromMarch = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
  const day = dayFromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return {
    year,
    month,
    day,
    dayOfYear: (DAYS_BEFORE[month - 1] ?? 0) + day + (month > 2 && isLeap(year) ? 1 : 0),
    dayOfWeek: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
  };
}

/** How many days the month of a date has. */
export function daysInMonth({ year, month }: CivilDate): number {
  return month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function split(seconds: number): { readonly days: number; readonly rest: number } {
  const whole = Math.trunc(seconds);
  if (Number.isSafeInteger(whole)) {
    const days = Math.floor(whole / DAY_SECONDS);
    return { days, rest: whole - days * DAY_SECONDS };
  }
  const exact = Math.abs(whole) < 2 ** 63 ? BigInt(whole) : -(2n ** 63n);
  const inRange = exact < EARLIEST ? exact + 2n ** 64n : exact;
  const perDay = BigInt(DAY_SECONDS);
  const rest = ((inRange % perDay) + perDay) % perDay;
  return { days: Number((inRange - rest) / perDay), rest: Number(rest) };
}
