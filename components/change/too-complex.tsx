import { AppLink } from '#components/shell/app-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { EmptyState } from '#components/ui/states.tsx';

export interface TooComplexProps {
  /** What is more than the form can show: `This policy`. */
  readonly what: string;
  readonly reason: string;
  /** The object's YAML editor, when it is stored. */
  readonly href: string | undefined;
}

/** In place of a form that would lose something of an object, with the way to its YAML. */
export function TooComplex({ what, reason, href }: TooComplexProps) {
  return (
    <EmptyState
      title={`${what} is more than the form can show`}
      hint={reason}
      action={
        href === undefined ? undefined : (
          <AppLink href={href} className={buttonClass('primary')}>
            Edit as YAML
          </AppLink>
        )
      }
    />
  );
}
