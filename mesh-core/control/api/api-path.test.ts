import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApiPath } from './api-path.ts';

/** A route in one line, the kind by its name. */
function brief(pathname: string): string {
  const route = parseApiPath(pathname);
  switch (route.type) {
    case 'collection':
      return `${route.kind.kind}@${route.version} in ${route.namespace ?? 'all'}`;
    case 'object':
      return `${route.kind.kind}@${route.version} ${route.namespace ?? '-'}/${route.name}${route.status ? ' status' : ''}`;
    case 'token-request':
      return `token ${route.namespace}/${route.serviceAccount}`;
    case 'review':
      return `${route.review.kind} in ${route.namespace ?? 'all'}`;
    case 'group':
      return `group ${route.group}`;
    case 'resources':
      return `resources ${route.group}/${route.version}`;
    case 'openapi-v3':
      return `openapi ${route.path}`;
    case 'version':
    case 'health':
    case 'core-versions':
    case 'groups':
    case 'openapi-v2':
    case 'openapi-v3-index':
    case 'not-found':
      return route.type;
  }
}

const PATHS: readonly (readonly [string, string])[] = [
  ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'SelfSubjectAccessReview in all'],
  ['/apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews', 'LocalSubjectAccessReview in shop'],
  ['/apis/authorization.k8s.io/v1/namespaces/shop/selfsubjectaccessreviews', 'not-found'],
  ['/apis/authentication.k8s.io/v1/selfsubjectreviews', 'SelfSubjectReview in all'],
  ['/version', 'version'],
  ['/openapi/v2', 'openapi-v2'],
  ['/openapi/v3/', 'openapi-v3-index'],
  ['/openapi/v3/apis/networking.istio.io/v1', 'openapi apis/networking.istio.io/v1'],
  ['/openapi/v4', 'not-found'],
  ['/api/v1/namespaces/shop/endpoints/web', 'Endpoints@v1 shop/web'],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'CustomResourceDefinition@v1 in all'],
  ['/healthz', 'health'],
  ['/readyz/ping', 'health'],
  ['/api', 'core-versions'],
  ['/api/', 'core-versions'],
  ['/apis', 'groups'],
  ['/api/v1', 'resources /v1'],
  ['/apis/networking.istio.io', 'group networking.istio.io'],
  ['/apis/networking.istio.io/v1beta1', 'resources networking.istio.io/v1beta1'],
  ['/apis/networking.istio.io/v1/virtualservices', 'VirtualService@v1 in all'],
  ['/apis/networking.istio.io/v1alpha3/namespaces/shop/virtualservices', 'VirtualService@v1alpha3 in shop'],
  ['/apis/networking.istio.io/v1/namespaces/shop/virtualservices/catalog', 'VirtualService@v1 shop/catalog'],
  ['/apis/binnacle.dev/v1/namespaces/shop/canaryrollouts/x/status', 'CanaryRollout@v1 shop/x status'],
  ['/api/v1/namespaces', 'Namespace@v1 in all'],
  ['/api/v1/namespaces/shop', 'Namespace@v1 -/shop'],
  ['/api/v1/namespaces/shop/status', 'Namespace@v1 -/shop status'],
  ['/api/v1/namespaces/shop/services', 'Service@v1 in shop'],
  ['/api/v1/namespaces/services/services/services', 'Service@v1 services/services'],
  ['/api/v1/namespaces/shop/serviceaccounts/web/token', 'token shop/web'],
  ['/apis/networking.istio.io/v1/namespaces/shop/workloadentries/catalog-v1-127.0.0.1-15006', 'WorkloadEntry@v1 shop/catalog-v1-127.0.0.1-15006'],
  ['/api/v1/services/web', 'not-found'],
  ['/apis/networking.istio.io/v2/virtualservices', 'not-found'],
  ['/apis/apps/v1/deployments', 'not-found'],
  ['/apis/security.istio.io/v1/namespaces/shop/virtualservices', 'not-found'],
  ['/api/v1/namespaces/shop/services/web/proxy', 'not-found'],
  ['/api/v1/namespaces//services', 'not-found'],
  ['/api/v1/namespaces/shop/services/a%2Fb', 'not-found'],
  ['/api/v1/%E0%A4%A', 'not-found'],
  ['/apis/', 'groups'],
  ['/', 'not-found'],
  ['', 'not-found'],
];

for (const [pathname, expected] of PATHS) {
  test(`the path "${pathname}" is ${expected}`, () => assert.equal(brief(pathname), expected));
}
