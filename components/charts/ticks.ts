import { displayZone } from '#components/time/display-zone.ts';

/** Round values from 0 (or below) to at least `max`, about `count` of them. Steps are 1, 2, 5 × 10ⁿ, or ×2ⁿ for bytes. */
export function niceTicks(min: number, max: number, count = 4, binary = false): readonly number[] {
  const low = Math.min(0, min);
  const high = max > low ? max : low + 1;
  const raw = (high - low) / count;
  const step = binary ? binaryStep(raw) : decimalStep(raw);
  const first = Math.floor(low / step) * step;
  const ticks: number[] = [];
  for (let i = 0; ; i += 1) {
    // Multiplied, not added up: sums of 0.1 drift.
    const tick = Number((first + i * step).toPrecision(12));
    ticks.push(tick);
    if (tick >= high || i > 50) return ticks;
  }
}

function decimalStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const fraction = raw / power;
  return (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 2.5 ? 2.5 : fraction <= 5 ? 5 : 10) * power;
}

function binaryStep(raw: number): number {
  return raw < 1 ? decimalStep(raw) : 2 ** Math.ceil(Math.log2(raw));
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/** Instants (Unix ms) on round local clock times inside the window, at most `count`. `offsetMs` is the zone's offset from UTC. */
export function timeTicks(fromMs: number, toMs: number, count: number, offsetMs: number): readonly number[] {
  const step = (TIME_STEPS.find((s) => (toMs - fromMs) / 1000 / s <= count) ?? 604_800) * 1000;
  const ticks: number[] = [];
  for (let t = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; t <= toMs; t += step) ticks.push(t);
  return ticks;
}

/** A tick's text: seconds only when ticks are closer than a minute, the day when they are a day apart. */
export function timeTickText(ms: number, spanMs: number, zone = displayZone()): string {
  const inZone = zone === undefined ? {} : { timeZone: zone };
  if (spanMs > 3 * 86_400_000) return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...inZone }).format(ms);
  const seconds = spanMs <= 5 * 60_000 ? { second: '2-digit' as const } : {};
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...seconds, hourCycle: 'h23', ...inZone }).format(ms);
}
