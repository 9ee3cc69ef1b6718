'use client';

import { useState } from 'react';
import type { Unit } from '#components/charts/format-number.ts';
import { formatDuration } from '#components/time/time-boundary.ts';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cx } from '#components/ui/class-names.ts';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Select } from '#components/ui/select.tsx';
import { UNIT_CHOICES } from './guess-unit.ts';
import type { StepChoice } from './step-choice.ts';
import type { ExploreOptions } from './use-explore-state.ts';

const UNIT_NAMES: Readonly<Record<Unit, string>> = { none: 'plain number', s: 'seconds', ms: 'milliseconds', bytes: 'bytes', bytesPerSecond: 'bytes per second', ratio: 'share of 1', percent: 'percent', rps: 'requests per second', ops: 'per second', cores: 'CPU cores', count: 'count' };

export interface ExploreOptionBarProps {
  readonly options: ExploreOptions;
  readonly onChange: (change: Partial<ExploreOptions>) => void;
  readonly step: StepChoice;
  readonly guessed: Unit;
}

/** How the answers are drawn: step, unit, lines or a stack, from zero, exemplars. */
export function ExploreOptionBar({ options, onChange, step, guessed }: ExploreOptionBarProps) {
  const graph = options.view === 'graph';
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 px-3 py-1.5 text-label text-fg-secondary">
      {(graph || options.view === 'explain' || options.over) && <StepField value={options.step} choice={step} onChange={(value) => onChange({ step: value })} />}
      {options.view !== 'explain' && (
      <span className="flex items-center gap-1.5">
        Unit
        <Select label="Unit" value={options.unit} onValueChange={(unit) => onChange({ unit })} options={UNIT_CHOICES.map((unit) => ({ value: unit, label: unit === 'auto' ? `auto (${UNIT_NAMES[guessed]})` : UNIT_NAMES[unit] }))} className="w-56" />
      </span>
      )}
      {graph && (
        <>
          <SegmentedControl label="Drawn as" value={options.draw} onValueChange={(draw) => onChange({ draw })} options={[{ value: 'lines', label: 'Lines' }, { value: 'stacked', label: 'Stacked' }]} />
          {options.draw === 'lines' && <Checkbox checked={options.zero} onCheckedChange={(zero) => onChange({ zero })} label="From zero" />}
          <Checkbox checked={options.exemplars} onCheckedChange={(exemplars) => onChange({ exemplars })} label="Exemplars" />
        </>
      )}
    </div>
  );
}

/** The step that is typed; empty is the page's own, which stands there as a hint. */
function StepField({ value, choice, onChange }: { readonly value: string; readonly choice: StepChoice; readonly onChange: (value: string) => void }) {
  const [draft, setDraft] = useState<{ readonly of: string; readonly text: string }>({ of: value, text: value });
  const text = draft.of === value ? draft.text : value;
  const commit = (): void => {
    if (text.trim() !== value) onChange(text.trim());
  };
  return (
    <span className="flex items-center gap-1.5">
      <label className="flex items-center gap-1.5">
        Step
        <input
          value={text}
          onChange={(event) => setDraft({ of: value, text: event.target.value })}
          onBlur={commit}
          onKeyDown={(event) => event.key === 'Enter' && commit()}
          placeholder={`auto (${formatDuration(choice.range.step * 1000)})`}
          aria-invalid={choice.problem !== undefined}
          className={cx('h-7 w-24 rounded-control border bg-panel px-2 text-label text-fg tabular-nums placeholder:text-fg-tertiary', choice.problem === undefined ? 'border-line-control' : 'border-failing')}
        />
      </label>
      {choice.problem !== undefined && <span role="alert">{choice.problem}</span>}
    </span>
  );
}
