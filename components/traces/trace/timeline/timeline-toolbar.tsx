'use client';

import { CircleHelp, Filter, FoldVertical, Layers, Settings2, ZoomOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { Button } from '#components/ui/button.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Menu, type MenuEntry } from '#components/ui/menu.tsx';
import { Popover } from '#components/ui/popover.tsx';
import type { TraceAnalysis } from '../model/trace-analysis.ts';
import type { TraceModel } from '../model/trace-model.ts';
import type { TimelineState } from './use-timeline.ts';

export interface TimelineToolbarProps {
  readonly model: TraceModel;
  readonly analysis: TraceAnalysis;
  readonly timeline: TimelineState;
  readonly matches: Int32Array | undefined;
  readonly find: ReactNode;
  readonly onHelp: () => void;
}

/** Shares of the trace's duration that can be asked for at least, percent. */
const SLOWER = [1, 5, 10, 25, 50];

/** What is shown and how, above the rows. Each of its choices has a key or is in the URL. */
export function TimelineToolbar({ model, analysis, timeline, matches, find, onHelp }: TimelineToolbarProps) {
  const { params } = timeline;
  const filterText = [params.only === 'errors' ? 'errors' : params.only === 'path' ? 'critical path' : params.only === 'matches' ? 'matches' : undefined, params.slower === null ? undefined : `≥ ${params.slower} %`].filter((text) => text !== undefined);
  return (
    <div className="@container flex min-h-10 shrink-0 flex-wrap items-center gap-x-1.5 gap-y-1 border-b border-line px-3 py-1">
      {find}
      <Menu
        align="start"
        trigger={
          <Button icon={<Filter />} aria-pressed={timeline.filtered}>
            {filterText.length === 0 ? 'All spans' : `Only ${filterText.join(', ')}`}
          </Button>
        }
        entries={filterEntries(timeline, model, matches)}
      />
      <ServicePicker model={model} timeline={timeline} />
      <Menu align="start" trigger={<Button icon={<FoldVertical />}><Wide>Collapse</Wide></Button>} entries={collapseEntries(timeline, model, matches)} />
      <Menu align="start" trigger={<Button icon={<Settings2 />}><Wide>Display</Wide></Button>} entries={displayEntries(timeline, model, analysis)} />
      {model.errors.length > 0 && <Button onClick={() => timeline.step(model.errors, 1)} title="e next, E previous">{`Next error · ${formatNumber(model.errors.length)}`}</Button>}
      <span className="ml-auto flex items-center gap-0.5 pl-1">
        {timeline.rootRow !== -1 && <Button onClick={() => void timeline.setParams({ root: null })}>Whole tree</Button>}
        {params.range !== null && (
          <Button icon={<ZoomOut />} onClick={() => timeline.setRange(undefined)}>
            Whole trace
          </Button>
        )}
        <IconButton label="Keys" keys={['?']} icon={<CircleHelp />} onClick={onHelp} />
      </span>
    </div>
  );
}

function filterEntries({ params, setParams }: TimelineState, model: TraceModel, matches: Int32Array | undefined): MenuEntry[] {
  return [
    { kind: 'choice', label: 'All spans', checked: params.only === null && params.slower === null, onSelect: () => void setParams({ only: null, slower: null }) },
    { kind: 'heading', label: 'With what is above them' },
    { kind: 'choice', label: `Matches of find${matches === undefined ? '' : ` (${matches.length})`}`, checked: params.only === 'matches', onSelect: () => void setParams({ only: params.only === 'matches' ? null : 'matches' }) },
    { kind: 'choice', label: `Errors (${model.errors.length})`, checked: params.only === 'errors', onSelect: () => void setParams({ only: params.only === 'errors' ? null : 'errors' }) },
    { kind: 'choice', label: 'Critical path', checked: params.only === 'path', onSelect: () => void setParams({ only: params.only === 'path' ? null : 'path' }) },
    { kind: 'heading', label: 'At least of the trace’s time' },
    ...SLOWER.map((percent): MenuEntry => ({ kind: 'choice', label: `${percent} %`, checked: params.slower === percent, onSelect: () => void setParams({ slower: params.slower === percent ? null : percent }) })),
  ];
}

function collapseEntries(timeline: TimelineState, model: TraceModel, matches: Int32Array | undefined): MenuEntry[] {
  return [
    { kind: 'action', label: 'All', note: <Key>[</Key>, onSelect: () => timeline.collapseTo(0) },
    { kind: 'action', label: 'Nothing', note: <Key>]</Key>, onSelect: () => timeline.collapseTo('open') },
    { kind: 'action', label: 'One level less', note: <Key>−</Key>, onSelect: timeline.collapseLevel },
    { kind: 'action', label: 'One level more', note: <Key>+</Key>, onSelect: timeline.expandLevel },
    { kind: 'heading', label: 'Down to level' },
    ...[1, 2, 3, 5].filter((level) => level < model.levels).map((level): MenuEntry => ({ kind: 'action', label: String(level), onSelect: () => timeline.collapseTo(level) })),
    { kind: 'heading', label: 'Keep open only the ways to' },
    { kind: 'action', label: 'Matches', disabled: matches === undefined || matches.length === 0, onSelect: () => timeline.collapseTo('matches') },
    { kind: 'action', label: 'Errors', disabled: model.errors.length === 0, onSelect: () => timeline.collapseTo('errors') },
    { kind: 'action', label: 'The critical path', onSelect: () => timeline.collapseTo('path') },
  ];
}

function displayEntries({ params, setParams, hopsOn, selected }: TimelineState, model: TraceModel, analysis: TraceAnalysis): MenuEntry[] {
  return [
    { kind: 'choice', label: 'Critical path', checked: params.path, onSelect: () => void setParams({ path: !params.path }) },
    ...(model.proxySpans === 0 ? [] : [{ kind: 'choice', label: 'Hops: proxies and app in one row', checked: hopsOn, onSelect: () => void setParams({ hops: !hopsOn }) } satisfies MenuEntry]),
    { kind: 'choice', label: `Fold like siblings (${analysis.foldsFor(hopsOn).folds.length})`, checked: params.fold, onSelect: () => void setParams({ fold: !params.fold }) },
    { kind: 'choice', label: 'Correct clocks that differ', checked: params.skew, onSelect: () => void setParams({ skew: !params.skew }) },
    { kind: 'separator' },
    { kind: 'action', label: 'Only the subtree of the chosen span', icon: <Layers />, disabled: selected === -1, onSelect: () => void setParams({ root: params.span }) },
  ];
}

function ServicePicker({ model, timeline: { params, setParams } }: { readonly model: TraceModel; readonly timeline: TimelineState }) {
  const hidden = new Set(params.hide);
  const set = (next: ReadonlySet<string>): void => void setParams({ hide: next.size === 0 ? null : [...next] });
  const gone = model.services.filter(({ name }) => hidden.has(name));
  return (
    <Popover
      label="Services of the trace"
      className="max-h-96 w-80 overflow-y-auto p-2"
      trigger={<Button aria-pressed={gone.length > 0}>{gone.length === 0 ? `Services · ${model.services.length}` : `Services · ${model.services.length - gone.length} of ${model.services.length}`}</Button>}
    >
      <div className="flex items-center justify-between gap-2 px-1 pb-1 text-label">
        <span className="text-fg-tertiary">Spans of a service that is off leave their place to what they call.</span>
        {gone.length > 0 && (
          <button type="button" className="shrink-0 font-medium text-accent hover:underline" onClick={() => set(new Set())}>
            Show all
          </button>
        )}
      </div>
      <ul>
        {model.services.map(({ name, color, spans, errors }) => (
          <li key={name} className="flex items-center gap-2 rounded-control px-1 hover:bg-hover">
            <Checkbox
              checked={!hidden.has(name)}
              onCheckedChange={(checked) => {
                const next = new Set(hidden);
                if (checked) next.delete(name);
                else next.add(name);
                set(next);
              }}
              label={
                <span className="flex min-w-0 items-center gap-1.5">
                  <span className="size-2 shrink-0 rounded-sm" style={{ background: color }} aria-hidden />
                  <span className="truncate">{name}</span>
                </span>
              }
            />
            <span className="ml-auto shrink-0 text-label text-fg-tertiary tabular-nums">{`${formatNumber(spans)}${errors === 0 ? '' : ` · ${errors} failed`}`}</span>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

/** Words of a button that stay for screen readers where there is only room for its icon. */
function Wide({ children }: { readonly children: string }) {
  return <span className="@max-[680px]:sr-only">{children}</span>;
}

function Key({ children }: { readonly children: string }) {
  return <span className="text-axis text-fg-tertiary">{children}</span>;
}
