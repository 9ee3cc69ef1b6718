'use client';

import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { printField, printStatic } from '#server/traces/traceql/print.ts';
import type { ComparisonOperator } from '#server/traces/traceql/ast.ts';
import { Button } from '#components/ui/button.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { Field, Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { valueText } from './conditions.ts';
import { readValue, type AttributeCondition } from './form-model.ts';
import { attributesQuery, attributeValuesQuery } from './queries.ts';
import { catalogueTexts, readField } from './query-text.ts';

type Operator = ComparisonOperator | 'has' | 'has not';
const OPERATORS: readonly { readonly value: Operator; readonly label: string }[] = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '=~', label: 'matches' },
  { value: '!~', label: 'does not match' },
  { value: '>', label: '>' },
  { value: '>=', label: '≥' },
  { value: '<', label: '<' },
  { value: '<=', label: '≤' },
  { value: 'has', label: 'is there' },
  { value: 'has not', label: 'is not there' },
];

/** One condition on an attribute of the catalogue, with the values that spans have. */
export function AttributeConditionForm({ initial, onDone }: { readonly initial: AttributeCondition | undefined; readonly onDone: (condition: AttributeCondition) => void }) {
  const id = useId();
  const catalogue = useQuery(attributesQuery);
  const known = catalogue.data?.attributes ?? [];
  const [text, setText] = useState(initial === undefined ? '' : printField(initial.field));
  const [operator, setOperator] = useState<Operator>(initial === undefined ? '=' : initial.value.type !== 'nil' ? initial.operator : initial.operator === '=' ? 'has not' : 'has');
  const [value, setValue] = useState(initial === undefined || initial.value.type === 'nil' ? '' : initial.value.type === 'string' ? initial.value.value : printStatic(initial.value));
  const [tried, setTried] = useState(false);
  const field = readField(text);
  const values = useQuery({ ...attributeValuesQuery({ field: text, limit: 50 }), enabled: field !== undefined });
  const takesValue = operator !== 'has' && operator !== 'has not';
  const options = [...catalogueTexts(known), ...(text === '' || catalogueTexts(known).some((one) => one.text === text) ? [] : [{ text, types: '' }])];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setTried(true);
    if (field === undefined) return;
    onDone(takesValue ? { field, operator, value: operator === '=~' || operator === '!~' ? { type: 'string', value } : readValue(value, field, known) } : { field, operator: operator === 'has' ? '!=' : '=', value: { type: 'nil' } });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-2">
      <Field label="Attribute" htmlFor={`${id}-field`} error={tried && field === undefined ? 'Choose one.' : undefined}>
        <Combobox id={`${id}-field`} label="Attribute" value={text === '' ? null : text} onValueChange={(next) => setText(next ?? '')} options={options.map((one) => ({ value: one.text, label: one.text, note: one.types }))} placeholder="span.http.status_code" className="w-full" />
      </Field>
      <div className="flex gap-2">
        <Select label="Operator" value={operator} onValueChange={setOperator} options={OPERATORS} className="w-32" />
        {takesValue && (
          <>
            <Input aria-label="Value" mono list={`${id}-values`} value={value} onChange={(event) => setValue(event.target.value)} placeholder={operator === '=~' || operator === '!~' ? 'GET .*' : 'value'} autoComplete="off" spellCheck={false} />
            <datalist id={`${id}-values`}>
              {(values.data?.values ?? []).map((one) => (
                <option key={valueText(one.value)} value={valueText(one.value)} />
              ))}
            </datalist>
          </>
        )}
      </div>
      <Button type="submit">{initial === undefined ? 'Add the condition' : 'Change the condition'}</Button>
    </form>
  );
}
