#!/bin/sh
# Writes PgBouncer's files from the settings and the secret, and becomes PgBouncer. No value is printed.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
here=$(cd "$(dirname "$0")" && pwd)
RUN=${PGBOUNCER_RUN:-/tmp/pgbouncer}
umask 077
mkdir -p "$RUN"
password=$(tr -d '\r\n' < "$secrets/OPSFLOWS_DB_PASSWORD")
[ -n "$password" ] || { echo "OPSFLOWS_DB_PASSWORD is missing or blank. Put it into secrets/OPSFLOWS_DB_PASSWORD." >&2; exit 78; }
# The secret holds letters, digits, - and _ only (tools/secrets/rules.py): nothing to be quoted.
printf '"opsflows" "%s"\n' "$password" > "$RUN/userlist.txt"
sed -e "s|\${PG_HOST}|${PG_HOST:-postgres}|" -e "s|\${PG_PORT}|${PG_PORT:-5432}|" -e "s|\${PG_DATABASE}|${PG_DATABASE:-opsflows}|" -e "s|\${RUN}|$RUN|" \
    -e "s|\${LISTEN_ADDR}|${LISTEN_ADDR:-0.0.0.0}|" -e "s|\${LISTEN_PORT}|${LISTEN_PORT:-6432}|" \
    "$here/pgbouncer.ini" > "$RUN/pgbouncer.ini"
exec pgbouncer "$RUN/pgbouncer.ini"
