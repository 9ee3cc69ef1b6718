'use client';

import { Pause, Play, RotateCw } from 'lucide-react';
import { useConnection } from '#components/shell/use-server-events.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Status } from '#components/status/status.ts';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { Tooltip } from '#components/ui/tooltip.tsx';
import { formatDuration } from './time-boundary.ts';
import { REFRESH_CHOICES } from './search-params.ts';
import { useTick } from './time-provider.tsx';
import { useClock } from './use-clock.ts';
import { useTimeRange } from './use-time-range.ts';

/** Live (and how fresh) or paused; pressing changes over. Beside it, refresh now and how often. */
export function LiveToggle() {
  const range = useTimeRange();
  const { status, text, title } = useFreshness(range.live, range.refreshSeconds);
  return (
    <div className="flex items-center">
      <Tooltip content={title} keys={['p']}>
        <Button variant="ghost" onClick={range.live ? range.pause : range.resume} aria-pressed={range.live} className="tabular-nums">
          {range.live ? <StatusGlyph status={status} quiet size={12} /> : <Play />}
          <span className="max-lg:hidden">{text}</span>
          <span className="lg:hidden">{range.live ? 'Live' : 'Paused'}</span>
          {range.live && <Pause className="text-fg-tertiary" aria-hidden />}
        </Button>
      </Tooltip>
      <IconButton label="Refresh now" keys={['r']} icon={<RotateCw />} onClick={range.refreshNow} disabled={!range.live} className="max-lg:hidden [&_svg]:size-3.5" />
      <Menu
        trigger={
          <Button variant="ghost" aria-label={`Refresh interval: ${intervalText(range.refreshSeconds)}`} className="px-1.5 text-fg-tertiary tabular-nums">
            {intervalText(range.refreshSeconds)}
          </Button>
        }
        entries={[
          { kind: 'heading', label: 'Refresh every' },
          ...REFRESH_CHOICES.map((seconds) => ({ kind: 'choice' as const, label: intervalText(seconds), checked: seconds === range.refreshSeconds, onSelect: () => range.setRefresh(seconds) })),
        ]}
      />
    </div>
  );
}

function intervalText(seconds: number): string {
  return seconds === 0 ? 'Off' : formatDuration(seconds * 1000);
}

/** How old what the page shows is. Stale after three intervals without a scrape. */
function useFreshness(live: boolean, refreshSeconds: number): { status: Status; text: string; title: string } {
  const { state, lastScrapeMs } = useConnection();
  const { nowMs } = useTick();
  const clock = useClock();
  if (!live) return { status: 'idle', text: 'Paused', title: 'Go live' };
  const newest = Math.max(nowMs, refreshSeconds > 0 ? 0 : (lastScrapeMs ?? 0));
  const age = Math.max(0, Math.round((clock - newest) / 1000));
  const scrapeAge = lastScrapeMs === undefined ? 0 : (clock - lastScrapeMs) / 1000;
  if (state === 'lost') return { status: 'degraded', text: 'Reconnecting', title: 'The live line to the server is down; it is tried again by itself. Press to pause.' };
  if (scrapeAge > 3 * Math.max(refreshSeconds, 15)) return { status: 'degraded', text: `Stale · ${formatDuration(scrapeAge * 1000)}`, title: 'No metrics were scraped for a while. Press to pause.' };
  return { status: 'healthy', text: `Live · ${age}\u2009s ago`, title: 'Pause at this moment' };
}
