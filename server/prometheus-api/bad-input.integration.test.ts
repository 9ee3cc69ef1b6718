import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RunningConsole, until } from '#server/testing/running-console.ts';

/** Longest time a refusal may take, on a slow machine that does other things too. */
const PROMPT_MS = 20_000;

let it: RunningConsole;
before(async () => {
  it = await RunningConsole.start();
  await until('samples', async () => ((await post('/query', { query: 'count(up)' })).body as { data?: { result: unknown[] } }).data?.result.length === 1);
});
after(() => it?.stop());

interface Told {
  readonly status: number;
  readonly body: { readonly status?: string; readonly errorType?: string; readonly error?: string };
}

async function send(path: string, body: string | URLSearchParams | Uint8Array<ArrayBuffer>): Promise<Told> {
  const answer = await fetch(`${it.consoleUrl}/prometheus/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${it.adminToken()}`, 'content-type': 'application/x-www-form-urlencoded' },
    body,
    signal: AbortSignal.timeout(PROMPT_MS),
  });
  const text = await answer.text();
  assert.doesNotMatch(text, /\bat .*\.(ts|js|mjs):\d+|node:internal|RangeError|Maximum call stack/, 'no word of the inside');
  return { status: answer.status, body: JSON.parse(text) as Told['body'] };
}

function post(path: string, form: Readonly<Record<string, string>>): Promise<Told> {
  return send(path, new URLSearchParams(form));
}

async function assertAlive(): Promise<void> {
  const answer = await post('/query', { query: 'count(up)', timeout: '10s' });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

const now = Math.floor(Date.now() / 1000);
const range = (query: string, more: Readonly<Record<string, string>> = {}): [string, Record<string, string>] => ['/query_range', { query, start: String(now - 60), end: String(now), step: '1', ...more }];
const REFUSED: readonly [what: string, path: string, form: Readonly<Record<string, string>>, status: number, error: RegExp][] = [
  ['a query that touches 10⁸ samples', '/query', { query: 'count_over_time(vector(1)[2d:1ms])' }, 422, /^query processing would load too many samples into memory in query execution$/],
  ['the same at every step', ...range('sum(count_over_time(vector(1)[2d:1ms]))'), 422, /too many samples/],
  ['more points than are drawn', ...range('up', { start: '-9e15', end: '9e15' }), 400, /11,000 points/],
  ['a step of less than nothing', ...range('up', { step: '-1e300' }), 400, /overflows int64/],
  ['a step too small to count', ...range('up', { step: '1e-9' }), 400, /11,000 points/],
  ['a regex of too many repetitions', '/query', { query: 'up{job=~"(x{1000}){1000}"}' }, 400, /parse error: .*invalid repeat count|parse error: error parsing regexp/],
  ['a regex that is none', '/series', { 'match[]': 'up{job=~"(?P<a"}' }, 400, /parse error/],
  ['a query of 1 MB', '/query', { query: `up{job=~"${'abcdefg|'.repeat(131_072)}"}` }, 400, /expression is longer than/],
  ['calls nested ten thousand deep', '/query', { query: `${'abs('.repeat(8000)}up${')'.repeat(8000)}` }, 400, /parse error/],
  ['parentheses nested ten thousand deep', '/query', { query: `${'('.repeat(10_000)}up${')'.repeat(10_000)}` }, 400, /parse error/],
  ['signs without end', '/query', { query: `${'-'.repeat(30_000)}up` }, 400, /parse error/],
  ['brackets that are not closed', '/query', { query: '('.repeat(30_000) }, 400, /parse error/],
  ['a sum without end', '/parse_query', { query: `1${'+1'.repeat(15_000)}` }, 400, /parse error/],
  ['an expression that is formatted and nested too deep', '/format_query', { query: `${'('.repeat(10_000)}1${')'.repeat(10_000)}` }, 400, /parse error/],
  ['no text at all', '/query', { query: '\u0000\u0001' }, 400, /parse error: .*unexpected character/],
  ['a number of results beyond counting', '/query', { query: 'up', limit: '9'.repeat(400) }, 400, /value out of range$/],
];
for (const [what, path, form, status, error] of REFUSED) {
  test(`${what} is refused with the reason`, async () => {
    const answer = await post(path, form);
    assert.equal(answer.status, status, JSON.stringify(answer.body).slice(0, 500));
    assert.equal(answer.body.status, 'error');
    assert.match(answer.body.error ?? '', error);
    await assertAlive();
  });
}

test('a regex that other engines take for ever with is answered at once', async () => {
  const value = `${'a'.repeat(5000)}!`;
  const answer = await post('/query', { query: `label_replace(vector(1), "a", "${value}", "", "") and on () up{job!~"((a*)*)*b", job=~"(.*.*.*.*)*"} or vector(2)` });
  assert.equal(answer.status, 200);
  const replaced = await post('/query', { query: `label_replace(label_replace(vector(1), "a", "${value}", "", ""), "b", "$1", "a", "((a*)*)*b")` });
  assert.equal(replaced.status, 200);
  await assertAlive();
});

test('bytes that are not UTF-8 are refused or taken as such, not crashed on', async () => {
  for (const query of ['%ff%fe', 'up{job="%ff"}', '%22%c3%28%22', 'up%00']) {
    const answer = await send('/query', `query=${query}`);
    assert.ok(answer.status === 400 || answer.status === 200, `${query}: ${answer.status}`);
  }
  const raw = await send('/query', new Uint8Array([0x71, 0x75, 0x65, 0x72, 0x79, 0x3d, 0xff, 0xfe, 0x28]));
  assert.equal(raw.status, 400);
  await assertAlive();
});

test('a form of more bytes than are read is refused by its size', async () => {
  const answer = await post('/query', { query: 'x'.repeat(5 * 1024 * 1024) });
  assert.deepEqual([answer.status, answer.body.status, answer.body.errorType], [413, 'error', 'bad_data']);
  await assertAlive();
});

test('an address of more bytes than are read is refused by its size', async () => {
  const answer = await fetch(`${it.consoleUrl}/prometheus/api/v1/query?query=${'x'.repeat(40_000)}`, { headers: { authorization: `Bearer ${it.adminToken()}` } });
  assert.equal(answer.status, 431);
  await assertAlive();
});

test('a client that goes away ends its query', async () => {
  const impatient = fetch(`${it.consoleUrl}/prometheus/api/v1/query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${it.adminToken()}` },
    body: new URLSearchParams({ query: 'count_over_time(vector(1)[3h:1ms])' }),
    signal: AbortSignal.timeout(50),
  });
  await assert.rejects(impatient, { name: 'TimeoutError' });
  await assertAlive();
});

test('many at a time are each refused, and the next one is answered', async () => {
  const all = await Promise.all(Array.from({ length: 12 }, () => post('/query', { query: 'count_over_time(vector(1)[3d:1ms])' })));
  for (const { status } of all) assert.ok(status === 422 || status === 503, String(status));
  await assertAlive();
});
