import { expect, test } from '@playwright/test';
import { api, endpoints, kubeClient, readObject, signIn } from './running-system.ts';

const broken = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'typo', namespace: 'shop' },
  spec: { hosts: ['typo.example.com'], gateways: ['mesh'], http: [{ route: [{ destination: { host: 'inventroy.shop.svc.cluster.local' } }] }] },
};

interface Routes {
  readonly http: readonly { readonly route: readonly { readonly destination: { readonly host: string } }[] }[];
}

test('a route to a host that nobody has shows its codes in the list, the problems and the editor, and the fix mends it', async ({ page }) => {
  const kube = kubeClient();
  await kube.create(broken, { fieldManager: 'e2e' });
  try {
    await signIn(page);
    await page.goto(`${endpoints().console}/config?code=IST0101`);
    const row = page.getByRole('row', { name: /typo/ });
    await expect(row.getByRole('link', { name: 'IST0101' })).toHaveAttribute('href', 'https://istio.io/latest/docs/reference/config/analysis/ist0101/');
    await expect(row.getByRole('link', { name: 'KIA1101' })).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Config .*problems/ })).toBeVisible();

    await page.goto(`${endpoints().console}/config/problems`);
    await page.getByRole('link', { name: 'shop/typo' }).first().click();
    const findings = page.getByRole('region', { name: 'Findings', exact: true });
    await expect(findings.getByRole('link', { name: 'IST0101' })).toBeVisible();
    await expect(findings.getByText('spec.http[0].route[0].destination.host')).toBeVisible();

    await findings.getByRole('button', { name: 'Fix: Use host inventory.shop.svc.cluster.local' }).click();
    const review = page.getByRole('dialog', { name: 'Review changes' });
    await expect(review.getByText('inventory.shop.svc.cluster.local').first()).toBeVisible();
    const spec = async (): Promise<string | undefined> => ((await readObject('networking.istio.io/v1', 'VirtualService', 'shop', 'typo'))?.spec as Routes | undefined)?.http[0]?.route[0]?.destination.host;
    expect(await spec(), 'nothing is written before it is reviewed').toBe('inventroy.shop.svc.cluster.local');
    await review.getByRole('button', { name: 'Apply', exact: true }).click();
    await expect.poll(spec).toBe('inventory.shop.svc.cluster.local');
    await expect(findings.getByText('Valid', { exact: true })).toBeVisible();
    await expect.poll(async () => (await api<{ problems: readonly { ref: { name: string } }[] }>('/api/config/problems')).problems.filter(({ ref }) => ref.name === 'typo')).toEqual([]);
  } finally {
    await api('/api/config/objects/networking.istio.io/v1/shop/virtualservices/typo', { method: 'DELETE' });
  }
});
