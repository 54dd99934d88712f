#!/bin/sh
# Makes the edge's configuration: $EDGE_RUN/nginx.conf from nginx.conf.template and the environment (docs/edge.md has
# the table), $EDGE_RUN/secrets.json from the secrets' files. Refuses to, with the next action, when something is wrong.
#
# In the official nginx image this is /docker-entrypoint.d/40-edge.sh, which runs before nginx starts.
set -eu
umask 077

wrong() {
    echo "edge: $1" >&2
    exit 1
}

# checked NAME DEFAULT PATTERN: the variable is exported with a value of this form, so it cannot be more than a value.
checked() {
    eval "value=\${$1:-\$2}"
    printf '%s\n' "$value" | grep -Eqx "$3" || wrong "$1 has a value of the wrong form (wanted: $3). Correct it in .env."
    [ "$(printf '%s\n' "$value" | wc -l)" -eq 1 ] || wrong "$1 has more than one line. Correct it in .env."
    eval "export $1=\"\$value\""
}

folder='/[A-Za-z0-9._/-]*'
count='[1-9][0-9]{0,8}'
# Beside this script, unless it is mounted alone into the image's folder of start-up scripts.
home=$(dirname "$(readlink -f "$0")")
[ -e "$home/nginx.conf.template" ] || home=/opt/edge
checked EDGE_HOME "$home" "$folder"
checked EDGE_RUN /run/edge "$folder"
checked EDGE_SECRETS_DIR /run/secrets "$folder"
checked EDGE_CERT_DIR /etc/edge/certs "$folder"
checked EDGE_ACME_DIR /var/www/acme "$folder"
checked EDGE_MODULES /usr/lib/nginx/modules "$folder"
checked EDGE_ACCESS_LOG /dev/stdout "$folder"
checked EDGE_ERROR_LOG stderr "stderr|$folder"
checked EDGE_SERVER_NAME '' '[A-Za-z0-9][A-Za-z0-9.-]*'
checked EDGE_UPSTREAM kestra:8080 '[A-Za-z0-9._-]+:[0-9]+'
checked EDGE_CONSOLE off 'off|[A-Za-z0-9._-]+:[0-9]+'
checked EDGE_RESOLVER "$(awk '$1 == "nameserver" { print (index($2, ":") ? "[" $2 "]" : $2); exit }' /etc/resolv.conf 2>/dev/null || :)" '([0-9.]+|\[[0-9a-fA-F:]+\])?'
checked EDGE_LISTEN 0.0.0.0 '[0-9.]+|\[[0-9a-fA-F:]+\]'
checked EDGE_HTTP_PORT 80 "$count"
checked EDGE_HTTPS_PORT 443 "$count"
checked EDGE_STATUS_PORT 8089 "$count"
checked EDGE_TLS on 'on|off'
checked EDGE_HSTS_SECONDS 31536000 '[0-9]+'
checked EDGE_TRUSTED_PROXIES '' '([0-9a-fA-F.:/]+[ ,]*)*'
checked EDGE_USER nginx '[a-z_][a-z0-9_-]*'
checked EDGE_WORKERS auto "auto|$count"
checked EDGE_RATE 50 "$count"
checked EDGE_BURST 100 "$count"
checked EDGE_CONNECTIONS 32 "$count"
checked EDGE_MAX_BODY 3m '[1-9][0-9]*[km]?'
checked EDGE_LARGE_BODIES 32 "$count"
checked EDGE_HEADER_TIMEOUT 5 "$count"
checked EDGE_BODY_TIMEOUT 10 "$count"
checked EDGE_UPSTREAM_TIMEOUT 10 "$count"

# --- secrets: blank counts as missing; values go as hexadecimal, so that none needs quoting
required='WHATSAPP_VERIFY_TOKEN WHATSAPP_WEBHOOK_KEY WHATSAPP_APP_SECRET'
optional='WHATSAPP_APP_SECRET_PREVIOUS MANYCHAT_WEBHOOK_KEY OPSFLOWS_MANYCHAT_SECRET OPSFLOWS_MANYCHAT_SECRET_PREVIOUS HUBSPOT_WEBHOOK_KEY HUBSPOT_CLIENT_SECRET HUBSPOT_CLIENT_SECRET_PREVIOUS'

secret_hex() {
    [ -r "$EDGE_SECRETS_DIR/$1" ] || return 0
    tr -d '\r\n' <"$EDGE_SECRETS_DIR/$1" | od -An -v -tx1 | tr -d ' \n'
}

