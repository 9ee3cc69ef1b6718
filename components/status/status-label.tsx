import { Tooltip } from '#components/ui/tooltip.tsx';
import { cx } from '#components/ui/class-names.ts';
import { StatusGlyph } from './status-glyph.tsx';
import { STATUS, type Status } from './status.ts';

export interface StatusLabelProps {
  readonly status: Status;
  /** Words instead of the status's own name, e.g. a rollout's phase. */
  readonly label?: string;
  /** Why, on hover and focus. */
  readonly reason?: string | undefined;
  /** In lists: healthy gets a small dot. */
  readonly quiet?: boolean;
  readonly className?: string;
}

/** Glyph and words: the normal way to show a status. */
export function StatusLabel({ status, label, reason, quiet = false, className }: StatusLabelProps) {
  const content = (
    <span className={cx('inline-flex min-w-0 items-center gap-1.5 whitespace-nowrap', className)} {...(reason === undefined ? {} : { tabIndex: 0 })}>
      <StatusGlyph status={status} quiet={quiet} />
      <span className="truncate">{label ?? STATUS[status].label}</span>
    </span>
  );
  return reason === undefined ? content : <Tooltip content={reason}>{content}</Tooltip>;
}

/** The same in a tinted box, where a status must be seen from afar: page titles, banners. */
export function StatusBadge({ status, label, reason }: Omit<StatusLabelProps, 'quiet' | 'className'>) {
  const content = (
    <span className={cx('inline-flex h-6 items-center gap-1.5 rounded-control border px-2 text-label font-medium whitespace-nowrap', STATUS[status].boxClass)} {...(reason === undefined ? {} : { tabIndex: 0 })}>
      <StatusGlyph status={status} />
      {label ?? STATUS[status].label}
    </span>
  );
  return reason === undefined ? content : <Tooltip content={reason}>{content}</Tooltip>;
}
