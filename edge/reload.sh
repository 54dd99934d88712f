#!/bin/sh
# Takes over changed secrets, certificates and settings without dropping a request:
#   docker compose exec edge /opt/edge/reload.sh
# When something is wrong, says so, and the edge goes on as it was.
set -eu
"$(dirname "$(readlink -f "$0")")/render.sh"
conf="${EDGE_RUN:-/run/edge}/nginx.conf"
nginx -e stderr -t -q -c "$conf"
nginx -e stderr -s reload -c "$conf"
