#!/usr/bin/env bash
# Makes what compose.yaml needs and no repository may hold: passwords, keys, a certificate for the beginning.
#
#   ./secrets.sh sohoa.example.vn
#
# Everything goes to secrets/ (for you alone) and .env; what is there already is never written over.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
host=${1:?the name under which people reach the pages, such as sohoa.example.vn}
mkdir -p -m 0700 secrets
umask 022 # containers run under numbers of their own: the folder keeps others out, not the files

# keep FILE: write standard input to it, unless it is there
keep() {
    if [[ -e $1 ]]; then cat >/dev/null; else cat >"$1.part" && mv "$1.part" "$1"; fi
}
random() { openssl rand -hex 24; }

for name in postgres records orchestrator; do random | tr -d '\n' | keep "secrets/$name"; done
random | tr -d '\n' | keep secrets/flows
random | tr -d '\n' | keep secrets/access_key
random | tr -d '\n' | keep secrets/secret_key

keep secrets/sohoa.toml <<TOML
[records]
url = "postgresql+psycopg://sohoa:$(cat secrets/records)@postgres:5432/sohoa"

[store]
bucket = "sohoa"
access_key = "$(cat secrets/access_key)"
secret_key = "$(cat secrets/secret_key)"
TOML
keep secrets/objects.json <<JSON
{"identities": [{"name": "sohoa",
  "credentials": [{"accessKey": "$(cat secrets/access_key)", "secretKey": "$(cat secrets/secret_key)"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON
keep secrets/orchestrator.env <<ENV
PREFECT_SERVER_DATABASE_CONNECTION_URL=postgresql+asyncpg://prefect:$(cat secrets/orchestrator)@postgres:5432/prefect
PREFECT_SERVER_API_AUTH_STRING=sohoa:$(cat secrets/flows)
ENV
keep secrets/clients.env <<ENV
PREFECT_API_AUTH_STRING=sohoa:$(cat secrets/flows)
ENV
if [[ ! -e secrets/server.pem ]]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$host" \
        -addext "subjectAltName=DNS:$host" -keyout secrets/server.key -out secrets/server.pem 2>/dev/null
    chmod 0644 secrets/server.key
fi
keep .env <<ENV
SOHOA_HOST=$host
ENV
