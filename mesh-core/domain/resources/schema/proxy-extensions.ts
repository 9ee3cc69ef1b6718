import { atMostOne, oneSelector, targetRef, targetRefs, workloadSelector } from './route-fields.ts';
import { as, freeForm, int, list, map, object, oneOf, orNull, rule, string, withRules } from './schema.ts';
import { urlScheme } from './url-scheme.ts';

export const proxyConfigSpec = object('Settings of proxies that are read at their start.', {
  selector: workloadSelector,
  concurrency: orNull(int('Worker threads; 0: one for each core.', { min: 0, max: 2 ** 31 - 1 })),
  environmentVariables: map('Environment of the proxy.', string('Value of this variable.', { maxLength: 2048 })),
  image: object('Image of the proxy.', { imageType: string('default, debug or distroless.') }),
});

const SCHEMES = ['', 'http', 'https', 'file', 'oci'];
/** A module address may leave out its scheme, which then counts as http:// for the check. */
const moduleUrl = withRules(
  string('Where the module is: oci://, http://, https://, file://; absent: oci.', { minLength: 1 }),
  rule<string>('url must have schema one of [http, https, file, oci]', (url) => SCHEMES.includes(urlScheme(url) ?? urlScheme(`http://${url}`) ?? 'none')),
);

interface Variable {
  readonly valueFrom?: string;
  readonly value?: string;
}
const environment = withRules(
  object(
    'One variable.',
    {
      name: string('Name of the variable.', { minLength: 1, maxLength: 256 }),
      value: string('Its value.', { maxLength: 2048 }),
      valueFrom: oneOf('Where the value comes from.', { INLINE: 'The value given here.', HOST: 'The environment of the proxy.' }),
    },
    { required: ['name'] },
  ),
  rule<Variable>('value may only be set when valueFrom is INLINE', ({ valueFrom, value }) => valueFrom !== 'HOST' || value === undefined),
);

/** What a Wasm module is, in both kinds that have one. */
const wasmFields = {
  url: moduleUrl,
  sha256: string('Checksum of the module.', { pattern: /(^$|^[a-f0-9]{64}$)/, patternHelp: '64 hex digits' }),
  imagePullPolicy: oneOf('When the module is fetched.', { UNSPECIFIED_POLICY: 'As the tag says.', IfNotPresent: 'When it is not there.', Always: 'Always.' }),
  imagePullSecret: string('Secret with the credentials for fetching.', { minLength: 1, maxLength: 253 }),
  verificationKey: string('Public key for checking signatures.'),
  pluginConfig: freeForm('Configuration of the plugin.'),
  pluginName: string('Name of the plugin inside the module.', { minLength: 1, maxLength: 256 }),
  failStrategy: oneOf('What happens when the plugin fails.', { FAIL_CLOSE: 'Requests fail.', FAIL_OPEN: 'It is skipped.', FAIL_RELOAD: 'It is loaded again.' }),
  vmConfig: object('Settings of the virtual machine.', { env: list('Environment of the plugin.', environment, { maxItems: 256, keys: ['name'] }) }),
  type: oneOf('Kind of filter.', { UNSPECIFIED_PLUGIN_TYPE: 'HTTP.', HTTP: 'HTTP.', NETWORK: 'Network.' }),
};
const match = list(
  'Traffic it sees; absent: all.',
  object('One condition.', {
    mode: oneOf('Direction.', { UNDEFINED: 'Not set.', CLIENT: 'From the workload.', SERVER: 'To the workload.', CLIENT_AND_SERVER: 'Both.' }),
    ports: list('Ports.', object('One port.', { number: int('Port number.', { min: 1, max: 65_535 }) }, { required: ['number'] }), { keys: ['number'] }),
  }),
);
const priority = orNull(int('Order among those of a phase: higher first.'));
const phases = { AUTHN: 'Before authentication.', AUTHZ: 'Before authorization.', STATS: 'Before metrics.' };

export const wasmPluginSpec = withRules(
  object(
    'A WebAssembly filter. Accepted and checked, not run by this mesh.',
    {
      selector: workloadSelector,
      targetRef: as('Old form of targetRefs.', targetRef),
      targetRefs,
      ...wasmFields,
      phase: oneOf('Where among the filters.', { UNSPECIFIED_PHASE: 'At the end.', ...phases }),
      priority,
      match,
    },
    { required: ['url'] },
  ),
  oneSelector,
);

interface Extension {
  readonly wasm?: unknown;
  readonly lua?: unknown;
}
export const trafficExtensionSpec = withRules(
  object(
    'A WebAssembly or Lua filter. Accepted and checked, not run by this mesh.',
    {
      selector: workloadSelector,
      targetRefs,
      phase: oneOf('Where among the filters.', { UNSPECIFIED: 'At the end.', ...phases }),
      priority,
      match,
      wasm: object('A WebAssembly module.', wasmFields, { required: ['url'] }),
      lua: object('A Lua script.', { inlineCode: string('The script.', { minLength: 1, maxLength: 65_536 }) }, { required: ['inlineCode'] }),
    },
    { exclusive: [['wasm', 'lua']] },
  ),
  atMostOne('only one of targetRefs or selector can be set', 'selector', 'targetRefs'),
  rule<Extension>('exactly one of wasm or lua must be set', ({ wasm, lua }) => (wasm !== undefined) !== (lua !== undefined)),
);
