import type { FieldIssue } from '../../field-issue.ts';
import { KINDS } from '../../kinds.ts';
import type { MessageBody } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import { validateKindRules } from '../../validate-object.ts';
import type { Analyzer } from './analyzer.ts';

const ISTIO_KINDS = KINDS.filter(({ group }) => group.endsWith('.istio.io'));

/** IST0106, IST0130, IST0131 and IST0133: what istiod's validation says of objects that are stored all the same. Source: schema/validation.go. */
export const schemaValidation: Analyzer = {
  name: 'schemaValidation.CollectionValidationAnalyzer',
  kinds: ISTIO_KINDS.map(({ id }) => id),
  analyze(input, report) {
    for (const { id } of ISTIO_KINDS) {
      for (const object of input.subjects(id)) {
        const { errors, warnings } = validateKindRules(object);
        for (const issue of errors) report(object, messages.schemaValidationError(`${issue.path}: ${issue.message}`), { path: issue.path });
        for (const issue of warnings) report(object, bodyOf(issue), { path: issue.path });
      }
    }
  },
};

function bodyOf({ code, message, path }: FieldIssue): MessageBody {
  if (code === 'IST0130') return { ...messages.virtualServiceUnreachableRule('', ''), message };
  if (code === 'IST0131') return { ...messages.virtualServiceIneffectiveMatch('', '', ''), message };
  return messages.schemaWarning(`${path}: ${message}`);
}
