/** Units a number can be shown in. `ratio` is 0..1 and shown in percent. */
export type Unit = 'count' | 'rps' | 'ops' | 'ms' | 's' | 'bytes' | 'bytesPerSecond' | 'ratio' | 'percent' | 'cores' | 'none';

/** No data: never 0. */
export const NO_DATA = '—';
const THIN = '\u2009';

export interface FormattedNumber {
  readonly value: string;
  /** Empty for plain numbers. */
  readonly unit: string;
}

/**
 * A number as people read it: 3 significant digits and a scaled unit. Takes milliseconds for `ms`, seconds for `s`,
 * 0..1 for `ratio`. `null`, `undefined` and NaN are "no data" (`—`); infinities are shown as such.
 */
export function formatParts(value: number | null | undefined, unit: Unit = 'none'): FormattedNumber {
  if (value === null || value === undefined || Number.isNaN(value)) return { value: NO_DATA, unit: '' };
  if (!Number.isFinite(value)) return { value: value > 0 ? '∞' : '−∞', unit: '' };
  switch (unit) {
    case 'ms':
      return formatSeconds(value / 1000);
    case 's':
      return formatSeconds(value);
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
    case 'bytesPerSecond':
      return scaled(value, 1024, ['B/s', 'KiB/s', 'MiB/s', 'GiB/s', 'TiB/s']);
    case 'ratio':
      return { value: significant(value * 100), unit: '%' };
    case 'percent':
      return { value: significant(value), unit: '%' };
    case 'rps':
      return scaled(value, 1000, ['rps', 'k rps', 'M rps', 'G rps']);
    case 'ops':
      return scaled(value, 1000, ['/s', 'k/s', 'M/s', 'G/s']);
    case 'cores':
      return Math.abs(value) < 1 && value !== 0 ? { value: significant(value * 1000), unit: 'mCPU' } : { value: significant(value), unit: 'CPU' };
    case 'count':
    case 'none':
      return scaled(value, 1000, ['', 'k', 'M', 'G', 'T']);
  }
}

/** `formatParts` joined by a thin space: `1.24 ms`, `832 rps`, `3.2 %`, `12.4 k`. */
export function formatNumber(value: number | null | undefined, unit: Unit = 'none'): string {
  const parts = formatParts(value, unit);
  return parts.unit === '' ? parts.value : `${parts.value}${THIN}${parts.unit}`;
}

/** Ticks of one axis share a scale and decimals, so that they compare: 0, 250 ms, 500 ms, 750 ms (not 0, 250 ms, 0.5 s). */
export function axisFormatter(max: number, unit: Unit): (value: number) => string {
  if (unit === 'ms' || unit === 's') {
    const seconds = unit === 'ms' ? max / 1000 : max;
    const [factor, name] = timeScale(seconds);
    const toSeconds = unit === 'ms' ? 1 / 1000 : 1;
    return (value) => (value === 0 ? '0' : `${trimmed((value * toSeconds) / factor)}${THIN}${name}`);
  }
  return (value) => (value === 0 ? '0' : formatNumber(value, unit));
}

/** Three significant digits with no needless zeros: 0.000123, 1.24, 12.4, 832, 12,400. */
export function significant(value: number): string {
  if (value === 0 || Object.is(value, -0)) return '0';
  const text = Math.abs(value) >= 1000 ? new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(Number(value.toPrecision(3))) : trimmed(Number(value.toPrecision(3)));
  return text.replace('-', '−');
}

function trimmed(value: number): string {
  return Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential(1) : String(Number(value.toPrecision(6)));
}

function scaled(value: number, base: number, units: readonly string[]): FormattedNumber {
  let index = 0;
  let rest = value;
  // Rounding first: 999.6 must become "1 k", not "1,000".
  while (index < units.length - 1 && Math.abs(Number(rest.toPrecision(3))) >= base) {
    rest /= base;
    index += 1;
  }
  const unit = units[index] ?? '';
  return { value: significant(rest), unit };
}

function timeScale(seconds: number): readonly [factor: number, name: string] {
  const s = Number(Math.abs(seconds).toPrecision(3));
  if (s === 0) return [1 / 1000, 'ms'];
  if (s < 1e-6) return [1e-9, 'ns'];
  if (s < 1e-3) return [1e-6, 'µs'];
  if (s < 1) return [1e-3, 'ms'];
  if (s < 120) return [1, 's'];
  if (s < 7200) return [60, 'min'];
  if (s < 172_800) return [3600, 'h'];
  return [86_400, 'd'];
}

function formatSeconds(seconds: number): FormattedNumber {
  const [factor, unit] = timeScale(seconds);
  return { value: significant(seconds / factor), unit };
}
