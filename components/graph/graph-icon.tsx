import { iconPath, type GraphIconName } from './graph-icons.ts';

/** An icon of the graph in text: legend, panel, tables. */
export function GraphIcon({ name, size = 14, label }: { readonly name: GraphIconName; readonly size?: number; readonly label?: string }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} className="shrink-0" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}>
      <path d={iconPath(name)} />
    </svg>
  );
}
