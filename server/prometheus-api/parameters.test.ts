import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Parameters } from './parameters.ts';

const parameters = (query: string, form?: string): Parameters => new Parameters(new URL(`http://x/?${query}`), form);

test('a time is a number of seconds or RFC 3339 with any zone', () => {
  assert.equal(parameters('t=1700000000.1239').time('t'), 1700000000.124);
  assert.equal(parameters('t=-1e3').time('t'), -1000);
  assert.equal(parameters('t=2023-11-14T22:13:20.5Z').time('t'), 1700000000.5);
  assert.equal(parameters('t=2023-11-15T00:13:20%2B02:00').time('t'), 1700000000);
  assert.equal(parameters('t=').time('t'), undefined);
  for (const bad of ['yesterday', 'NaN', 'Inf', '1e300', '2023-11-14', '2023-13-40T00:00:00Z']) {
    assert.throws(() => parameters(`t=${bad}`).time('t'), { errorType: 'bad_data', message: `invalid parameter "t": invalid time value for 't': cannot parse "${bad}" to a valid timestamp` });
    assert.throws(() => parameters(`t=${bad}`).requiredTime('t'), { errorType: 'bad_data', message: `invalid parameter "t": cannot parse "${bad}" to a valid timestamp` });
  }
  assert.equal(parameters('t=-1.0006').time('t'), -1.001);
  assert.equal(parameters('t=-9223309901257974').time('t'), -9223309901257974);
  assert.equal(parameters('t=-292273086-05-16T16:47:06Z').time('t'), -Infinity);
});

test('a duration is a number of seconds or in the form of Prometheus', () => {
  assert.equal(parameters('d=15').duration('d'), 15);
  assert.equal(parameters('d=0.5').duration('d'), 0.5);
  assert.equal(parameters('d=1m30s').duration('d'), 90);
  assert.equal(parameters('d=NaN').requiredDuration('d') < 0, true);
  assert.throws(() => parameters('d=500y').requiredDuration('d'), { message: 'invalid parameter "d": cannot parse "500y" to a valid duration' });
  assert.throws(() => parameters('d=-Inf').requiredDuration('d'), { message: 'invalid parameter "d": cannot parse "-Inf" to a valid duration. It overflows int64' });
  assert.throws(() => parameters('d=1x').requiredDuration('d'), { message: 'invalid parameter "d": cannot parse "1x" to a valid duration' });
  assert.throws(() => parameters('').requiredDuration('d'), { message: 'invalid parameter "d": cannot parse "" to a valid duration' });
});

test('a form goes before the URL, repeated parameters add up', () => {
  const both = parameters('query=a&match[]=x', 'query=b&match[]=y');
  assert.equal(both.text('query'), 'b');
  assert.deepEqual(both.all('match[]'), ['y', 'x']);
});

test('a limit of 0 is none, and one that is not a number is refused', () => {
  assert.equal(parameters('limit=0').limit(), undefined);
  assert.equal(parameters('limit=7').limit(), 7);
  assert.throws(() => parameters('limit=-1').limit(), { errorType: 'bad_data', message: 'invalid parameter "limit": limit must be non-negative' });
  assert.throws(() => parameters('limit=1.5').limit(), { message: 'invalid parameter "limit": strconv.Atoi: parsing "1.5": invalid syntax' });
  assert.throws(() => parameters('limit=99999999999999999999').limit(), { message: 'invalid parameter "limit": strconv.Atoi: parsing "99999999999999999999": value out of range' });
  assert.equal(parameters('limit=-1').count('limit'), undefined);
  assert.equal(parameters('limit=0').count('limit'), 0);
});
