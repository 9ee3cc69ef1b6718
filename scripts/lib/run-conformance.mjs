// Started by scripts/conformance.mjs on a Node that runs TypeScript.
import { conformanceReport, runDirectory } from '../../server/promql/testing/conformance.ts';

const files = runDirectory(process.argv[2] ?? '.');
const { lines, passed, total } = conformanceReport(files);
for (const line of lines) console.log(line);
if (files.length === 0) console.error('There are no *.test files in it.');
process.exitCode = passed < total || files.length === 0 ? 1 : 0;
