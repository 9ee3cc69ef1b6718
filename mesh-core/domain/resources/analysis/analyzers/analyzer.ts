import type { AnalysisInput } from '../analysis-input.ts';
import type { Report } from '../analysis-message.ts';

/** One of Istio's analyzers, by Istio's name for it. Looks at everything at once and reports what it finds; never throws on objects whose fields have the right types. */
export interface Analyzer {
  readonly name: string;
  /** Ids of the kinds it says something about. */
  readonly kinds: readonly string[];
  analyze(input: AnalysisInput, report: Report): void;
}
