import 'reflect-metadata';
import AxeBuilder from '@axe-core/playwright';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { expect, test, type Page } from '@playwright/test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { api, endpoints, kubeClient, proxySync, signIn } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

const NAMESPACE = 'istio-system';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

async function open(page: Page, workload: string, search = ''): Promise<void> {
  const proxy = await waitUntil(`the proxy of ${workload}`, async () => (await proxySync()).find(({ proxyId }) => proxyId.includes(workload)));
  await page.goto(`${endpoints().console}/proxies/${encodeURIComponent(proxy.proxyId)}${search}`);
}

/** A key pair that TLS cannot use: the key is another certificate's. */
async function oddSecret(): Promise<KubeObject> {
  const [keys, others] = [await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']), await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])];
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: 'CN=odd.example.com', keys, signingAlgorithm: ALGORITHM });
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', others.privateKey), 'PRIVATE KEY');
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'odd-key', namespace: NAMESPACE }, type: 'kubernetes.io/tls', data: { 'tls.crt': encoded(certificate.toString('pem')), 'tls.key': encoded(key) } } as KubeObject;
}

const GATEWAY: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'odd', namespace: NAMESPACE },
  spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 18443, name: 'https', protocol: 'HTTPS' }, hosts: ['odd.example.com'], tls: { mode: 'SIMPLE', credentialName: 'odd-key' } }] },
};

test('a proxy shows what it acknowledged, its certificate, and its configuration from listener to endpoint', async ({ page }) => {
  await signIn(page);
  await open(page, 'ui-v1');
  const types = page.getByRole('table', { name: 'Configuration by type' });
  for (const name of ['Listeners LDS', 'Routes RDS', 'Clusters CDS', 'Endpoints EDS', 'Secrets SDS']) await expect(types.getByRole('row', { name: new RegExp(`^${name} Synced`) })).toBeVisible();
  await expect(page.getByText('it has exactly what the control plane offers')).toBeVisible();
  const { certificates } = await api<{ certificates: { spiffeId: string; serialNumber: string; proxies: string[] }[] }>('/api/certificates');
  const held = certificates.find(({ proxies }) => proxies.some((id) => id.includes('ui-v1')));
  await expect(page.getByText(held?.spiffeId ?? 'no certificate', { exact: true })).toBeVisible();
  await expect(page.getByText(held?.serialNumber ?? 'no certificate', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Configuration', exact: true }).click();
  await page.getByRole('table', { name: 'Listeners' }).getByText(/^127\.0\.0\.1_\d+$/).click();
  await page.getByRole('region', { name: 'Listener' }).getByRole('button', { name: 'http_proxy' }).click();
  const routes = page.getByRole('region', { name: 'Route table' });
  await routes.getByRole('searchbox', { name: 'Filter hosts' }).fill('catalog');
  await routes.getByRole('article').first().getByRole('button', { name: 'outbound|80|v1|catalog.shop.svc.cluster.local' }).click();
  const cluster = page.getByRole('region', { name: 'Cluster' });
  await expect(cluster.getByText('mutual TLS')).toBeVisible();
  await cluster.getByRole('button', { name: 'outbound|80|v1|catalog.shop.svc.cluster.local' }).first().click();
  await expect(page.getByRole('region', { name: 'Endpoints' }).getByRole('row', { name: /Healthy catalog-v1\.shop/ })).toBeVisible();

  await page.getByRole('searchbox', { name: 'Filter Endpoints' }).fill('catalog-v2;shop');
  await expect(page.getByRole('table', { name: 'Endpoints' }).first().getByText('outbound|80|v1|catalog.shop.svc.cluster.local', { exact: true })).toBeHidden();
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await expect(page.getByText('"clusterName"')).toBeVisible();
});

test('a refused secret shows as NACK with the proxy\'s reason, in the list and on the proxy\'s page, until it is taken away', async ({ page }) => {
  const kube = kubeClient();
  await kube.create(await oddSecret());
  await kube.create(GATEWAY);
  try {
    await signIn(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      // Before the page is loaded: colours that are on their way from one theme to the other have no contrast.
      await page.emulateMedia({ colorScheme });
      await open(page, 'istio-ingressgateway');
      await expect(page.getByText(/secret kubernetes:\/\/odd-key: TLS cannot use it/)).toBeVisible();
      await expect(page.getByText('Rejected').first()).toBeVisible();
      expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
    }
    await open(page, 'istio-ingressgateway', '?tab=differences');
    await page.getByRole('row', { name: /^Missing Secret kubernetes:\/\/odd-key/ }).click();
    await expect(page.getByText('The control plane offers it; the proxy does not have it.')).toBeVisible();
    await page.goto(`${endpoints().console}/proxies?state=nack`);
    await expect(page.getByRole('table', { name: 'Proxies' }).getByRole('row', { name: /Rejected istio-ingressgateway/ })).toBeVisible();
  } finally {
    await kube.delete(servedKind('Gateway'), GATEWAY.metadata.name, NAMESPACE);
    await kube.delete(servedKind('Secret'), 'odd-key', NAMESPACE);
  }
  await open(page, 'istio-ingressgateway');
  await expect(page.getByText('it has exactly what the control plane offers')).toBeVisible();
});

test('the certificates page tells who holds what, and leads to the holder', async ({ page }) => {
  await signIn(page);
  await page.goto(`${endpoints().console}/certificates`);
  await expect(page.getByRole('table', { name: 'Roots' }).getByText('Signs')).toBeVisible();
  const holders = page.getByRole('table', { name: 'Workload certificates' });
  await page.getByRole('searchbox', { name: 'Filter Workload certificates' }).fill('sa/ui');
  const row = holders.getByRole('row', { name: /^Valid ui in shop/ });
  await expect(row).toBeVisible();
  await row.getByRole('link', { name: /^ui-v1/ }).click();
  await expect(page).toHaveURL(/\/proxies\/sidecar~/);
  await expect(page.getByText('spiffe://cluster.local/ns/shop/sa/ui', { exact: true })).toBeVisible();
});
