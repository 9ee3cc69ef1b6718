import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressProblem, hostInUrl } from './workload-address.ts';

test('workloads are called at IP addresses and host names, here and elsewhere', () => {
  for (const host of ['127.0.0.1', '10.1.2.3', '::1', '2001:db8::5', 'localhost', 'vm-3.example.com', 'my_host']) assert.equal(addressProblem(host), undefined, host);
});

test('a link-local address is never called, however it is written', () => {
  for (const host of ['169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '::ffff:169.254.169.254', 'fe80::1', 'FEBF::1']) assert.match(addressProblem(host) ?? '', /link-local/, host);
});

test('what is more or less than a host is refused', () => {
  assert.match(addressProblem('') ?? '', /no address/);
  for (const host of ['unix:///run/app.sock', 'user@10.0.0.1', '10.0.0.1/admin', 'a b', '10.0.0.1:80', 'a?b', 'a#b', '-x', '999.1.1.1', 'fe80::1%eth0']) assert.match(addressProblem(host) ?? '', /neither an IP address nor a host name/, host);
});

test('IPv6 stands in brackets in a URL', () => {
  assert.deepEqual(['::1', '10.0.0.1'].map(hostInUrl), ['[::1]', '10.0.0.1']);
});
