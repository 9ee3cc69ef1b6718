import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import { refusalOf, type WorkloadRef } from './span-links.ts';

/** Says which policy refused the request, and leads to it. */
export function Refused({ span, workload }: { readonly span: SpanDetails; readonly workload: WorkloadRef | undefined }) {
  const refusal = refusalOf(span);
  if (refusal === undefined) return null;
  return (
    <div role="note" className="flex flex-col gap-2 border-l-2 border-failing bg-failing-bg px-3 py-2 text-body">
      {refusal.kind === 'policy' ? (
        <>
          <p>
            Refused by the authorization policy <b>{`${refusal.namespace}/${refusal.name}`}</b>, rule {refusal.rule}.
          </p>
          <AppLink href={paths.authorization(refusal.namespace, refusal.name)} className={buttonClass('secondary')}>
            Open the policy
          </AppLink>
        </>
      ) : (
        <>
          <p>Refused: authorization policies apply to this workload, and none of them allows this caller, method and path.</p>
          {workload !== undefined && (
            <AppLink href={`${paths.config()}?kind=AuthorizationPolicy&namespace=${encodeURIComponent(workload.namespace)}`} className={buttonClass('secondary')}>
              {`Policies of ${workload.namespace}`}
            </AppLink>
          )}
        </>
      )}
    </div>
  );
}
