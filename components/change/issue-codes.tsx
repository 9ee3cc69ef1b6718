import type { ConfigIssue } from '#server/config/schemas.ts';
import { issueCodes } from './issue-words.ts';

/** The codes of a finding, each a link to the page that explains it. */
export function IssueCodes({ issue }: { readonly issue: Pick<ConfigIssue, 'code' | 'docs' | 'also'> }) {
  const docs = new Map([...(issue.code === undefined ? [] : [[issue.code, issue.docs] as const]), ...(issue.also ?? []).map((other) => [other.code, other.docs] as const)]);
  return (
    <>
      {issueCodes(issue).map((code) => {
        const href = docs.get(code);
        const className = 'inline-flex h-[18px] items-center rounded-sm border border-line bg-sunken px-1 font-mono text-axis font-normal whitespace-nowrap text-fg-secondary';
        return href === undefined ? (
          <span key={code} className={className}>
            {code}
          </span>
        ) : (
          <a key={code} className={`${className} hover:border-line-strong hover:text-fg`} href={href} target="_blank" rel="noreferrer" title={`What ${code} means`}>
            {code}
          </a>
        );
      })}
    </>
  );
}
