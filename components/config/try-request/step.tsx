import type { ReactNode } from 'react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Status } from '#components/status/status.ts';
import { cx } from '#components/ui/class-names.ts';

export interface StepProps {
  /** How it went: `healthy` goes on, `failing` ends it, `degraded` may end it, `idle` only tells. */
  readonly status: Status;
  /** Says the same in words for those who do not see the glyph. */
  readonly verdict: string;
  readonly title: ReactNode;
  /** Beside the title. */
  readonly note?: ReactNode;
  readonly children?: ReactNode;
}

/** One decision on the way: what decided, and how. */
export function Step({ status, verdict, title, note, children }: StepProps) {
  return (
    <li className="group/step relative flex gap-3 pb-4 last:pb-0">
      <span className="relative z-10 flex h-5 w-4 shrink-0 items-center justify-center bg-panel">
        <StatusGlyph status={status} label={verdict} quiet={status === 'healthy'} />
      </span>
      <span aria-hidden className="absolute top-5 bottom-0 left-[7.5px] w-px bg-line group-last/step:hidden" />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-2">
          <h3 className="text-body font-semibold">{title}</h3>
          {note !== undefined && <span className="min-w-0 text-label text-fg-secondary">{note}</span>}
        </div>
        {children !== undefined && <div className="mt-1 flex flex-col gap-2">{children}</div>}
      </div>
    </li>
  );
}

/** The steps at one place, in order. */
export function Steps({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ol aria-label={label} className="flex flex-col">
      {children}
    </ol>
  );
}

/** Short facts in a row that wraps; those without a value are left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode | undefined])[] }) {
  const shown = facts.filter(([, value]) => value !== undefined && value !== '');
  if (shown.length === 0) return null;
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 text-label">
      {shown.map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-1.5">
          <dt className="shrink-0 text-fg-tertiary">{name}</dt>
          <dd className="min-w-0 break-all">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A name of the proxy's configuration. */
export function Name({ children }: { readonly children: ReactNode }) {
  return <code className="font-mono">{children}</code>;
}

/** A small table of rules, in the order in which they are asked. The last column takes the room that is left. */
export function RuleTable({ label, headers, children }: { readonly label: string; readonly headers: readonly string[]; readonly children: ReactNode }) {
  return (
    <div className="overflow-x-auto rounded-control border border-line" tabIndex={0} role="group" aria-label={label}>
      <table className="w-full border-separate border-spacing-0 text-label">
        <thead>
          <tr>
            {headers.map((header) => (
              <th key={header} scope="col" className="h-7 border-b border-line bg-sunken px-2 text-left font-medium whitespace-nowrap text-fg-secondary">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function RuleRow({ deciding = false, children }: { readonly deciding?: boolean; readonly children: ReactNode }) {
  return <tr className={cx('[&>td]:border-b [&>td]:border-line-subtle last:[&>td]:border-0 [&>td]:px-2 [&>td]:py-1.5 [&>td]:align-top', deciding && 'bg-selected font-medium')}>{children}</tr>;
}
