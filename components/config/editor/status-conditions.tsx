import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readConditions } from './read-conditions.ts';

/** What the control plane says of an object in its status: its conditions, those of Gateway API's parts beside their names. Nothing without any. */
export function StatusConditions({ status }: { readonly status: unknown }) {
  const groups = readConditions(status);
  if (groups.length === 0) return null;
  return (
    <section aria-label="Status" className="flex flex-col gap-2">
      <h2 className="text-body font-semibold">Status</h2>
      {groups.map(({ of, conditions }) => (
        <div key={of} className="flex flex-col gap-1.5">
          {of !== '' && <h3 className="text-label font-medium text-fg-secondary">{of}</h3>}
          <ul className="flex flex-col gap-2">
            {conditions.map(({ type, holds, bad, reason, message, since }) => (
              <li key={type} className="flex items-start gap-2 text-label">
                <span className="mt-px">
                  <StatusGlyph status={bad ? 'degraded' : holds === 'Unknown' ? 'unknown' : 'healthy'} label={bad ? 'Not as it should be' : 'As it should be'} quiet />
                </span>
                <div className="min-w-0">
                  <p className="flex flex-wrap gap-x-1.5">
                    <span className="font-medium">
                      {type}: {holds}
                    </span>
                    {reason !== '' && <span className="text-fg-secondary">{reason}</span>}
                    {since !== undefined && (
                      <span className="text-fg-tertiary">
                        <RelativeTime at={since} />
                      </span>
                    )}
                  </p>
                  {message !== '' && <p className="break-words text-fg-secondary">{message}</p>}
                </div>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
