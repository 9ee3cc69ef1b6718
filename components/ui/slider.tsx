'use client';

import { Slider as Base } from '@base-ui/react/slider';
import { cx } from './class-names.ts';

export interface SliderProps {
  readonly value: number;
  readonly onValueChange: (value: number) => void;
  /** When the hand lets go. */
  readonly onValueCommitted?: (value: number) => void;
  readonly label: string;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly disabled?: boolean;
  /** A CSS colour token for the filled part, e.g. `var(--series-2)`. */
  readonly color?: string;
  readonly className?: string;
}

/** One number by hand: drag, arrows, Home and End, Page keys in tens. */
export function Slider({ value, onValueChange, onValueCommitted, label, min = 0, max = 100, step = 1, disabled = false, color = 'var(--interactive-accent)', className }: SliderProps) {
  return (
    <Base.Root value={value} onValueChange={(next) => onValueChange(next)} {...(onValueCommitted === undefined ? {} : { onValueCommitted: (next: number) => onValueCommitted(next) })} min={min} max={max} step={step} disabled={disabled} className={cx('w-full', className)}>
      <Base.Control className="flex h-7 w-full touch-none items-center select-none data-[disabled]:opacity-50">
        <Base.Track className="h-1 w-full rounded-full bg-line-strong">
          <Base.Indicator className="rounded-full" style={{ background: color }} />
          <Base.Thumb aria-label={label} className="size-4 rounded-full border-2 bg-canvas has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus" style={{ borderColor: color }} />
        </Base.Track>
      </Base.Control>
    </Base.Root>
  );
}
