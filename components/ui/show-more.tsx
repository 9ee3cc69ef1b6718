import { Button } from './button.tsx';

/** The last row of a list that shows its first items only; nothing when there are no others. `hidden`: how many those are. */
export function ShowMore({ all, hidden, onToggle }: { readonly all: boolean; readonly hidden: number; readonly onToggle: () => void }) {
  if (hidden <= 0) return null;
  return (
    <div className="border-t border-line-subtle px-2 py-1">
      <Button variant="ghost" aria-expanded={all} onClick={onToggle}>
        {all ? 'Show fewer' : `Show ${hidden} more`}
      </Button>
    </div>
  );
}
