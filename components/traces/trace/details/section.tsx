import type { ReactNode } from 'react';

/** A part of the panel under a small heading. */
export function Section({ title, note, children }: { readonly title: ReactNode; readonly note?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="px-3 py-2">
      <h3 className="flex items-baseline justify-between gap-2 pb-1 text-label font-semibold">
        {title}
        {note !== undefined && <span className="font-normal text-fg-tertiary">{note}</span>}
      </h3>
      {children}
    </section>
  );
}

/** A name with its value, for grids of facts. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-baseline justify-between gap-2">
      <dt className="shrink-0 text-fg-tertiary">{name}</dt>
      <dd className="min-w-0 truncate">{children}</dd>
    </div>
  );
}
