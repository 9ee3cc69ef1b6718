import { Search } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './class-names.ts';

/** Shared look of text controls: 28 px, 3:1 outline, ring on focus. */
export const controlClass =
  'rounded-control border border-line-control bg-panel text-body text-fg placeholder:text-fg-tertiary transition-colors hover:border-fg-tertiary disabled:opacity-50 aria-invalid:border-failing';

export interface InputProps extends ComponentProps<'input'> {
  readonly mono?: boolean;
}

/** A one-line text field. Label it with `Field` or `aria-label`. */
export function Input({ mono = false, className, ...rest }: InputProps) {
  return <input {...rest} className={cx('h-7 w-full min-w-0 px-2', controlClass, mono && 'font-mono text-label', className)} />;
}

/** A filter box with a magnifier; `/` focuses the first one of a page. */
export function SearchInput({ className, ...rest }: Omit<InputProps, 'type'>) {
  return (
    <span className={cx('relative inline-flex items-center', className)}>
      <Search className="pointer-events-none absolute left-2 size-3.5 text-fg-tertiary" aria-hidden />
      <Input type="search" data-page-search="" autoComplete="off" spellCheck={false} {...rest} className="pr-2 pl-7" />
    </span>
  );
}

export interface TextareaProps extends ComponentProps<'textarea'> {
  readonly mono?: boolean;
}
/** A text field of several lines. */
export function Textarea({ mono = false, className, ...rest }: TextareaProps) {
  return <textarea rows={3} {...rest} className={cx('w-full px-2 py-1', controlClass, mono && 'font-mono text-label', className)} />;
}

export interface FieldProps {
  readonly label: ReactNode;
  /** `id` of the control inside. */
  readonly htmlFor?: string;
  readonly hint?: ReactNode;
  /** Shown beside the field in words; give the control `aria-invalid` and `aria-describedby={`${htmlFor}-note`}`. */
  readonly error?: string | undefined;
  readonly children: ReactNode;
  readonly className?: string;
}
/** Label, control, hint or error, in the order people read. */
export function Field({ label, htmlFor, hint, error, children, className }: FieldProps) {
  return (
    <div className={cx('flex min-w-0 flex-col gap-1', className)}>
      <label htmlFor={htmlFor} className="text-label font-medium text-fg-secondary">
        {label}
      </label>
      {children}
      {(error !== undefined || hint !== undefined) && (
        <p id={htmlFor === undefined ? undefined : `${htmlFor}-note`} className={cx('text-label', error === undefined ? 'text-fg-tertiary' : 'font-medium text-fg before:mr-1 before:text-failing before:content-["✕"]')} role={error === undefined ? undefined : 'alert'}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
