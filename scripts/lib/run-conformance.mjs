// Started by scripts/conformance.mjs on a Node that runs TypeScript, with the suite and the folder.
const [suite, directory = '.'] = process.argv.slice(2);
process.exitCode = suite === 'istio' ? await runIstio() : await runPromql();

async function runPromql() {
  const { conformanceReport, runDirectory } = await import('../../server/promql/testing/conformance.ts');
  const files = runDirectory(directory);
  const { lines, passed, total } = conformanceReport(files);
  for (const line of lines) console.log(line);
  if (files.length === 0) console.error('There are no *.test files in it.');
  return passed < total || files.length === 0 ? 1 : 0;
}

async function runIstio() {
  const { reportLines, runSets } = await import('../../mesh-core/testing/conformance/registry.ts');
  const results = runSets(directory);
  for (const line of reportLines(results)) console.log(line);
  if (results.length === 0) console.error('There is none of the sets in it: see mesh-core/testing/conformance.');
  return results.length === 0 || results.some(({ passed, total }) => passed < total) ? 1 : 0;
}
