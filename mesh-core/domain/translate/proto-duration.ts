import { parseDuration } from '../resources/go-duration.ts';

/** A Go duration (`100ms`, `1m`) as proto3 JSON writes it (`0.1s`, `60s`); undefined when it is absent or unreadable. */
export function protoDuration(text: string | undefined): string | undefined {
  const milliseconds = text === undefined ? undefined : parseDuration(text);
  return milliseconds === undefined ? undefined : `${Number((milliseconds / 1000).toFixed(9))}s`;
}
