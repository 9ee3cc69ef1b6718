'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { showErrorToast, showToast } from '#components/ui/toast.tsx';
import type { AppliedObject } from '#server/config/schemas.ts';
import { undoWrites } from '#components/config/queries.ts';

/** Undoes audited writes, says so, and makes every page read its configuration anew. */
export function useUndo(onUndone?: (written: readonly AppliedObject[]) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: undoWrites,
    onSuccess: async (written) => {
      await client.invalidateQueries({ queryKey: ['config'] });
      showToast({ title: 'Undone', description: 'What was there before is written again.' });
      onUndone?.(written);
    },
    onError: (error) => showErrorToast('That was not undone', error),
  });
}
