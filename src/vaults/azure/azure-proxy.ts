import { SettingError } from '../../errors.ts';
import type { VaultWorld } from '../vault.ts';

const proxies = ['HTTPS_PROXY', 'HTTP_PROXY'] as const;

/**
 * The environment with the proxy that Kong's azure backend has of its own since 3.12: `AZURE_HTTPS_PROXY`,
 * `AZURE_HTTP_PROXY` and `AZURE_NO_PROXY` in the place of the general ones, `AZURE_AUTH_USERNAME` and
 * `AZURE_AUTH_PASSWORD` where the proxy asks for a login. Throws SettingError for a proxy that is not a URL.
 */
export function withAzureProxy(environment: VaultWorld['environment']): VaultWorld['environment'] {
  const own: Record<string, string> = {};
  for (const name of proxies) {
    const text = environment[`AZURE_${name}`]?.trim() ?? '';
    if (text !== '') own[name] = withLogin(text, `AZURE_${name}`, environment);
  }
  const exceptions = environment['AZURE_NO_PROXY']?.trim() ?? '';
  return { ...environment, ...own, ...(exceptions === '' ? {} : { NO_PROXY: exceptions }) };
}

function withLogin(text: string, variable: string, environment: VaultWorld['environment']): string {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new SettingError('this is not a URL of an HTTP proxy', {
      subject: variable,
      hint: 'give http://host:port or https://host:port',
    });
  }
  const [user = '', password = ''] = [environment['AZURE_AUTH_USERNAME'], environment['AZURE_AUTH_PASSWORD']];
  if (url.username === '' && user !== '') {
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
  }
  return url.href;
}
