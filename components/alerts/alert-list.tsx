import { useState } from 'react';
import { significant } from '#components/charts/format-number.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { alertStatus } from '#components/status/status.ts';
import { Button } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { AlertStatus } from '#server/rules/schemas.ts';
import { AnnotationText } from './annotation-text.tsx';
import { LabelBadges } from './label-badges.tsx';

const SHOWN = 10;
/** What the text of an alert is called, best first; the others follow. */
const TEXTS = ['summary', 'message', 'description'];

export interface AlertListProps {
  readonly rule: string;
  readonly alerts: readonly AlertStatus[];
  /** Labels of the rule: every alert has them, so they are not repeated. */
  readonly common: Readonly<Record<string, string>>;
}

/** The alerts of a rule, firing ones first, oldest first. */
export function AlertList({ rule, alerts, common }: AlertListProps) {
  const [all, setAll] = useState(false);
  const sorted = alerts.toSorted((a, b) => (a.state === b.state ? a.activeAt - b.activeAt : a.state === 'firing' ? -1 : 1));
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  return (
    <div className="pr-3 pb-2 pl-[46px]">
      <ul aria-label={`Alerts of ${rule}`} className="overflow-hidden rounded-control border border-line">
        {shown.map((alert) => (
          <li key={JSON.stringify(alert.labels)} className="flex flex-wrap items-start gap-x-3 gap-y-1 border-t border-line-subtle px-2 py-1.5 text-label first:border-t-0">
            <StatusLabel {...alertStatus(alert.state)} className="w-20 shrink-0" />
            <div className="flex min-w-60 flex-1 flex-col gap-1">
              {textsOf(alert).map(([name, text]) => (
                <p key={name} className="break-words">
                  <AnnotationText text={text} />
                </p>
              ))}
              <LabelBadges labels={ownLabels(alert, common)} />
            </div>
            <span className="flex shrink-0 items-center gap-4 text-fg-secondary">
              <span title="Value of the expression">
                value <span className="font-medium text-fg tabular-nums">{valueText(alert.value)}</span>
              </span>
              <span className="min-w-20 text-right" title={alert.keepFiringSince === undefined ? 'Since when the condition holds' : 'The condition no longer holds: it goes on firing for keep_firing_for'}>
                {alert.keepFiringSince !== undefined && 'held '}
                <RelativeTime at={alert.keepFiringSince ?? alert.activeAt} />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {alerts.length > SHOWN && (
        <Button variant="ghost" aria-expanded={all} onClick={() => setAll(!all)} className="mt-1">
          {all ? 'Show fewer' : `Show ${alerts.length - SHOWN} more`}
        </Button>
      )}
    </div>
  );
}

function textsOf({ annotations }: AlertStatus): [string, string][] {
  const rank = (name: string): number => (TEXTS.includes(name) ? TEXTS.indexOf(name) : TEXTS.length);
  return Object.entries(annotations)
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => rank(a) - rank(b));
}

function ownLabels({ labels }: AlertStatus, common: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => name !== 'alertname' && common[name] !== value));
}

/** JSON has no NaN: the server's null stands for what is no number. */
function valueText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '—' : significant(value);
}
