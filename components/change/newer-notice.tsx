'use client';

import { Button } from '#components/ui/button.tsx';
import { Notice } from '#components/ui/states.tsx';

export interface NewerNoticeProps {
  readonly what: string;
  readonly onRebase: () => void;
  readonly onDiscard: () => void;
}

/** What is being edited was changed by somebody else since it was opened. */
export function NewerNotice({ what, onRebase, onDiscard }: NewerNoticeProps) {
  return (
    <Notice
      status="degraded"
      title={`${what} was changed since you opened it.`}
      message="Your changes are on the older version."
      action={
        <span className="flex shrink-0 gap-1">
          <Button onClick={onRebase}>Re-base mine on it</Button>
          <Button variant="ghost" onClick={onDiscard}>
            Discard mine
          </Button>
        </span>
      }
    />
  );
}
