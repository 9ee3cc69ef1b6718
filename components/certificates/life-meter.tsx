'use client';

import { absoluteTimeText, relativeTimeText } from '#components/time/relative-time-text.ts';
import { useClock } from '#components/time/use-clock.ts';
import { cx } from '#components/ui/class-names.ts';
import { shareOfLife } from './read-certificate.ts';

export interface LifeMeterProps {
  readonly notBefore: string;
  readonly notAfter: string;
  /** A tick on the bar: when the holder renews it. */
  readonly nextRotation?: string;
  /** Nobody renews it: the bar tells nothing of what will be. */
  readonly faded?: boolean;
  readonly className?: string;
}

/** From issue to end as a bar: how much is over, and where the renewal is due. */
export function LifeMeter({ notBefore, notAfter, nextRotation, faded = false, className }: LifeMeterProps) {
  const nowMs = useClock();
  const over = shareOfLife(notBefore, notAfter, nowMs);
  const due = nextRotation === undefined ? undefined : shareOfLife(notBefore, notAfter, Date.parse(nextRotation));
  const text = `${Math.round(over * 100)} % of its life is over, ends ${relativeTimeText(Date.parse(notAfter), nowMs)}`;
  return (
    <span
      role="meter"
      aria-label="Life of the certificate"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(over * 100)}
      aria-valuetext={text}
      title={[`Issued ${absoluteTimeText(Date.parse(notBefore))}`, ...(nextRotation === undefined ? [] : [`renewed ${absoluteTimeText(Date.parse(nextRotation))}`]), `ends ${absoluteTimeText(Date.parse(notAfter))}`].join('\n')}
      className={cx('relative flex h-3 min-w-16 items-center', className)}
    >
      <span className="h-1.5 w-full overflow-hidden rounded-sm bg-active">
        <span className={cx('block h-full', faded ? 'bg-line-strong' : 'bg-series-1')} style={{ width: `${over * 100}%` }} />
      </span>
      {due !== undefined && <span className="absolute top-0 h-3 w-0.5 -translate-x-1/2 rounded-sm bg-fg-tertiary" style={{ left: `${due * 100}%` }} aria-hidden />}
    </span>
  );
}
