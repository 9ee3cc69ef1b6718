import type { ReactNode } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';

const EXAMPLE = `kubectl apply -f - <<'EOF'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: first-rules, namespace: default }
spec:
  groups:
  - name: first
    rules:
    - { alert: TargetDown, expr: up == 0, for: 1m }
EOF`;

/** What the page says while there are no rules: how to add the first. */
export function NO_RULES(evaluatedHere: boolean): { readonly title: string; readonly hint: ReactNode; readonly action?: ReactNode } {
  if (!evaluatedHere) return { title: 'The connected Prometheus has no rules', hint: 'Rules are added to its own rule files.' };
  return {
    title: 'No rules yet',
    hint: (
      <>
        <p>
          A <code>PrometheusRule</code> object, or a ConfigMap labelled <code>binnacle.dev/rules: &quot;true&quot;</code> with Prometheus rule files, is evaluated within seconds. For instance:
        </p>
        <div className="relative mt-3 rounded-control border border-line bg-sunken text-left">
          <pre className="overflow-x-auto p-3 pr-10 font-mono text-label whitespace-pre text-fg" role="region" aria-label="A first rule, for kubectl" tabIndex={0}>
            {EXAMPLE}
          </pre>
          <span className="absolute top-1 right-1">
            <CopyButton text={EXAMPLE} label="Copy the command" />
          </span>
        </div>
      </>
    ),
    action: (
      <AppLink href={withParams(paths.configNew(), { kind: 'PrometheusRule' })} className={buttonClass('primary')}>
        Write a rule here
      </AppLink>
    ),
  };
}
