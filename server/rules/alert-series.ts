import { METRIC_NAME, labelsFromEntries } from '#server/timeseries/labels.ts';
import type { Labels, LabelMatcher, Sample } from '#server/timeseries/storage.ts';
import type { ActiveAlerts } from './alert-state.ts';
import type { AlertingDefinition } from './rule-definition.ts';

export const ALERT_NAME = 'alertname';
export const FOR_STATE_METRIC = 'ALERTS_FOR_STATE';
const ALERTS_METRIC = 'ALERTS';

/** The series an alerting rule writes at `time` (Unix ms): `ALERTS` with the state, `ALERTS_FOR_STATE` with the start in Unix seconds. Source: rules/alerting.go. */
export function alertSamples(rule: AlertingDefinition, alerts: ActiveAlerts, time: number): readonly Sample[] {
  return [...alerts.values()].flatMap((alert) => {
    if (alert.state === 'inactive') return [];
    const labels = Object.entries({ ...rule.labels, ...alert.labels, [ALERT_NAME]: rule.name });
    return [
      { labels: labelsFromEntries([...labels, [METRIC_NAME, ALERTS_METRIC], ['alertstate', alert.state]]), timestamp: time, value: 1 },
      { labels: labelsFromEntries([...labels, [METRIC_NAME, FOR_STATE_METRIC]]), timestamp: time, value: Math.floor(alert.activeAt / 1000) },
    ];
  });
}

/** Which `ALERTS_FOR_STATE` series may be a rule's; labels with templates differ from alert to alert. */
export function forStateMatchers(rule: AlertingDefinition): readonly LabelMatcher[] {
  const labels: Labels = { ...rule.labels, [METRIC_NAME]: FOR_STATE_METRIC, [ALERT_NAME]: rule.name };
  return Object.entries(labels).flatMap(([name, value]) => (value.includes('{{') ? [] : [{ name, op: '=', value }]));
}
