#!/bin/sh
# Two databases, two users, each its owner and at home in it alone. The image runs this once, on an empty volume; run
# again it changes nothing but the passwords, to what the secret files say now (docs/secrets.md, rotation):
#   docker compose exec postgres /docker-entrypoint-initdb.d/10-databases.sh
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
admin=${POSTGRES_USER:-postgres}

for name in KESTRA_DB_PASSWORD OPSFLOWS_DB_PASSWORD; do
    # An editor's line break alone is no password.
    grep -q '[^[:space:]]' "$secrets/$name" 2>/dev/null || {
        echo "$name is missing or blank. Put it into secrets/$name, which the container's user must be able to read." >&2
        exit 1
    }
done

run() {
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$admin" "$@"
}

# make NAME: the user NAME and the database NAME. psql reads the password itself and quotes it, so that it stands in no
# command line; a statement that fails is not logged with it.
make() {
    run --dbname=postgres --set=name="$1" <<'SQL'
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET password_encryption = 'scram-sha-256';
\set password `tr -d '\r\n' < "$SECRET_FILE"`
SELECT format('CREATE ROLE %I LOGIN', :'name')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

SECRET_FILE="$secrets/KESTRA_DB_PASSWORD" make kestra
SECRET_FILE="$secrets/OPSFLOWS_DB_PASSWORD" make opsflows
# The connection budget (docs/database.md): neither can take what the other needs. What a pooler ignores is the role's own.
run --dbname=postgres <<'SQL'
ALTER ROLE kestra CONNECTION LIMIT 30;
ALTER ROLE opsflows CONNECTION LIMIT 65;
ALTER ROLE opsflows SET timezone = 'UTC';
ALTER ROLE opsflows SET statement_timeout = '60s';
SQL
# Counts statements, where the image has it; only a superuser may make it.
run --dbname=opsflows <<'SQL'
SELECT 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements'
WHERE EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') \gexec
SQL
# Neither user has anything to look for in the databases that the server brings.
run --dbname=postgres --command='REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
