import type { Peer } from '../http/http.ts';

/** Who is asked, in the words of an error of the connection. */
export const conjurPeer: Peer = {
  name: 'Conjur',
  address: 'check KONG_VAULT_CONJUR_ENDPOINT_URL',
  trust:
    'add its certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE, and check that KONG_VAULT_CONJUR_ENDPOINT_URL has the name that is in the certificate',
};
