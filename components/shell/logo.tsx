/** The mark: a compass card with its needle. */
export function Logo({ size = 20 }: { readonly size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden className="shrink-0">
      <circle cx="16" cy="16" r="12.5" fill="none" stroke="currentColor" strokeWidth="2.6" />
      <path d="M21.4 7.2 18.1 18.1 13.9 13.9z" fill="var(--interactive-accent)" />
      <path d="M10.6 24.8 13.9 13.9 18.1 18.1z" fill="currentColor" opacity="0.5" />
    </svg>
  );
}
