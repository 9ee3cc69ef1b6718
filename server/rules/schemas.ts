import { array, discriminatedUnion, literal, number, object, optional, record, string, enum as oneOf, type infer as Infer } from 'zod';
import type { RuleFileProblem } from './rule-sources.ts';
import type { RuleGroupStatus } from './rule-status.ts';

export type { RuleFileProblem } from './rule-sources.ts';
export type { AlertingRuleStatus, AlertState, AlertStatus, RecordingRuleStatus, RuleGroupStatus, RuleStatus } from './rule-status.ts';

/** `GET /api/alerts`: what the Alerts page shows. */
export interface AlertsAnswer {
  readonly groups: readonly RuleGroupStatus[];
  readonly problems: readonly RuleFileProblem[];
  /** False: a remote Prometheus evaluates the rules; they are changed there. */
  readonly evaluatedHere: boolean;
}

const labels = record(string(), string());
const alert = object({
  labels,
  annotations: labels,
  state: oneOf(['pending', 'firing', 'inactive', 'unknown']),
  activeAt: optional(string()),
  keepFiringSince: optional(string()),
  value: string(),
});
const common = {
  name: string(),
  query: string(),
  labels: labels.default({}),
  health: oneOf(['unknown', 'ok', 'err']).catch('unknown'),
  lastError: string().default(''),
  evaluationTime: number().default(0),
  lastEvaluation: string().default(''),
};

/** The data of Prometheus' `/api/v1/rules`. Source: web/api/v1/api.go. */
export const remoteRulesSchema = object({
  groups: array(
    object({
      name: string(),
      file: string().default(''),
      interval: number().default(0),
      limit: number().default(0),
      evaluationTime: number().default(0),
      lastEvaluation: string().default(''),
      rules: array(
        discriminatedUnion('type', [
          object({ ...common, type: literal('recording') }),
          object({ ...common, type: literal('alerting'), state: oneOf(['pending', 'firing', 'inactive', 'unknown']).catch('unknown'), duration: number().default(0), keepFiringFor: number().default(0), annotations: labels.default({}), alerts: array(alert).nullish() }),
        ]),
      ),
    }),
  ),
});
export type RemoteRules = Infer<typeof remoteRulesSchema>;
