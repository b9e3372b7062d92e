#!/bin/sh
# Run by the image of PostgreSQL when it has no data yet: a database and an account each for the records and for Prefect.
set -eu
for name in sohoa:records prefect:orchestrator; do
    psql --quiet --username postgres --set ON_ERROR_STOP=1 --set role="${name%:*}" \
        --set password="$(cat "/run/secrets/${name#*:}")" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
SQL
done
