import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { cx } from '#components/ui/class-names.ts';
import { Panel } from '#components/ui/panel.tsx';
import type { ClientOutcome } from '#mesh-core/domain/decide/client-outcomes.ts';
import { flagMeaning, outcomeStatus, outcomeTitle, shareText, statusText } from './words.ts';

export interface OutcomePanelProps {
  readonly title: string;
  readonly note?: string;
  readonly outcomes: readonly ClientOutcome[];
  readonly className?: string;
}

/** What the client sees: each result with its share, why, and what else may come of it. */
export function OutcomePanel({ title, note, outcomes, className }: OutcomePanelProps) {
  return (
    <Panel title={title} note={note} flush {...(className === undefined ? {} : { className })}>
      <ul aria-label={title} className="flex flex-col">
        {outcomes.map((outcome, index) => (
          // Two shares may come to the very same result.
          <li key={index} className={cx('flex gap-3 border-t border-line-subtle px-3 py-2.5', outcomes.length === 1 && 'py-3')}>
            <span className="flex h-6 items-center">
              <StatusGlyph status={outcomeStatus(outcome)} />
            </span>
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-x-2">
                <span className="text-section leading-6 font-semibold">{outcomeTitle(outcome)}</span>
                {outcome.flag !== undefined && (
                  <Badge mono title={flagMeaning(outcome.flag)}>
                    {outcome.flag}
                  </Badge>
                )}
                {outcome.body !== undefined && <code className="min-w-0 font-mono text-label break-all text-fg-secondary">{outcome.body}</code>}
              </p>
              <p className="text-body text-fg-secondary">{sentence(outcome)}</p>
              {outcome.unless.length > 0 && (
                <ul className="mt-1 flex flex-col gap-0.5 text-label text-fg-secondary">
                  {outcome.unless.map((other) => (
                    <li key={`${other.status}${other.when}`}>
                      or <span className="font-medium text-fg">{statusText(other.status)}</span>
                      {other.flag !== undefined && (
                        <>
                          {' '}
                          <Badge mono title={flagMeaning(other.flag)}>
                            {other.flag}
                          </Badge>
                        </>
                      )}{' '}
                      when {other.when.replace(/^depends on/, 'it so depends on')}
                    </li>
                  ))}
                </ul>
              )}
            </div>
            {outcomes.length > 1 && <span className="shrink-0 text-section leading-6 font-semibold tabular-nums">{shareText(outcome.share)}</span>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function sentence({ by, at, reached, because }: ClientOutcome): string {
  const reason = `${because.charAt(0).toUpperCase()}${because.slice(1)}`;
  return by === 'proxy' && at === 'destination' ? `${reason}. So decides the proxy of ${reached ?? 'the destination'}.` : `${reason}.`;
}
