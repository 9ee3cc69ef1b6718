'use client';

import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps, ReactElement, ReactNode } from 'react';
import { cx } from './class-names.ts';
import { Tooltip } from './tooltip.tsx';

export interface IconButtonProps extends Omit<ComponentProps<typeof BaseButton>, 'className'> {
  /** Read by screen readers and shown as tooltip. */
  readonly label: string;
  readonly icon: ReactNode;
  /** Keys shown in the tooltip, e.g. `['Ctrl', 'K']`. */
  readonly keys?: readonly string[];
  readonly pressed?: boolean;
  readonly outlined?: boolean;
  readonly className?: string;
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
}

/** A 28 px button that is only an icon. Its label is never optional. */
export function IconButton({ label, icon, keys, pressed, outlined = false, className, side, ...rest }: IconButtonProps): ReactElement {
  return (
    <Tooltip content={label} {...(keys === undefined ? {} : { keys })} {...(side === undefined ? {} : { side })}>
      <BaseButton
        type="button"
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
        {...rest}
        className={cx(
          'inline-flex size-7 shrink-0 items-center justify-center rounded-control text-fg-secondary transition-colors hover:bg-hover hover:text-fg active:bg-active',
          'data-[disabled]:pointer-events-none data-[disabled]:opacity-40 data-[popup-open]:bg-active data-[popup-open]:text-fg [&_svg]:size-4',
          outlined && 'border border-line-strong bg-panel',
          pressed === true && 'bg-active text-fg',
          className,
        )}
      >
        {icon}
      </BaseButton>
    </Tooltip>
  );
}
