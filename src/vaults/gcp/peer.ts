import type { Peer } from '../http/http.ts';

/** A host of Google's, in the words of an error. */
export function peerCalled(name: string): Peer {
  return {
    name,
    address: 'check HTTPS_PROXY and the DNS of this network',
    trust: 'put the certificate authority of the proxy into the file that NODE_EXTRA_CA_CERTS names',
  };
}
