import { STATUS, type Status } from './status.ts';

export interface StatusGlyphProps {
  readonly status: Status;
  /** Pixels; 14 by default, 16 beside titles. */
  readonly size?: number;
  /** In lists: healthy becomes a small dot, so that what is wrong stands out. */
  readonly quiet?: boolean;
  /** Read out when no text beside it names the status. */
  readonly label?: string;
}

/** The shape and colour of a status. Each shape is its own, so that colour is never the only sign. */
export function StatusGlyph({ status, size = 14, quiet = false, label }: StatusGlyphProps) {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} className="shrink-0" style={{ color: STATUS[status].color }} {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}>
      {quiet && status === 'healthy' ? <circle cx="8" cy="8" r="3.5" fill="currentColor" /> : SHAPES[status]}
    </svg>
  );
}

const mark = { stroke: 'var(--surface-panel)', strokeWidth: 1.8, strokeLinecap: 'round', strokeLinejoin: 'round', fill: 'none' } as const;

const SHAPES: Readonly<Record<Status, React.ReactNode>> = {
  healthy: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m4.9 8.2 2.1 2.1 4-4.3" {...mark} />
    </>
  ),
  degraded: (
    <>
      <path d="M8 1.4 15.2 14a.8.8 0 0 1-.7 1.1H1.5A.8.8 0 0 1 .8 14Z" fill="currentColor" />
      <path d="M8 6v4.2M8 12.6v.05" {...mark} />
    </>
  ),
  failing: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {...mark} />
    </>
  ),
  progressing: (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" opacity="0.3" />
      <path d="M8 2a6 6 0 0 1 0 12" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />
    </>
  ),
  idle: <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  unknown: <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.8" strokeDasharray="2.6 3.16" />,
  'not-ready': <path d="M3 8h10" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
};
