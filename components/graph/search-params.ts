import { parseAsArrayOf, parseAsBoolean, parseAsString, parseAsStringLiteral } from 'nuqs';
import { EDGE_LABELS } from './edge-label.ts';
import { RATE_WINDOWS } from './rate-window.ts';

export const GRAPH_TYPES = ['versionedApp', 'app', 'service', 'workload'] as const;

const shown = (byDefault: boolean) => parseAsBoolean.withDefault(byDefault);

/** What the graph page keeps in its URL, beside the shell's namespaces and time. Defaults stay out of it. */
export const graphParsers = {
  type: parseAsStringLiteral(GRAPH_TYPES).withDefault('versionedApp'),
  view: parseAsStringLiteral(['graph', 'list'] as const).withDefault('graph'),
  labels: parseAsArrayOf(parseAsStringLiteral(EDGE_LABELS)).withDefault(['rate', 'errors']),
  window: parseAsStringLiteral(RATE_WINDOWS).withDefault('auto'),
  find: parseAsString.withDefault(''),
  hide: parseAsString.withDefault(''),
  /** Id of the chosen node, edge or box. */
  select: parseAsString,
  /** Id of the node whose calls, up and down, are all that is shown. */
  focus: parseAsString,
  services: shown(false),
  idleNodes: shown(false),
  idleEdges: shown(false),
  nsBoxes: shown(true),
  appBoxes: shown(true),
  badges: shown(true),
  mtls: shown(true),
  motion: shown(true),
  panel: shown(true),
};
