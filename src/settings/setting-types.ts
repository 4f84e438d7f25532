/**
 * The types of Kong's settings (conf_loader/constants.lua, Kong 3.9), and those of Enterprise that its documentation
 * names. Whatever is in none of the tables is text.
 */
export type SettingType = 'text' | 'list' | 'boolean' | 'switch' | 'number';

/** Lists are split at commas before Kong looks for references, which it then finds in the elements. */
const lists = words(`
  port_maps proxy_listen admin_listen admin_gui_listen status_listen stream_listen cluster_listen debug_listen
  ssl_cert ssl_cert_key admin_ssl_cert admin_ssl_cert_key admin_gui_ssl_cert admin_gui_ssl_cert_key
  status_ssl_cert status_ssl_cert_key debug_ssl_cert debug_ssl_cert_key
  portal_gui_listen portal_gui_ssl_cert portal_gui_ssl_cert_key
  portal_api_listen portal_api_ssl_cert portal_api_ssl_cert_key cluster_telemetry_listen
  db_cache_warmup_entities headers headers_upstream trusted_ips
  dns_resolver dns_order resolver_address resolver_family
  vaults plugins lua_ssl_trusted_certificate cluster_dp_labels pluginserver_names
  untrusted_lua_sandbox_requires untrusted_lua_sandbox_environment
  opentelemetry_tracing tracing_instrumentations wasm_filters
  cassandra_contact_points
`);

/** True for `on` and `true`, false for everything else, the empty text included. */
const booleans = words(`
  allow_debug_header pg_ssl pg_ssl_required pg_ssl_verify pg_ro_ssl pg_ro_ssl_required pg_ro_ssl_verify
  tls_certificate_verify pg_iam_auth pg_ro_iam_auth pg_azure_auth pg_ro_azure_auth pg_gcp_auth pg_ro_gcp_auth pg_oauth_auth pg_ro_oauth_auth
  dns_no_sync legacy_dns_client privileged_worker dedicated_config_processing client_ssl anonymous_reports
  cluster_use_proxy cluster_rpc cluster_cjson kic proxy_server_ssl_verify wasm request_debug
  cassandra_ssl cassandra_ssl_verify
`);

/** Like booleans, but kept as the words `on` and `off` that nginx takes. */
const switches = words('nginx_daemon real_ip_recursive ssl_prefer_server_ciphers ssl_session_tickets');

/** Read with Lua's tonumber; anything else unsets the setting without a word. */
const numbers = words(`
  db_update_frequency db_update_propagation db_cache_ttl db_cache_neg_ttl db_resurrect_ttl worker_events_max_payload
  upstream_keepalive_pool_size upstream_keepalive_max_requests upstream_keepalive_idle_timeout
  pg_port pg_timeout pg_max_concurrent_queries pg_semaphore_timeout pg_keepalive_timeout pg_pool_size pg_backlog
  pg_ro_port pg_ro_timeout pg_ro_max_concurrent_queries pg_ro_semaphore_timeout pg_ro_keepalive_timeout
  pg_ro_pool_size pg_ro_backlog _debug_pg_ttl_cleanup_interval
  dns_valid_ttl dns_stale_ttl dns_cache_size dns_not_found_ttl dns_error_ttl
  resolver_valid_ttl resolver_stale_ttl resolver_error_ttl resolver_lru_cache_size worker_state_update_frequency
  lua_max_req_headers lua_max_resp_headers lua_max_uri_args lua_max_post_args concurrency_timeout
  lua_ssl_verify_depth lua_socket_pool_size cluster_data_plane_purge_delay cluster_max_payload
  opentelemetry_tracing_sampling_rate tracing_sampling_rate cassandra_port cassandra_timeout
`);

const types = new Map<string, SettingType>([
  ...lists.map((key) => [key, 'list'] as const),
  ...booleans.map((key) => [key, 'boolean'] as const),
  ...switches.map((key) => [key, 'switch'] as const),
  ...numbers.map((key) => [key, 'number'] as const),
]);

/** The type of a setting by Kong's key; `text` for one that is not known. */
export function typeOfSetting(key: string): SettingType {
  return types.get(key) ?? 'text';
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Settings whose own name ends in `_file`, and the namespaces in which Kong takes any name. */
const settingNamedFile =
  /^(?:resolver_hosts_file|keyring_vault_kube_api_token_file|(?:nginx|vault|pluginserver)_.+_file)$/;

/** Whether `KONG_X_FILE` sets Kong's own setting `x_file`, rather than naming a file that holds `X`. */
export function isSettingNamedFile(key: string): boolean {
  return settingNamedFile.test(key);
}
