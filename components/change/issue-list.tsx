import { Wrench } from 'lucide-react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Button } from '#components/ui/button.tsx';
import type { ConfigIssue } from '#server/config/schemas.ts';
import { IssueCodes } from './issue-codes.tsx';
import { levelStatus } from './issue-words.ts';

/** A change that settles a finding, ready to be made. */
export interface IssueFix {
  readonly label: string;
  readonly apply: () => void;
}
export interface IssueListProps<Issue extends ConfigIssue> {
  readonly issues: readonly Issue[];
  /** The fix of a finding, where it can be made now; absent: none is offered. */
  readonly fixOf?: (issue: Issue) => IssueFix | undefined;
  /** Shows a line of the text that the findings are about; absent: there is none to show. */
  readonly onShow?: (line: number) => void;
}

/** Findings of validation and analysis: how grave, what, where, under which codes, what was expected, and what would settle it. */
export function IssueList<Issue extends ConfigIssue>({ issues, fixOf, onShow }: IssueListProps<Issue>) {
  return (
    <ul className="flex flex-col gap-2.5">
      {issues.map((issue, index) => {
        const { status, label } = levelStatus(issue.severity);
        const fix = fixOf?.(issue);
        return (
          // Two findings may be word for word the same.
          <li key={`${issue.path}-${issue.message}-${index}`} className="flex items-start gap-2 text-label">
            <span className="mt-px">
              <StatusGlyph status={status} label={label} />
            </span>
            <div className="flex min-w-0 flex-1 flex-col gap-1">
              <p className="break-words">{issue.message}</p>
              <Place issue={issue} onShow={onShow} />
              {issue.expected !== undefined && <p className="break-words text-fg-secondary">Expected: {issue.expected}.</p>}
              {fix !== undefined && (
                <Button icon={<Wrench />} className="h-auto! min-h-7 max-w-full self-start py-0.5 text-left whitespace-normal! break-all" onClick={fix.apply}>
                  Fix: {fix.label}
                </Button>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Place({ issue, onShow }: { readonly issue: ConfigIssue; readonly onShow: ((line: number) => void) | undefined }) {
  const { path, line } = issue;
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-fg-secondary">
      <IssueCodes issue={issue} />
      {line !== undefined &&
        (onShow === undefined ? (
          <span className="whitespace-nowrap">line {line}</span>
        ) : (
          <button type="button" className="rounded-sm whitespace-nowrap underline underline-offset-2 hover:text-fg" onClick={() => onShow(line)}>
            line {line}
          </button>
        ))}
      {path !== '' && <code className="min-w-0 font-mono break-all">{path}</code>}
    </p>
  );
}
