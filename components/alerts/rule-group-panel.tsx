import { FileCode2 } from 'lucide-react';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { RuleGroupStatus } from '#server/rules/schemas.ts';
import { durationText } from './duration-text.ts';
import type { ShownRule } from './filter-rules.ts';
import { RuleRow } from './rule-row.tsx';
import { sourceHref } from './rule-source.ts';

export interface RuleGroupPanelProps {
  readonly group: RuleGroupStatus;
  readonly rules: readonly ShownRule[];
  /** Keys of the rules whose details are shown. */
  readonly open: readonly string[];
  readonly onToggle: (key: string) => void;
}

/** A group of rules: when it was evaluated, and its rules in their order. */
export function RuleGroupPanel({ group, rules, open, onToggle }: RuleGroupPanelProps) {
  return (
    <Panel
      flush
      title={group.name}
      note={
        <>
          {group.source === undefined ? group.file : group.source.namespace} · every {durationText(group.intervalSeconds)}
          {group.lastEvaluation !== undefined && (
            <>
              {' · '}
              <RelativeTime at={group.lastEvaluation} /> in {formatNumber(group.evaluationSeconds, 's')}
            </>
          )}
          {group.rules.length > rules.length && ` · ${rules.length} of ${group.rules.length} rules`}
        </>
      }
      actions={
        group.source !== undefined && (
          <AppLink href={sourceHref(group.source)} title={group.file} aria-label={`Edit the rules of ${group.name}`} className={buttonClass('ghost')}>
            <FileCode2 />
            Edit
          </AppLink>
        )
      }
    >
      <ul aria-label={`Rules of ${group.name}`}>
        {rules.map(({ key, rule }) => (
          <RuleRow key={key} rule={rule} isOpen={open.includes(key)} onToggle={() => onToggle(key)} />
        ))}
      </ul>
    </Panel>
  );
}
