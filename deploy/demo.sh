#!/bin/bash
# The site with demonstration data, served as in production (gunicorn and the import worker) but on this machine only.
# Its database, key, uploads and generated files are in var/; delete var/ to begin anew. Ctrl-C stops everything.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${PORT:-8000}
address="http://127.0.0.1:$port"
umask 077
mkdir -p var
python=.venv/bin/python

if $python -c "import socket, sys; sys.exit(socket.socket().connect_ex(('127.0.0.1', $port)))"; then
    echo "make demo: port $port is taken. Choose another: make demo PORT=8080" >&2
    exit 1
fi
[ -s var/demo-key ] || $python -c 'import secrets; print(secrets.token_urlsafe(50))' >var/demo-key
SECRET_KEY=$(cat var/demo-key)
export SECRET_KEY DEBUG=0 HTTPS=0 ALLOWED_HOSTS=localhost,127.0.0.1 LOG_LEVEL=${LOG_LEVEL:-WARNING}
export DATABASE_URL=sqlite:///var/demo.sqlite3 UPLOAD_DIR=var/demo-uploads STATIC_ROOT=var/demo-static BULK_DIR=var/demo-bulk
unset DATASETS_DIR CACHE_URL

$python manage.py migrate --verbosity 0
$python manage.py collectstatic --no-input --verbosity 0
said=$($python manage.py load_demo --if-empty)
$python manage.py export_bulk >/dev/null

children=()
stop() {
    trap - EXIT INT TERM
    kill "${children[@]}" 2>/dev/null || true
    wait || true
}
trap stop EXIT
trap 'exit 0' INT TERM
.venv/bin/gunicorn publicity.wsgi --bind "127.0.0.1:$port" --workers 2 --graceful-timeout 3 --log-level error &
children+=($!)
$python manage.py import_worker &
children+=($!)

for _ in $(seq 150); do
    kill -0 "${children[0]}" 2>/dev/null || exit 1
    $python -c "import urllib.request as r; r.urlopen('$address/readyz', timeout=5)" 2>/dev/null && break
    sleep 0.2
done
printf '\n%s\n\nThe demonstration is ready: %s   staff: %s/admin/   (Ctrl-C stops it)\n' "$said" "$address" "$address"
# Either of the two ending by itself is a failure of the whole.
wait -n "${children[@]}" || exit 1
