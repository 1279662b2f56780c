#!/bin/sh
# Verifies Chatislav webhooks with sh and openssl, as a CGI script of Apache, lighttpd, or nginx with fcgiwrap.
#
# openssl takes a key as an argument, which other users of the machine can see in ps while it runs: this is for a
# machine of your own.
set -u
export LC_ALL=C

max_body=8388608

answer() { # status, header
    printf '%s\r\n' "Status: $1" ${2+"$2"} ''
    exit
}

mac() { # key: the HMAC-SHA256 of stdin in 64 lower-case digits
    openssl dgst -sha256 -hmac "$1" -r | cut -c 1-64
}

# Whether one of the secrets signed exactly the bytes of this file.
verify() { # file, signature, secrets...
    file=$1 signature=$(printf %s "$2" | tr A-F a-f)
    shift 2
    case $signature in *[!0-9a-f]*) return 1 ;; esac
    [ ${#signature} = 64 ] || return 1
    # `=` stops at the first difference, and its time would tell where. So it is given not the two digests but
    # their HMACs under a key that nobody knows.
    blind=$(openssl rand -hex 32)
    given=$(printf %s "$signature" | mac "$blind")
    for secret; do
        made=$(mac "$secret" <"$file")
        # Two failures of openssl are two empty texts, which are equal.
        [ ${#made} = 64 ] && [ ${#given} = 64 ] && [ "$given" = "$(printf %s "$made" | mac "$blind")" ] && return 0
    done
    return 1
}

# What is our own fault is 500: Chatislav tries again after a 5xx, and a 4xx would lose the event.
command -v openssl >/dev/null || answer '500 There is no openssl'

# The secret and, during a rotation, the old one. A blank one is refused: everybody could sign with it.
set -- "${CHATISLAV_WEBHOOK_SECRET-}" ${CHATISLAV_WEBHOOK_SECRET_OLD+"$CHATISLAV_WEBHOOK_SECRET_OLD"}
for secret; do
    case $secret in *[![:space:]]*) ;; *) answer '500 CHATISLAV_WEBHOOK_SECRET is missing or blank' ;; esac
done

case $REQUEST_METHOD in POST | PUT) ;; *) answer '405 Method Not Allowed' 'Allow: POST, PUT' ;; esac
case ${CONTENT_LENGTH-} in '' | *[!0-9]*) answer '411 Length Required' ;; esac
[ ${#CONTENT_LENGTH} -le 9 ] && [ "$CONTENT_LENGTH" -le $max_body ] || answer '413 Content Too Large'

# Into a file, since a variable of the shell keeps neither a NUL nor the last line end.
body=$(mktemp) || answer '500 Internal Server Error'
trap 'rm -f "$body"' EXIT
head -c "$CONTENT_LENGTH" >"$body" || answer '500 Internal Server Error'

# A server joins a repeated header by commas, and so it is no signature.
verify "$body" "${HTTP_X_CHATISLAV_SIGNATURE-}" "$@" || answer '401 Unauthorized'

# Genuine. Move the file to where your work is waiting, and answer; parse it afterwards. Chatislav retries with
# the same bytes, so `sha256sum` tells a duplicate.
echo "a genuine event of $CONTENT_LENGTH bytes" >&2
answer '204 No Content'
