// A reporter for node:test that prints failures in full, lines tests print on purpose, and the counts; not every passing name.
export default async function* quietReporter(source) {
  const counts = { pass: 0, fail: 0, skipped: 0 };
  for await (const event of source) {
    const isTest = event.data?.details?.type !== 'suite';
    if (event.type === 'test:pass' && isTest) counts[event.data.skip === undefined ? 'pass' : 'skipped']++;
    if (event.type === 'test:fail' && isTest) {
      counts.fail++;
      const { error } = event.data.details;
      yield `\nFAILED  ${event.data.name}  (${event.data.file ?? ''}:${event.data.line ?? ''})\n${indent(error?.cause?.stack ?? error?.message ?? String(error))}\n`;
    }
    if (event.type === 'test:stdout' && !event.data.message.startsWith('{')) yield event.data.message;
    if (event.type === 'test:stderr' && !event.data.message.startsWith('{')) yield event.data.message;
  }
  yield `\nℹ tests ${counts.pass + counts.fail + counts.skipped}\nℹ pass ${counts.pass}\nℹ fail ${counts.fail}\nℹ skipped ${counts.skipped}\n`;
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
