'use client';

import type { ReactNode } from 'react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { GraphIcon } from './graph-icon.tsx';
import { BADGES, type BadgeName, type GraphIconName } from './graph-icons.ts';

/** What every shape, line, mark and dot means. */
export function GraphLegend() {
  return (
    <div className="grid grid-cols-2 gap-x-5 gap-y-3">
      <Section title="Nodes">
        <Entry sign={<Shape kind="circle" icon="workload" />}>Workload</Entry>
        <Entry sign={<Shape kind="square" icon="app" />}>App, or its version</Entry>
        <Entry sign={<Shape kind="hexagon" icon="service" />}>Service</Entry>
        <Entry sign={<Shape kind="diamond" icon="serviceEntry" />}>Outside the mesh</Entry>
        <Entry sign={<GraphIcon name="gateway" size={16} />}>Gateway</Entry>
        <Entry sign={<Shape kind="circle" icon="unknown" />}>Caller without a sidecar</Entry>
      </Section>
      <Section title="Health">
        <Entry sign={<StatusGlyph status="healthy" />}>Healthy</Entry>
        <Entry sign={<StatusGlyph status="degraded" />}>{'Degraded: any 5xx, or 4xx from 10\u00a0%'}</Entry>
        <Entry sign={<StatusGlyph status="failing" />}>{'Failing: 5xx from 10\u00a0%, 4xx from 20\u00a0%'}</Entry>
        <Entry sign={<StatusGlyph status="idle" />}>Idle: no traffic</Entry>
      </Section>
      <Section title="Edges">
        <Entry sign={<Line color="var(--status-healthy-fg)" />}>Healthy; wider is more</Entry>
        <Entry sign={<Line color="var(--status-degraded-fg)" />}>Degraded</Entry>
        <Entry sign={<Line color="var(--status-failing-fg)" dash="6 3" />}>Failing</Entry>
        <Entry sign={<Line color="var(--graph-edge-tcp)" />}>TCP</Entry>
        <Entry sign={<Line color="var(--graph-edge)" dash="1.5 3" />}>Idle</Entry>
        <Entry sign={<GraphIcon name="lock" />}>All with mutual TLS</Entry>
        <Entry sign={<span className="text-degraded"><GraphIcon name="unlock" /></span>}>Some without</Entry>
      </Section>
      <Section title="Moving traffic">
        <Entry sign={<Dot />}>Request; faster is more</Entry>
        <Entry sign={<Dot kind="error" />}>Error</Entry>
        <Entry sign={<Dot kind="bytes" />}>TCP bytes</Entry>
        <Entry sign={<GraphIcon name="pin" />}>Moved by hand, stays put</Entry>
      </Section>
      <Section title="Config" wide>
        <ul className="grid grid-cols-2 gap-x-5">
          {(Object.keys(BADGES) as BadgeName[]).map((badge) => (
            <Entry key={badge} sign={<GraphIcon name={badge} />}>
              {BADGES[badge]}
            </Entry>
          ))}
        </ul>
      </Section>
    </div>
  );
}

function Section({ title, wide = false, children }: { readonly title: string; readonly wide?: boolean; readonly children: ReactNode }) {
  return (
    <section className={wide ? 'col-span-2' : ''}>
      <h3 className="mb-0.5 text-axis font-medium text-fg-tertiary">{title}</h3>
      {wide ? children : <ul>{children}</ul>}
    </section>
  );
}

function Entry({ sign, children }: { readonly sign: ReactNode; readonly children: ReactNode }) {
  return (
    <li className="flex min-h-6 items-center gap-2 text-label">
      <span className="flex w-6 shrink-0 justify-center" aria-hidden>
        {sign}
      </span>
      {children}
    </li>
  );
}

const OUTLINES = { circle: 'M12 1.5a10.5 10.5 0 1 1 0 21 10.5 10.5 0 0 1 0-21Z', square: 'M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3Z', hexagon: 'M6.5 2.5h11L22.5 12l-5 9.5h-11L1.5 12Z', diamond: 'M12 1.5 22.5 12 12 22.5 1.5 12Z' } as const;

function Shape({ kind, icon }: { readonly kind: keyof typeof OUTLINES; readonly icon: GraphIconName }) {
  return (
    <span className="relative flex size-[22px] items-center justify-center">
      <svg viewBox="0 0 24 24" className="absolute inset-0" fill="none" stroke="var(--graph-node-border)" strokeWidth="1.5" {...(icon === 'unknown' || icon === 'serviceEntry' ? { strokeDasharray: '3 2' } : {})}>
        <path d={OUTLINES[kind]} />
      </svg>
      <GraphIcon name={icon} size={11} />
    </span>
  );
}

function Line({ color, dash }: { readonly color: string; readonly dash?: string }) {
  return (
    <svg width="24" height="8" viewBox="0 0 24 8">
      <path d="M0 4h18" stroke={color} strokeWidth="2.2" strokeDasharray={dash} />
      <path d="m17 .8 6 3.2-6 3.2Z" fill={color} />
    </svg>
  );
}

function Dot({ kind = 'request' }: { readonly kind?: 'request' | 'error' | 'bytes' }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12">
      {kind === 'request' && <circle cx="6" cy="6" r="3" fill="var(--graph-particle)" />}
      {kind === 'error' && <path d="M6 1 11 6 6 11 1 6Z" fill="var(--status-failing-fg)" />}
      {kind === 'bytes' && <path d="M3.5 3.5h5v5h-5Z" fill="var(--graph-edge-tcp)" />}
    </svg>
  );
}
