'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { Box, Clock, FileCode2, GitBranch, Moon, Pause, Play, Plus, Route, Search, Sun, Workflow } from 'lucide-react';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { PRESETS } from '#components/time/time-window.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { scrimClass } from '#components/ui/dialog.tsx';
import { Kbd } from '#components/ui/kbd.tsx';
import { Spinner } from '#components/ui/spinner.tsx';
import type { SearchHit } from '#server/inventory/schemas.ts';
import { NAV_ITEMS } from './nav-items.ts';
import { setPreference, useDarkTheme } from './preferences.ts';
import { searchQuery, traceIdIn } from './search-hits.ts';
import { useAppNavigate } from './use-app-navigate.ts';

export interface CommandPaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Ctrl+K: pages, objects of the mesh, times and commands by typing a few letters. */
export function CommandPalette({ open, onOpenChange }: CommandPaletteProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className={scrimClass} />
        <Base.Popup aria-label="Search or go to" className="popup-motion fixed top-[14vh] left-1/2 z-50 w-[600px] max-w-[calc(100vw-32px)] -translate-x-1/2 overflow-hidden rounded-panel border border-line bg-overlay shadow-overlay outline-none">
          <PaletteBody onDone={() => onOpenChange(false)} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

const groupClass = '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-axis [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-fg-tertiary';
const HIT_ICONS: Record<SearchHit['kind'], ReactNode> = { service: <Workflow />, workload: <Box />, rollout: <GitBranch />, config: <FileCode2 /> };

function PaletteBody({ onDone }: { readonly onDone: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState('');
  const [leader, setLeader] = useState<string>();
  const q = useDeferredValue(text.trim());
  const { data: hits = [], isFetching } = useQuery(searchQuery(q));
  const navigate = useAppNavigate();
  const range = useTimeRange();
  const dark = useDarkTheme();
  const run = (action: () => void) => () => {
    onDone();
    action();
  };
  const traceId = traceIdIn(text);
  // Hits arrive after the letters: what then stands first is what Enter opens.
  const first = traceId !== undefined ? `trace ${traceId}` : text.trim().startsWith('{') ? `search ${text}` : q === '' ? undefined : hits[0]?.href;
  if (first !== leader) {
    setLeader(first);
    if (first !== undefined) setChosen(first);
  }
  return (
    <Command label="Search or go to" loop value={chosen} onValueChange={setChosen}>
      <div className="flex h-11 items-center gap-2 border-b border-line px-3">
        <Search className="size-4 text-fg-tertiary" aria-hidden />
        <Command.Input value={text} onValueChange={setText} autoFocus placeholder="A service, workload, config object, trace id, page…" className="h-full min-w-0 flex-1 bg-transparent text-section outline-none placeholder:text-fg-tertiary" />
        {isFetching && q !== '' && <Spinner />}
        <Kbd>Esc</Kbd>
      </div>
      <Command.List className="max-h-[min(420px,60vh)] overflow-y-auto p-1">
        {hits.length === 0 && traceId === undefined && <Command.Empty className="px-3 py-6 text-center text-body text-fg-secondary">Nothing is called that. Names of services, workloads and config objects are searched.</Command.Empty>}
        {traceId !== undefined && (
          <Command.Group heading="Trace" className={groupClass} forceMount>
            <Row forceMount value={`trace ${traceId}`} icon={<Route />} label={<>Open trace <span className="font-mono text-label">{traceId}</span></>} onSelect={run(() => navigate(paths.trace(traceId)))} />
          </Command.Group>
        )}
        {text.trim().startsWith('{') && (
          <Command.Group heading="Traces" className={groupClass} forceMount>
            <Row forceMount value={`search ${text}`} icon={<Route />} label={<>Search traces for <span className="font-mono text-label">{text.trim()}</span></>} onSelect={run(() => navigate(paths.traces(text.trim())))} />
          </Command.Group>
        )}
        {q !== '' && hits.length > 0 && (
          <Command.Group heading="In the mesh" className={groupClass} forceMount>
            {hits.map((hit) => (
              <Row key={hit.href} forceMount value={hit.href} icon={HIT_ICONS[hit.kind]} label={hit.label} note={hit.detail} onSelect={run(() => navigate(hit.href))} />
            ))}
          </Command.Group>
        )}
        <Command.Group heading="Go to" className={groupClass}>
          {NAV_ITEMS.map((item) => (
            <Row key={item.href} value={item.label} keywords={[...item.words]} icon={<item.icon />} label={item.label} keys={['g', item.letter]} onSelect={run(() => navigate(item.href))} />
          ))}
        </Command.Group>
        <Command.Group heading="Do" className={groupClass}>
          <Row value="New configuration object" keywords={['create', 'yaml']} icon={<Plus />} label="New configuration object" onSelect={run(() => navigate(paths.configNew()))} />
          <Row value="New rollout" keywords={['canary', 'create', 'wizard']} icon={<Plus />} label="New rollout" onSelect={run(() => navigate(paths.rolloutNew()))} />
          <Row value="Traces with errors" keywords={['failed', 'spans', 'traceql']} icon={<Route />} label="Traces with errors" onSelect={run(() => navigate(paths.traces('{ status = error }')))} />
          <Row value="Slow traces" keywords={['latency', 'duration', 'longest']} icon={<Route />} label="Slowest traces" onSelect={run(() => navigate(withParams(paths.traces(), { sort: 'longest' })))} />
          <Row value="Live tail of traces" keywords={['stream', 'follow']} icon={<Route />} label="Live tail of traces" onSelect={run(() => navigate(withParams(paths.traces(), { tail: 'true' })))} />
          <Row value={range.live ? 'Pause' : 'Go live'} keywords={['time', 'live', 'stop']} icon={range.live ? <Pause /> : <Play />} label={range.live ? 'Pause at this moment' : 'Go live'} keys={['p']} onSelect={run(range.live ? range.pause : range.resume)} />
          <Row value="Theme" keywords={['dark', 'light', 'colour']} icon={dark ? <Sun /> : <Moon />} label={dark ? 'Use the light theme' : 'Use the dark theme'} onSelect={run(() => setPreference('theme', dark ? 'light' : 'dark'))} />
        </Command.Group>
        {q !== '' && (
          <Command.Group heading="Time" className={groupClass}>
            {PRESETS.map((preset) => (
              <Row key={preset.beforeMs} value={preset.label} keywords={['time', 'range']} icon={<Clock />} label={preset.label} onSelect={run(() => range.setRelative(preset.beforeMs))} />
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command>
  );
}

interface RowProps {
  readonly value: string;
  readonly keywords?: string[];
  readonly icon: ReactNode;
  readonly label: ReactNode;
  readonly note?: string;
  readonly keys?: readonly string[];
  readonly forceMount?: boolean;
  readonly onSelect: () => void;
}

function Row({ value, keywords = [], icon, label, note, keys, forceMount = false, onSelect }: RowProps) {
  return (
    <Command.Item value={value} keywords={keywords} forceMount={forceMount} onSelect={onSelect} className="flex h-8 items-center gap-2 rounded-control px-2 text-body data-[selected=true]:bg-active [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-fg-tertiary">
      {icon}
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {note !== undefined && <span className="max-w-[60%] min-w-0 truncate text-label text-fg-tertiary">{note}</span>}
      {keys !== undefined && (
        <span className="flex gap-0.5" aria-hidden>
          {keys.map((key, index) => (
            // A sequence may repeat a key: g g.
            <Kbd key={`${index}${key}`}>{key}</Kbd>
          ))}
        </span>
      )}
    </Command.Item>
  );
}
