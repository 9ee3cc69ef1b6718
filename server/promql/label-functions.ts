import { compileAnchored, InvalidMatcherError } from '#server/timeseries/label-matcher.ts';
import { labelsFromEntries, labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { executionError, SAME_LABELSET } from './eval-context.ts';
import { isLabelName } from './go-string.ts';
import type { StepMatrix } from './step-matrix.ts';

/** label_replace(v, dst, replacement, src, regex): sets a label from the groups of a match. Source: promql/functions.go. */
export function labelReplace(input: StepMatrix, [dst = '', replacement = '', src = '', pattern = '']: readonly string[]): StepMatrix {
  let regex: ReturnType<typeof compileAnchored>;
  try {
    regex = compileAnchored(pattern);
  } catch (error) {
    if (error instanceof InvalidMatcherError) throw executionError(`invalid regular expression in label_replace(): ${pattern}`);
    throw error;
  }
  if (!isLabelName(dst)) throw executionError(`invalid destination label name in label_replace(): ${dst}`);
  return relabelled(input, dst, (labels) => {
    const matcher = regex.matcher(labelValue(labels, src));
    if (!matcher.matches()) return undefined;
    const named = regex.namedGroups();
    return expand(replacement, (name) => {
      const index = /^\d+$/.test(name) ? Number(name) : named[name];
      return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
    });
  });
}

/** label_join(v, dst, separator, src…): joins the values of labels. */
export function labelJoin(input: StepMatrix, [dst = '', separator = '', ...sources]: readonly string[]): StepMatrix {
  const badSource = sources.find((source) => !isLabelName(source));
  if (badSource !== undefined) throw executionError(`invalid source label name in label_join(): ${badSource}`);
  if (!isLabelName(dst)) throw executionError(`invalid destination label name in label_join(): ${dst}`);
  return relabelled(input, dst, (labels) => sources.map((source) => labelValue(labels, source)).join(separator));
}

function relabelled(input: StepMatrix, dst: string, valueOf: (labels: Labels) => string | undefined): StepMatrix {
  const out = input.relabel((row) => {
    const labels = input.labels[row] ?? {};
    const dropName = input.dropName[row] === true;
    const value = valueOf(labels);
    if (value === undefined) return { labels, dropName };
    // A name that was set on purpose is not to be dropped any more.
    return { labels: labelsFromEntries([...Object.entries(labels), [dst, value]]), dropName: dropName && dst !== METRIC_NAME };
  });
  if (out === undefined) throw executionError(SAME_LABELSET);
  return out;
}

/** Go's Regexp.Expand: `$1`, `$name`, `${name}`, `$$`. */
function expand(template: string, group: (name: string) => string): string {
  return template.replaceAll(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_whole, dollar: string | undefined, braced: string | undefined, plain: string | undefined) =>
    dollar !== undefined ? '$' : group(braced ?? plain ?? ''),
  );
}
