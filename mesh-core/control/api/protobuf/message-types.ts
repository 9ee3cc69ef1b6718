import protobuf from 'protobufjs';

/** A field: its number and type. `repeated` and `map` (of a key type string) are told by a prefix: `[]string`, `{}bytes`. */
type Fields = Readonly<Record<string, readonly [number, string]>>;

/** Message types from a compact table, in one protobuf package. */
export function messageTypes(packageName: string, messages: Readonly<Record<string, Fields>>): protobuf.Root {
  const nested = Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields: Object.fromEntries(Object.entries(fields).map(([field, [id, type]]) => [field, fieldOf(id, type)])) }]));
  const root = protobuf.Root.fromJSON({ nested: { [packageName]: { nested } } });
  root.resolveAll();
  return root;
}

function fieldOf(id: number, type: string): protobuf.IField {
  if (type.startsWith('[]')) return { id, type: type.slice(2), rule: 'repeated' };
  // protobufjs tells a map by its key type.
  if (type.startsWith('{}')) return Object.assign({ id, type: type.slice(2) }, { keyType: 'string' });
  return { id, type };
}
