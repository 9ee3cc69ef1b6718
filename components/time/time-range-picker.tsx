'use client';

import { Check, ChevronDown, ChevronLeft, ChevronRight, Clock } from 'lucide-react';
import { useId, useState, type FormEvent } from 'react';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Field, Input } from '#components/ui/input.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { BetweenForm } from './between-form.tsx';
import { PRESETS } from './time-window.ts';
import { useTimeRange, type TimeRange } from './use-time-range.ts';
import { fromZoneInput, toZoneInput } from './display-zone.ts';
import { setPreference, usePreferences } from '#components/shell/preferences.ts';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';

/** Back, the range, forward. The range opens presets, absolute ends, and a moment in the past. */
export function TimeRangePicker() {
  const range = useTimeRange();
  const { zone } = usePreferences();
  const [open, setOpen] = useState(false);
  return (
    <div className="flex items-center">
      <IconButton label="One window back" keys={['[']} icon={<ChevronLeft />} onClick={() => range.shift(-1)} className="max-lg:hidden" />
      <Popover
        label="Time range"
        align="end"
        open={open}
        onOpenChange={setOpen}
        className="p-0"
        trigger={
          <Button variant="ghost" icon={<Clock />} aria-label={`Time range: ${range.label}`}>
            <span className="max-w-56 truncate tabular-nums">{range.label}</span>
            {zone === 'utc' && <span className="text-axis text-fg-tertiary">UTC</span>}
            <ChevronDown className="text-fg-tertiary" />
          </Button>
        }
      >
        <div className="flex max-sm:flex-col">
          <PresetList range={range} onDone={() => setOpen(false)} />
          <div className="flex w-64 flex-col gap-3 border-l border-line p-3">
            <ZoneChoice />
            <BetweenForm
              window={range.window}
              action="Show this range"
              onChoose={({ fromMs, toMs }) => {
                range.zoomTo(fromMs, toMs);
                setOpen(false);
              }}
            />
            <hr className="border-line" />
            <MomentForm range={range} onDone={() => setOpen(false)} />
          </div>
        </div>
      </Popover>
      <IconButton label="One window forward" keys={[']']} icon={<ChevronRight />} onClick={() => range.shift(1)} disabled={range.live} className="max-lg:hidden" />
    </div>
  );
}

interface PartProps {
  readonly range: TimeRange;
  readonly onDone: () => void;
}

function PresetList({ range, onDone }: PartProps) {
  const { from, to, at } = range.view;
  return (
    <ul aria-label="Relative ranges" className="w-40 p-1">
      {PRESETS.map((preset) => {
        const chosen = at === null && to.kind === 'now' && from.kind === 'now' && from.beforeMs === preset.beforeMs;
        return (
          <li key={preset.beforeMs}>
            <button
              type="button"
              aria-current={chosen || undefined}
              onClick={() => {
                range.setRelative(preset.beforeMs);
                onDone();
              }}
              className={cx('focus-inset flex h-7 w-full items-center gap-2 rounded-control px-2 text-left text-body hover:bg-hover', chosen && 'font-medium')}
            >
              <span className="flex-1">{preset.label}</span>
              {chosen && <Check className="size-3.5" aria-hidden />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function MomentForm({ range, onDone }: PartProps) {
  const id = useId();
  const [moment, setMoment] = useState(() => toZoneInput(range.window.toMs - 5 * 60_000));
  const [error, setError] = useState<string>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const ms = fromZoneInput(moment);
    if (Number.isNaN(ms)) setError('Give a date and a time.');
    else if (ms > Date.now()) setError('That is in the future.');
    else {
      range.pauseAt(ms);
      onDone();
    }
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-2">
      <Field label="A moment in the past" htmlFor={id} error={error} hint="The whole console shows the mesh as it was then.">
        <Input id={id} type="datetime-local" step={1} value={moment} onChange={(event) => setMoment(event.target.value)} aria-invalid={error !== undefined} aria-describedby={`${id}-note`} />
      </Field>
      <Button type="submit">Look at this moment</Button>
    </form>
  );
}

/** The zone of every time of day in the console. */
function ZoneChoice() {
  const { zone } = usePreferences();
  return (
    <div className="flex items-center justify-between gap-2 text-label text-fg-secondary">
      Times in
      <SegmentedControl label="Time zone" value={zone} onValueChange={(next) => setPreference('zone', next)} options={[{ value: 'local', label: 'Local', description: 'The zone of this machine' }, { value: 'utc', label: 'UTC' }]} />
    </div>
  );
}
