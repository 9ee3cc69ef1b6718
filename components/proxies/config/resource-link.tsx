'use client';

import { createContext, useContext, type ReactNode } from 'react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { ConfigRef } from './references.ts';

/** The configuration that links lead through. */
interface Index {
  readonly has: (ref: ConfigRef) => boolean;
  readonly open: (ref: ConfigRef) => void;
  readonly users: (ref: ConfigRef) => readonly ConfigRef[];
}
const IndexContext = createContext<Index>({ has: () => false, open: () => undefined, users: () => [] });

/** Lets `ResourceLink`s below it lead through one configuration. */
export function ConfigIndex({ value, children }: { readonly value: Index; readonly children: ReactNode }) {
  return <IndexContext value={value}>{children}</IndexContext>;
}

/** Who names a resource. */
export function useUsers(ref: ConfigRef): readonly ConfigRef[] {
  return useContext(IndexContext).users(ref);
}

/** The name of another resource; opens it, or says that the proxy does not have it. */
export function ResourceLink({ to }: { readonly to: ConfigRef }) {
  const { has, open } = useContext(IndexContext);
  if (!has(to)) {
    return (
      <span className="inline-flex min-w-0 items-center gap-1">
        <StatusGlyph status="degraded" label="Not there" />
        <code className="min-w-0 font-mono break-all text-fg-secondary">{to.name}</code>
      </span>
    );
  }
  return (
    <button type="button" onClick={() => open(to)} className="min-w-0 rounded-sm text-left font-mono break-all text-accent hover:underline">
      {to.name}
    </button>
  );
}
