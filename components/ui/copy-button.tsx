'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';

/** Copies `text`; a tick for 1.5 s says it did. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 1500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      // The browser refuses without a user gesture or permission; the text can still be selected by hand.
      () => setState('refused'),
    );
  };
  const shown = state === 'copied' ? 'Copied' : state === 'refused' ? 'The browser refused to copy' : label;
  return <IconButton label={shown} icon={state === 'copied' ? <Check /> : <Copy />} onClick={copy} className="[&_svg]:size-3.5" />;
}
