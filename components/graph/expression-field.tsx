'use client';

import { CircleHelp, Eye, EyeOff, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Input } from '#components/ui/input.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { parseExpression } from './graph-expression.ts';
import { OPERANDS, type Operand } from './graph-operands.ts';

export interface ExpressionFieldProps {
  readonly kind: 'find' | 'hide';
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** What the valid expression did: "3 found", "5 hidden". */
  readonly outcome: string | undefined;
}

/** Takes effect this long after the last key. */
const PAUSE_MS = 250;

/** A find or hide box. What is typed is checked as it is typed; a mistake is said below, and nothing is changed by it. */
export function ExpressionField({ kind, value, onChange, outcome }: ExpressionFieldProps) {
  const id = useId();
  const [draft, setDraft] = useState(value);
  const [seen, setSeen] = useState(value);
  // Back, or a preset, has changed the URL.
  if (value !== seen) {
    setSeen(value);
    setDraft(value);
  }
  useEffect(() => {
    if (draft === value) return undefined;
    const timer = setTimeout(() => onChange(draft), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, value, onChange]);
  const parsed = parseExpression(draft);
  const error = parsed.ok ? undefined : parsed.error;
  const Icon = kind === 'find' ? Eye : EyeOff;
  return (
    <div className="relative flex min-w-44 flex-1 items-center sm:max-w-72" role="search" aria-label={kind === 'find' ? 'Find in the graph' : 'Hide from the graph'}>
      <Icon className="pointer-events-none absolute left-2 size-3.5 text-fg-tertiary" aria-hidden />
      <Input
        mono
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChange(draft);
          if (event.key === 'Escape' && draft !== '') {
            event.preventDefault();
            setDraft('');
            onChange('');
          }
        }}
        placeholder={kind === 'find' ? 'Find: error > 1%' : 'Hide: healthy'}
        aria-label={kind === 'find' ? 'Find' : 'Hide'}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        autoComplete="off"
        spellCheck={false}
        {...(kind === 'find' ? { 'data-page-search': '' } : {})}
        className="pr-14 pl-7"
      />
      <div className="absolute right-0.5 flex items-center">
        {draft !== '' && <IconButton label={`Clear ${kind}`} icon={<X />} onClick={() => { setDraft(''); onChange(''); }} className="size-6 [&_svg]:size-3.5" />}
        <ExpressionHelp kind={kind} onUse={(text) => { setDraft(text); onChange(text); }} />
      </div>
      <p id={`${id}-note`} aria-live="polite" className={cx('absolute top-full left-0 z-20 mt-1 max-w-[min(440px,80vw)] rounded-control border px-2 py-1 text-label', error === undefined ? 'sr-only' : 'border-failing-border bg-overlay')}>
        {error === undefined ? (draft === '' ? '' : (outcome ?? '')) : <Mistake text={draft} start={error.start} end={error.end} message={error.message} />}
      </p>
    </div>
  );
}

function Mistake({ text, start, end, message }: { readonly text: string; readonly start: number; readonly end: number; readonly message: string }) {
  return (
    <>
      <span className="block truncate font-mono text-fg-tertiary">
        {text.slice(0, start)}
        <mark className="rounded-sm bg-failing-bg text-fg underline decoration-failing decoration-wavy">{text.slice(start, Math.max(end, start + 1)) || ' '}</mark>
        {text.slice(Math.max(end, start + 1))}
      </span>
      {message}
    </>
  );
}

const EXAMPLES: Readonly<Record<'find' | 'hide', readonly (readonly [text: string, meaning: string])[]>> = {
  find: [
    ['!healthy', 'what is not well'],
    ['error > 1%', 'more than 1 % errors'],
    ['p95 > 500ms', 'slow calls'],
    ['name contains catalog', 'by name'],
    ['from = ui and rps > 5', 'busy calls of one app'],
  ],
  hide: [
    ['healthy', 'all that is well'],
    ['name = unknown', 'callers without a sidecar'],
    ['rps < 1', 'quiet parts'],
    ['ns = istio-system', 'a namespace'],
  ],
};

function ExpressionHelp({ kind, onUse }: { readonly kind: 'find' | 'hide'; readonly onUse: (text: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover label={`How to ${kind}`} align="end" open={open} onOpenChange={setOpen} trigger={<IconButton label={`How to ${kind}`} icon={<CircleHelp />} className="size-6 [&_svg]:size-3.5" />} className="w-[620px] p-3">
      <h2 className="text-body font-semibold">{kind === 'find' ? 'Find marks what matches and dims the rest' : 'Hide takes away what matches'}</h2>
      <ul className="mt-1 flex flex-col" aria-label="Examples">
        {EXAMPLES[kind].map(([text, meaning]) => (
          <li key={text}>
            <button type="button" onClick={() => { onUse(text); setOpen(false); }} className="focus-inset flex w-full items-baseline gap-3 rounded-control px-1.5 py-0.5 text-left hover:bg-hover">
              <code className="min-w-48 font-mono text-label text-accent">{text}</code>
              <span className="text-label text-fg-secondary">{meaning}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="mt-2 text-label text-fg-secondary">
        Join by <b>and</b>, <b>or</b>, <b>not</b> and parentheses. Compare by <code className="font-mono">= != &gt; &gt;= &lt; &lt;=</code>, texts by <b>contains</b>, <b>startswith</b>, <b>endswith</b>. Ask one kind of thing by <code className="font-mono">node.</code> or <code className="font-mono">edge.</code>, the ends of a call by <code className="font-mono">from.</code> and <code className="font-mono">to.</code>
      </p>
      <div className="mt-2 grid max-h-56 grid-cols-1 gap-x-4 overflow-y-auto border-t border-line pt-2 sm:grid-cols-2" tabIndex={0} role="region" aria-label="All words">
        {(['text', 'number', 'flag'] as const).map((sort) => (
          <OperandList key={sort} title={{ text: 'Texts', number: 'Numbers', flag: 'Yes or no' }[sort]} operands={OPERANDS.filter((operand) => operand.kind === sort)} />
        ))}
      </div>
    </Popover>
  );
}

function OperandList({ title, operands }: { readonly title: string; readonly operands: readonly Operand[] }) {
  return (
    <section>
      <h3 className="text-axis font-medium text-fg-tertiary">{title}</h3>
      <dl className="mb-2">
        {operands.map((operand) => (
          <div key={operand.names[0]} className="flex gap-2 text-label">
            <dt className="w-28 shrink-0 truncate font-mono" title={operand.names.join(', ')}>
              {operand.names[0]}
            </dt>
            <dd className="min-w-0 truncate text-fg-secondary" title={operand.help}>
              {operand.help}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
