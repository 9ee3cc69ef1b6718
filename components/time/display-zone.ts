let utc = false;

/** Tells in which zone people want times of day; the preferences call it when they are read or changed. */
export function setDisplayZone(zone: 'local' | 'utc'): void {
  utc = zone === 'utc';
}

/** The zone for `Intl`: `UTC`, or the reader's own (`undefined`). */
export function displayZone(): string | undefined {
  return utc ? 'UTC' : undefined;
}

/** How far the shown zone is ahead of UTC at `ms`, in ms: for ticks on round times of its clock. */
export function zoneOffsetMs(ms: number): number {
  return utc ? 0 : -new Date(ms).getTimezoneOffset() * 60_000;
}

/** Unix ms as a `datetime-local` field holds it, in the shown zone. */
export function toZoneInput(ms: number): string {
  return new Date(ms + zoneOffsetMs(ms)).toISOString().slice(0, 19);
}

/** Unix ms of what a `datetime-local` field holds; NaN when it is empty. */
export function fromZoneInput(text: string): number {
  return text === '' ? Number.NaN : Date.parse(utc ? `${text}Z` : text);
}
