'use client';

import type { DeltasAnswer } from '#server/traces/trace-questions.ts';
import { AttributeDifferences } from './attribute-differences.tsx';
import { toggleChoice } from './query-edits.ts';
import { readField } from './query-text.ts';
import { staticOf } from './conditions.ts';
import type { Search } from './use-search.ts';

const SHOWN = 24;

/** What `compare()` found: attributes of the selected spans against the others. A press on a value searches for it among all of them. */
export function ComparisonView({ comparison, search }: { readonly comparison: DeltasAnswer['attributes']; readonly search: Search }) {
  return (
    <div className="p-3">
      <AttributeDifferences
        attributes={comparison.slice(0, SHOWN)}
        inside="of the selected spans"
        outside="of the others"
        onChoose={(text, value, how) => {
          const field = readField(text);
          const asked = field === undefined ? undefined : staticOf(field, value);
          // To the traces themselves: the comparison was the way to find them.
          if (field !== undefined && asked !== undefined) search.edit(({ pipeline }) => toggleChoice({ pipeline }, field, asked, how));
        }}
      />
    </div>
  );
}
