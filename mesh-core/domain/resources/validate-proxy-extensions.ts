import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { PluginMatch, ProxyConfigSpec, TrafficExtensionSpec, WasmModule, WasmPluginSpec } from './proxy-extensions.ts';
import { checkSelectorLabels } from './rules/label-rules.ts';
import { isPort } from './rules/port-rules.ts';
import { byteLength } from './rules/regex-rules.ts';
import { checkAttachment } from './rules/target-rules.ts';
import { urlScheme } from './schema/url-scheme.ts';

/**
 * istiod's rules for ProxyConfig, WasmPlugin and TrafficExtension. Source: istio/istio
 * pkg/config/validation/validation.go (ValidateProxyConfig, ValidateWasmPlugin, ValidateTrafficExtension).
 */
export function validateProxyConfig(spec: ProxyConfigSpec, issues: IssueSink): void {
  if (spec.selector !== undefined) checkSelectorLabels(spec.selector.matchLabels, 'spec.selector', issues);
  if ((spec.concurrency ?? 0) < 0) issues.error('spec.concurrency', 'concurrency must be greater than or equal to 0', { expected: '0 or more' });
}

export function validateWasmPlugin(spec: WasmPluginSpec, issues: IssueSink): void {
  checkAttachment(spec, issues);
  checkModule(spec, 'spec', 255, issues);
  checkMatches(spec.match ?? [], issues);
}

const MAX_SCRIPT_BYTES = 65_536;

export function validateTrafficExtension(spec: TrafficExtensionSpec, issues: IssueSink): void {
  const { wasm, lua, selector, targetRefs } = spec;
  if ((wasm === undefined) === (lua === undefined)) issues.error('spec', 'exactly one of wasm or lua must be set', { expected: 'wasm or lua' });
  checkAttachment({ ...(selector === undefined ? {} : { selector }), ...(targetRefs === undefined ? {} : { targetRefs }) }, issues);
  if (lua !== undefined) {
    const { inlineCode = '' } = lua;
    if (inlineCode === '') issues.error('spec.lua.inlineCode', 'lua.inlineCode cannot be empty', { expected: 'a script' });
    if (byteLength(inlineCode) > MAX_SCRIPT_BYTES) issues.error('spec.lua.inlineCode', 'lua.inlineCode exceeds maximum size of 64KB', { expected: 'at most 64 KB' });
  }
  if (wasm !== undefined) checkModule(wasm, 'spec.wasm', 256, issues);
  checkMatches(spec.match ?? [], issues);
}

const SCHEMES = ['', 'file', 'http', 'https', 'oci'];
const MAX_NAME = 256;

/** `statedLimit` is the length that the message names, which differs between the two kinds. */
function checkModule(module: WasmModule, path: string, statedLimit: number, issues: IssueSink): void {
  const { url = '', sha256 = '', imagePullSecret = '', pluginName = '' } = module;
  const scheme = urlScheme(url) ?? urlScheme(`http://${url}`);
  if (url === '') issues.error(`${path}.url`, 'url field needs to be set', { expected: 'an address such as oci://registry/image' });
  else if (scheme === undefined) issues.error(`${path}.url`, `failed to parse url: ${JSON.stringify(url)}`, { expected: 'an address such as oci://registry/image' });
  else if (!SCHEMES.includes(scheme)) issues.error(`${path}.url`, `url contains unsupported scheme: ${scheme}`, { expected: 'oci, http, https or file' });
  if (sha256 !== '' && sha256.length !== 64) issues.error(`${path}.sha256`, 'sha256 field must be 64 characters long', { expected: '64 hex digits' });
  else if (!/^[a-f0-9]*$/.test(sha256)) issues.error(`${path}.sha256`, 'sha256 field must match [a-f0-9]{64} pattern', { expected: '64 hex digits in lower case' });
  if (byteLength(imagePullSecret) > 253) issues.error(`${path}.imagePullSecret`, 'imagePullSecret field must be less than 253 characters long', { expected: 'at most 253 characters' });
  if (byteLength(pluginName) > MAX_NAME) issues.error(`${path}.pluginName`, `pluginName field must be less than ${statedLimit} characters long`, { expected: `at most ${MAX_NAME} characters` });
  checkEnvironment(module, `${path}.vmConfig.env`, issues);
}

function checkEnvironment({ vmConfig }: WasmModule, path: string, issues: IssueSink): void {
  const names = new Set<string>();
  for (const [index, { name = '', value = '', valueFrom = 'INLINE' }] of (vmConfig?.env ?? []).entries()) {
    const place = joinPath(path, index);
    if (name === '') issues.error(`${place}.name`, 'spec.vmConfig.env invalid', { expected: 'a name' });
    else if (byteLength(name) > MAX_NAME) issues.error(`${place}.name`, 'env.name field must be less than 255 characters long', { expected: `at most ${MAX_NAME} characters` });
    else if (names.has(name)) issues.error(`${place}.name`, 'duplicate env', { expected: 'every name once' });
    if (valueFrom !== 'INLINE' && value !== '') issues.error(`${place}.value`, 'value may only be set when valueFrom is INLINE', { expected: 'no value' });
    names.add(name);
  }
}

function checkMatches(matches: readonly PluginMatch[], issues: IssueSink): void {
  for (const [index, { ports = [] }] of matches.entries()) {
    for (const [portIndex, { number = 0 }] of ports.entries()) {
      if (!isPort(number)) issues.error(`spec.match[${index}].ports[${portIndex}].number`, `spec.Match[${index}].Ports[${portIndex}] is out of range: ${number}`, { expected: '1 to 65535' });
    }
  }
}
