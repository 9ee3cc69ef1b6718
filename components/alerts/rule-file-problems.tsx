import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Panel } from '#components/ui/panel.tsx';
import type { RuleFileProblem } from '#server/rules/schemas.ts';
import { sourceHref } from './rule-source.ts';

/** Rule files of which nothing is evaluated, with the place of the mistake. */
export function RuleFileProblems({ problems }: { readonly problems: readonly RuleFileProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <Panel title="Rule files that cannot be used" note={String(problems.length)} flush>
      <ul>
        {problems.map(({ file, source, message }) => (
          <li key={file} className="flex items-start gap-2 border-t border-line-subtle px-3 py-2">
            <span className="mt-0.5">
              <StatusGlyph status="failing" label="Cannot be used" />
            </span>
            <div className="min-w-0">
              <AppLink href={sourceHref(source)} className="font-mono text-label font-medium hover:underline">
                {file}
              </AppLink>
              <p className="text-label break-words text-fg-secondary">{message}</p>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
