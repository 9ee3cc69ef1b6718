import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { ConfigIssue } from '#server/config/schemas.ts';

/** Findings of validation: what, where, and what was expected. */
export function IssueList({ issues }: { readonly issues: readonly ConfigIssue[] }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {issues.map((issue, index) => (
        // Two findings may be word for word the same.
        <li key={`${issue.path}-${issue.message}-${index}`} className="flex items-start gap-2 text-label">
          <span className="mt-px">
            <StatusGlyph status={issue.severity === 'error' ? 'failing' : 'degraded'} label={issue.severity === 'error' ? 'Error' : 'Warning'} />
          </span>
          <div className="min-w-0">
            <p className="break-words">{issue.message}</p>
            <p className="break-words text-fg-secondary">
              {issue.path !== '' && <code className="font-mono break-all">{issue.path}</code>}
              {[...(issue.line === undefined ? [] : [`line ${issue.line}`]), ...(issue.code === undefined ? [] : [issue.code])].map((text, at) => (
                <span key={text} className="whitespace-nowrap">
                  {at > 0 || issue.path !== '' ? ' · ' : ''}
                  {text === issue.code && issue.docs !== undefined ? (
                    <a className="underline underline-offset-2" href={issue.docs} target="_blank" rel="noreferrer">
                      {text}
                    </a>
                  ) : (
                    text
                  )}
                </span>
              ))}
            </p>
            {issue.expected !== undefined && <p className="break-words text-fg-secondary">Expected: {issue.expected}.</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
