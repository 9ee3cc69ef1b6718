import { useQueryState } from 'nuqs';
import { useCallback } from 'react';
import { traceParsers } from '../trace-params.ts';

/** What is searched for in the trace, kept in the URL. `set` never changes. */
export function useFindText(): { readonly value: string; readonly set: (text: string) => void } {
  const [value, setValue] = useQueryState('find', traceParsers.find);
  const set = useCallback((text: string) => void setValue(text === '' ? null : text), [setValue]);
  return { value, set };
}
