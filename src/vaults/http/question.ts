/** Who is asked, in the words of an error. */
export type Peer = {
  /** `Vault`: an error says `Vault at vault.example.com:8200`. */
  readonly name: string;
  /** What says where it is, for a hint: `check KONG_VAULT_HCV_HOST and KONG_VAULT_HCV_PORT`. */
  readonly address: string;
  /** What says whose certificates are trusted, for a hint: `add its certificate authority to KONG_...`. */
  readonly trust: string;
  /** How it is reached where that is a matter of its own, for a hint after the address: `check the route: a VPC endpoint, ...`. */
  readonly route?: string;
};

export type Question = {
  readonly peer: Peer;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether it may be asked again when the connection broke after it was sent; default: only a GET. */
  readonly isRepeatable?: boolean;
  /** Whether it is asked again after this answer; default: 429 and 5xx. The last answer is returned whatever it is. */
  readonly isTemporary?: (answer: Answer) => boolean;
  /** For the whole question, all attempts and the pauses between them; default 10 s. */
  readonly timeoutMs?: number;
  /** How often it is asked at most; default 3. */
  readonly mostAttempts?: number;
};

/** What came back, whatever its status. A redirect is an answer too: none is followed. */
export type Answer = {
  readonly status: number;
  /** By name in lower case; a header that came several times is joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** False where the bytes are no UTF-8, so that the text is not what was sent. */
  readonly isText: boolean;
};
