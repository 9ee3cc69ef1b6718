import { ChevronRight } from 'lucide-react';
import { useId } from 'react';
import { StatusLabel } from '#components/status/status-label.tsx';
import { ruleStatus } from '#components/status/status.ts';
import { Badge } from '#components/ui/badge.tsx';
import { cx } from '#components/ui/class-names.ts';
import type { RuleStatus } from '#server/rules/schemas.ts';
import { AlertList } from './alert-list.tsx';
import { durationText } from './duration-text.ts';
import { RuleDetails } from './rule-details.tsx';

export interface RuleRowProps {
  readonly rule: RuleStatus;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** One rule: its state and expression, its alerts below; the rest on demand. */
export function RuleRow({ rule, isOpen, onToggle }: RuleRowProps) {
  const details = useId();
  const alerts = rule.kind === 'alerting' ? rule.alerts : [];
  return (
    <li className="border-t border-line-subtle">
      <button type="button" aria-expanded={isOpen} aria-controls={isOpen ? details : undefined} onClick={onToggle} className="focus-inset flex min-h-9 w-full items-center gap-2 px-3 py-1.5 text-left hover:bg-hover">
        <ChevronRight className={cx('size-3.5 shrink-0 text-fg-tertiary transition-transform', isOpen && 'rotate-90')} aria-hidden />
        <StatusLabel quiet {...ruleStatus(rule.health, rule.kind === 'alerting' ? rule.state : undefined)} className="w-24 shrink-0 text-label" />
        <span className={cx('min-w-0 shrink-0 truncate font-medium max-md:shrink', rule.kind === 'recording' && 'font-mono text-label')}>{rule.name}</span>
        {rule.labels['severity'] !== undefined && <Badge>{rule.labels['severity']}</Badge>}
        {rule.kind === 'alerting' && rule.holdSeconds > 0 && (
          <span className="shrink-0 text-label text-fg-secondary max-md:hidden" title="How long it must hold before it fires">
            for {durationText(rule.holdSeconds)}
          </span>
        )}
        <code className="min-w-0 flex-1 truncate font-mono text-label text-fg-secondary max-md:hidden">{rule.query}</code>
        {alerts.length > 0 && <span className="ml-auto shrink-0 text-label text-fg-secondary tabular-nums">{alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`}</span>}
      </button>
      {rule.health === 'err' && <p className="px-3 pb-2 pl-[46px] font-mono text-label break-words">{rule.lastError}</p>}
      {isOpen && <RuleDetails id={details} rule={rule} />}
      {alerts.length > 0 && <AlertList rule={rule.name} alerts={alerts} common={rule.labels} />}
    </li>
  );
}
