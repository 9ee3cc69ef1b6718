'use client';

import { setPreference, usePreferences } from '#components/shell/preferences.ts';

/** A moment (Unix ms) to the millisecond; pressing it changes between local time and UTC, everywhere. */
export function MomentText({ ms, date = false }: { readonly ms: number; readonly date?: boolean }) {
  const { zone } = usePreferences();
  return (
    <button type="button" onClick={() => setPreference('zone', zone === 'utc' ? 'local' : 'utc')} title={`${new Date(ms).toISOString()}. Press for ${zone === 'utc' ? 'local time' : 'UTC'}.`} className="whitespace-nowrap tabular-nums hover:underline">
      <time dateTime={new Date(ms).toISOString()}>{momentText(ms, zone, date)}</time>
    </button>
  );
}

/** `20:15:03.120`, with the date before it when asked for, and with `UTC` after it in that zone. */
export function momentText(ms: number, zone: 'local' | 'utc', date: boolean): string {
  const text = new Intl.DateTimeFormat('en-GB', {
    ...(date ? { day: 'numeric', month: 'short', year: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  }).format(ms);
  return zone === 'utc' ? `${text} UTC` : text;
}
