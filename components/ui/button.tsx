import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './class-names.ts';
import { Spinner } from './spinner.tsx';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';
export type ButtonSize = 'sm' | 'md';

export interface ButtonProps extends Omit<ComponentProps<typeof BaseButton>, 'className'> {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  /** Icon before the label, 14 px. */
  readonly icon?: ReactNode;
  /** Shows a spinner and ignores clicks; the label stays, so the width does not jump. */
  readonly pending?: boolean;
  readonly className?: string;
}

const VARIANTS: Record<ButtonVariant, string> = {
  primary: 'bg-primary text-on-primary hover:bg-primary-hover border border-transparent',
  secondary: 'bg-panel text-fg border border-line-strong hover:bg-hover active:bg-active data-[popup-open]:bg-active',
  ghost: 'text-fg-secondary hover:text-fg hover:bg-hover active:bg-active border border-transparent data-[popup-open]:bg-active data-[popup-open]:text-fg',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover border border-transparent',
};
const SIZES: Record<ButtonSize, string> = { sm: 'h-7 px-2 text-label gap-1.5', md: 'h-8 px-3 text-body gap-1.5' };

/** The class list of a button, for links that look like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: ButtonSize = 'sm'): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center rounded-control font-medium whitespace-nowrap select-none',
    'transition-colors data-[disabled]:opacity-50 data-[disabled]:pointer-events-none aria-disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0',
    VARIANTS[variant],
    SIZES[size],
  );
}

/** A button; `secondary` and 28 px unless told otherwise. One `primary` per view. */
export function Button({ variant = 'secondary', size = 'sm', icon, pending = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <BaseButton type="button" {...rest} aria-busy={pending || undefined} className={cx(buttonClass(variant, size), className)} {...(pending ? {} : { onClick })}>
      {pending ? <Spinner /> : icon}
      {children}
    </BaseButton>
  );
}
