/** What the shell scripts of a stand-in need to know: absolute paths, fixed when it is installed. */
export type ScriptPaths = {
  readonly folder: string;
  readonly node: string;
};

/** Variables that would act on the Node that plays Kong. Kong itself knows none of them. */
const NODE_VARIABLES = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_V8_COVERAGE',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_REDIRECT_WARNINGS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'OPENSSL_CONF',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/**
 * `kong`: an outer process that swallows the signals meant for it alone, and a worker that does the work.
 * A signal to the whole group ends the worker, and its number becomes the exit status, as seen on a real Kong.
 * `kong start` stays one process, the one that serves.
 */
export function kongScript(paths: ScriptPaths): string {
  return `#!/bin/sh
folder=${quote(paths.folder)}
node=${quote(paths.node)}
unset ${NODE_VARIABLES.join(' ')}
if [ "$1" = start ]; then
  environ=$(mktemp "$folder/environs/XXXXXX" 2> /dev/null) && cat "/proc/$$/environ" > "$environ"
  exec "$node" "$folder/lib/nginx.cjs" "$folder" "$environ" kong "$@"
fi
trap : HUP INT QUIT TERM
"$node" "$folder/lib/kong.cjs" "$folder" "$$" "$@" &
worker=$!
while :; do
  wait "$worker"
  status=$?
  kill -0 "$worker" 2> /dev/null || break
done
[ "$status" -le 128 ] || status=$((status - 128))
exit "$status"
`;
}

/** `nginx`: what the image's entry script becomes. */
export function nginxScript(paths: ScriptPaths): string {
  return `#!/bin/sh
folder=${quote(paths.folder)}
unset ${NODE_VARIABLES.join(' ')}
environ=$(mktemp "$folder/environs/XXXXXX" 2> /dev/null) && cat "/proc/$$/environ" > "$environ"
exec ${quote(paths.node)} "$folder/lib/nginx.cjs" "$folder" "$environ" nginx "$@"
`;
}

/** What the entry scripts of Kong's releases differ in: where sockets are removed, seen from the prefix, and how logs are linked. */
export type EntryScriptKind = { readonly socketGlobs: readonly string[]; readonly link: 'ln -sfn' | 'ln -sf' };

const NEWEST: EntryScriptKind = { socketGlobs: ['*', 'sockets/*'], link: 'ln -sfn' };

/** The image's entry script: `_FILE` variables and `docker-start` for `kong`, and anything else as it is. */
export function entryScript(paths: ScriptPaths, { socketGlobs, link }: EntryScriptKind = NEWEST): string {
  const sockets = socketGlobs.length === 0 ? '/nowhere' : socketGlobs.map((glob) => `"$PREFIX"/${glob}`).join(' ');
  return `#!/bin/bash
folder=${quote(paths.folder)}
if entry=$(mktemp -d "$folder/entries/XXXXXX" 2> /dev/null); then
  cp "/proc/$$/environ" "/proc/$$/cmdline" "$entry"
  pwd > "$entry/cwd"
  read -r -a stat < "/proc/$$/stat"
  echo "$(date +%s%3N) $$ $PPID \${stat[4]}" > "$entry/numbers"
fi

export KONG_NGINX_DAEMON=\${KONG_NGINX_DAEMON:=off}

read_file_variable() {
  local name=$1 file_name=$1_FILE
  [ -n "\${!file_name:-}" ] || return
  if [ -n "\${!name:-}" ]; then
    echo "error: $name and $file_name exclude each other, and both are set" >&2
    exit 1
  fi
  export "$name=$(< "\${!file_name}")"
  unset "$file_name"
}

if [ "$1" = kong ]; then
  for variable in $(compgen -e | grep '^KONG_.*_FILE$'); do
    read_file_variable "\${variable%_FILE}"
  done
  PREFIX=\${KONG_PREFIX:=/usr/local/kong}
  if [ "$2" = docker-start ]; then
    shift 2
    "$folder/bin/kong" prepare -p "$PREFIX" "$@" || exit
    for file in ${sockets}; do
      if [ -S "$file" ]; then
        rm -f "$file" || exit
      fi
    done
    ${link} /dev/stdout "$PREFIX/logs/access.log" || exit
    ${link} /dev/stdout "$PREFIX/logs/admin_access.log" || exit
    ${link} /dev/stderr "$PREFIX/logs/error.log" || exit
    exec "$folder/bin/nginx" -p "$PREFIX" -c nginx.conf
  fi
fi

exec "$@"
`;
}

function quote(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
