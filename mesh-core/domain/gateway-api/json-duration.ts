import { parseDuration } from '../resources/go-duration.ts';

/** A Go duration as protobuf's JSON writes it, with 0, 3, 6 or 9 digits (`100ms` → `0.100s`); undefined for what is none. */
export function jsonDuration(text: string | undefined): string | undefined {
  const milliseconds = text === undefined ? undefined : parseDuration(text);
  if (milliseconds === undefined) return undefined;
  const [whole = '0', fraction = ''] = (milliseconds / 1000).toFixed(9).split('.');
  const digits = fraction.replace(/0+$/, '').length;
  return digits === 0 ? `${whole}s` : `${whole}.${fraction.slice(0, Math.ceil(digits / 3) * 3)}s`;
}
