'use client';

import { PanelRight, Rows3, Workflow, X } from 'lucide-react';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Select } from '#components/ui/select.tsx';
import type { GraphType } from '#server/graph/core/graph-model.ts';
import { DisplayMenu } from './display-menu.tsx';
import { ExpressionField } from './expression-field.tsx';
import type { GraphState, SetGraphState, ShownGraph } from './use-graph.ts';

export interface GraphToolbarProps {
  readonly state: GraphState;
  readonly onChange: SetGraphState;
  readonly shown: ShownGraph | undefined;
  readonly canMove: boolean;
}

const TYPES: readonly { readonly value: GraphType; readonly label: string }[] = [
  { value: 'versionedApp', label: 'Versioned apps' },
  { value: 'app', label: 'Apps' },
  { value: 'service', label: 'Services' },
  { value: 'workload', label: 'Workloads' },
];

/** The row above the graph: what it shows, what is looked for, how it is drawn. */
export function GraphToolbar({ state, onChange, shown, canMove }: GraphToolbarProps) {
  const found = shown?.found;
  const focus = state.focus === null ? undefined : shown?.graph.nodes.find((node) => node.id === state.focus);
  return (
    <>
      <Select label="Graph of" value={state.type} onValueChange={(type) => void onChange({ type, select: null, focus: null })} options={TYPES} className="w-36" />
      <DisplayMenu state={state} onChange={onChange} canMove={canMove} />
      <ExpressionField kind="find" value={state.find} onChange={(find) => void onChange({ find })} outcome={found === undefined ? undefined : `${found.nodes.size} nodes and ${found.edges.size} edges found`} />
      <ExpressionField kind="hide" value={state.hide} onChange={(hide) => void onChange({ hide })} outcome={shown === undefined ? undefined : `${shown.hiddenCount} hidden`} />
      {(found !== undefined || (shown?.hiddenCount ?? 0) > 0) && (
        <span className="text-label whitespace-nowrap text-fg-secondary tabular-nums" aria-hidden>
          {[found === undefined ? '' : `${found.nodes.size + found.edges.size} found`, (shown?.hiddenCount ?? 0) > 0 && state.hide !== '' ? `${shown?.hiddenCount} hidden` : ''].filter((part) => part !== '').join(' · ')}
        </span>
      )}
      {state.focus !== null && (
        <Button icon={<X />} onClick={() => void onChange({ focus: null })} aria-label={`Stop focusing on ${focus?.label ?? 'one node'}`}>
          <span className="max-w-40 truncate">Only calls of {focus?.label ?? 'one node'}</span>
        </Button>
      )}
      <div className="ml-auto flex items-center gap-1">
        <SegmentedControl
          label="View"
          value={state.view}
          onValueChange={(view) => void onChange({ view })}
          options={[
            { value: 'graph', label: <><Workflow aria-hidden /> Graph</> },
            { value: 'list', label: <><Rows3 aria-hidden /> List</> },
          ]}
        />
        <IconButton label={state.panel ? 'Hide the side panel' : 'Show the side panel'} icon={<PanelRight />} pressed={state.panel} onClick={() => void onChange({ panel: !state.panel })} />
      </div>
    </>
  );
}
