'use client';

import { SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { Select } from '#components/ui/select.tsx';
import { Switch } from '#components/ui/switch.tsx';
import { EDGE_LABEL_NAMES, EDGE_LABELS } from './edge-label.ts';
import type { RateWindow } from './rate-window.ts';
import type { GraphState, SetGraphState } from './use-graph.ts';

const WINDOWS: readonly { readonly value: RateWindow; readonly label: string }[] = [
  { value: 'auto', label: 'Last minute (auto)' },
  { value: '30s', label: '30 seconds' },
  { value: '1m', label: '1 minute' },
  { value: '5m', label: '5 minutes' },
  { value: '15m', label: '15 minutes' },
  { value: 'range', label: 'The whole range' },
];

/** What is drawn, and how much of it. All of it is in the URL. */
export function DisplayMenu({ state, onChange, canMove }: { readonly state: GraphState; readonly onChange: SetGraphState; readonly canMove: boolean }) {
  const toggle = (key: 'services' | 'idleNodes' | 'idleEdges' | 'nsBoxes' | 'appBoxes' | 'badges' | 'mtls' | 'motion', label: ReactNode, disabled = false) => <Switch checked={state[key] && !disabled} onCheckedChange={(on) => void onChange({ [key]: on })} label={label} disabled={disabled} />;
  return (
    <Popover label="Display" align="start" trigger={<Button icon={<SlidersHorizontal />}>Display</Button>} className="w-[440px] p-3">
      <div className="grid grid-cols-1 gap-x-6 gap-y-3 sm:grid-cols-2">
        <Group title="Edge labels">
          {EDGE_LABELS.map((kind) => (
            <Checkbox key={kind} checked={state.labels.includes(kind)} onCheckedChange={(on) => void onChange({ labels: on ? EDGE_LABELS.filter((k) => k === kind || state.labels.includes(k)) : state.labels.filter((k) => k !== kind) })} label={EDGE_LABEL_NAMES[kind]} />
          ))}
        </Group>
        <Group title="Show">
          {toggle('services', 'Service nodes', state.type === 'service')}
          {toggle('idleNodes', 'Idle nodes')}
          {toggle('idleEdges', 'Idle edges')}
          {toggle('nsBoxes', 'Namespace boxes')}
          {toggle('appBoxes', 'App boxes', state.type !== 'versionedApp')}
        </Group>
        <Group title="Marks">
          {toggle('badges', 'Config badges')}
          {toggle('mtls', 'Mutual TLS')}
          {toggle('motion', canMove ? 'Moving traffic' : 'Moving traffic (your system asks for less motion)', !canMove)}
        </Group>
        <Group title="Rates over">
          <Select label="Rates over" value={state.window} onValueChange={(window) => void onChange({ window })} options={WINDOWS} className="w-full" />
          <p className="text-label text-fg-tertiary">A zoomed-in range is always taken whole.</p>
        </Group>
      </div>
    </Popover>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col">
      <legend className="mb-0.5 text-axis font-medium text-fg-tertiary">{title}</legend>
      {children}
    </fieldset>
  );
}
