import type { ReactNode } from 'react';

/** Names and values below each other; children are `Fact`s. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-label">{children}</dl>;
}

/** One name with its value. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-fg-secondary">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