problems=''
json=''
for name in $required $optional; do
    hex=$(secret_hex "$name")
    case $hex in
    '')
        case " $optional " in *" $name "*) ;; *) problems="$problems $name (missing or blank)" ;; esac
        continue
        ;;
    *20* | *09*) # white space, unless the digits of two characters met
        printf '%s' "$hex" | sed 's/../& /g' | grep -Eq '(20|09) ' && problems="$problems $name (has white space)"
        ;;
    esac
    [ ${#hex} -ge 32 ] || problems="$problems $name (shorter than 16 characters)"
    json="$json${json:+,}\"$name\":\"$hex\""
done
[ -z "$problems" ] || wrong "these secrets are not usable:$problems. Put each into its own file in $EDGE_SECRETS_DIR."

# --- what depends on the machine
EDGE_USER_LINE=''
[ "$(id -u)" != 0 ] || EDGE_USER_LINE="user $EDGE_USER;"
EDGE_REAL_IP=''
if [ -n "$EDGE_TRUSTED_PROXIES" ]; then
    for network in $(printf '%s' "$EDGE_TRUSTED_PROXIES" | tr ',' ' '); do
        EDGE_REAL_IP="${EDGE_REAL_IP}set_real_ip_from $network; "
    done
    EDGE_REAL_IP="${EDGE_REAL_IP}real_ip_header X-Forwarded-For; real_ip_recursive on;"
fi
EDGE_RESOLVER=${EDGE_RESOLVER:-127.0.0.11}
# A chunked body is held with the marks of its chunks.
EDGE_BODY_BUFFER=$(echo "$EDGE_MAX_BODY" | awk '{ n = $1 + 0; if (/k/) n *= 1024; if (/m/) n *= 1048576; printf "%d", n * 4 / 3 }')
# `listen … http2` became `http2 on` with nginx 1.25.1.
version=$(nginx -v 2>&1 | sed -n 's|.*nginx/\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*|\1 \2 \3|p')
[ -n "$version" ] || wrong "nginx was not found. Install nginx and its njs module (Debian: nginx, libnginx-mod-http-js)."
number=$(echo "$version" | awk '{ print $1 * 1000000 + $2 * 1000 + $3 }')
socket="$EDGE_LISTEN:$EDGE_HTTPS_PORT"
if [ "$number" -ge 1025001 ]; then
    EDGE_TLS_LISTEN="listen $socket ssl; http2 on;"
    EDGE_TLS_DEFAULT="listen $socket ssl default_server; http2 on;"
else
    EDGE_TLS_LISTEN="listen $socket ssl http2;"
    EDGE_TLS_DEFAULT="listen $socket ssl http2 default_server;"
fi
if [ "$EDGE_TLS" = on ]; then
    for file in fullchain.pem privkey.pem; do
        [ -r "$EDGE_CERT_DIR/$file" ] || wrong "$EDGE_CERT_DIR/$file is missing. Put the certificate there, or set EDGE_TLS=off behind a load balancer."
    done
fi
export EDGE_BODY_BUFFER EDGE_USER_LINE EDGE_REAL_IP EDGE_RESOLVER EDGE_TLS_LISTEN EDGE_TLS_DEFAULT

# --- written beside and moved, so that no reload meets half a file
mkdir -p "$EDGE_RUN"
chmod 0755 "$EDGE_RUN"
printf '{%s}\n' "$json" >"$EDGE_RUN/secrets.json.new"
awk -v mode="$EDGE_TLS" '
    { kept = 1 }
    /^ *#tls# /   { kept = (mode == "on");  sub(/#tls# /, "") }
    /^ *#plain# / { kept = (mode == "off"); sub(/#plain# /, "") }
    kept {
        line = $0
        out = ""
        while (match(line, /\$\{EDGE_[A-Z_0-9]+\}/)) {
            name = substr(line, RSTART + 2, RLENGTH - 3)
            if (!(name in ENVIRON)) { print "edge: no value for " name > "/dev/stderr"; exit 1 }
            out = out substr(line, 1, RSTART - 1) ENVIRON[name]
            line = substr(line, RSTART + RLENGTH)
        }
        print out line
    }
' "$EDGE_HOME/nginx.conf.template" >"$EDGE_RUN/nginx.conf.new"
mv "$EDGE_RUN/secrets.json.new" "$EDGE_RUN/secrets.json"
mv "$EDGE_RUN/nginx.conf.new" "$EDGE_RUN/nginx.conf"
