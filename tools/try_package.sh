#!/bin/bash
# Tries a Debian package as its users would, in a fresh Debian 12 made by debootstrap: install, start as the
# package's user, push, query, upgrade, query again, remove, purge. Needs root.
#   tools/try_package.sh build/skald_0.1.0_amd64.deb [MIRROR]
# There is no systemd inside, so the unit is checked (systemd-analyze verify) but its command is run by hand.
# SKALD_ROOT_CACHE: a tar file that keeps the fresh Debian for the next time.
set -euo pipefail
package=$(realpath "${1:?usage: tools/try_package.sh PACKAGE.deb [MIRROR]}")
mirror=${2:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n 's/^deb \(\[.*\] \)\?\(http[^ ]*\) .*/\2/p; s/^URIs: \(http[^ ]*\).*/\1/p' | sed -n 1p || true)}
port=13100
root=$(mktemp -d "${TMPDIR:-/tmp}/skald-root-XXXXXX")
chmod 755 "$root" # For the package's user.
server=""
say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$root"
}
trap cleanup EXIT

say "a fresh Debian 12"
cache=${SKALD_ROOT_CACHE:-}
if [ -n "$cache" ] && [ -f "$cache" ]; then
    tar -C "$root" -xf "$cache"
else
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail -20 "$root.log"; exit 1; }
    [ -z "$cache" ] || { tar -C "$root" -cf "$cache.part" . && mv "$cache.part" "$cache"; }
    rm -f "$root.log"
fi
mount -t proc proc "$root/proc"
# The ways to the mirror that this machine uses.
cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$package" "$root/tmp/skald.deb"

say "install"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /tmp/skald.deb >/dev/null
inside id skald
inside stat -c '%U %a %n' /var/lib/skald

start() {
    setpriv_args=(--reuid "$(inside id -u skald)" --regid "$(inside id -g skald)" --clear-groups)
    chroot "$root" setpriv "${setpriv_args[@]}" /usr/bin/skald -config.file=/etc/skald/config.yaml \
        -server.http-listen-port=$port 2>"$root/tmp/log" &
    server=$!
    until "$root/usr/bin/skald" -health -health.url=http://127.0.0.1:$port/ready >/dev/null 2>&1; do
        kill -0 "$server" || { cat "$root/tmp/log"; exit 1; }
        sleep 0.1
    done
}
stop() {
    kill "$server"
    wait "$server"
    server=""
}
query() {
    curl -sfG http://127.0.0.1:$port/loki/api/v1/query_range --data-urlencode 'query={app="package"}' | grep -o '"hello from a package"'
}

say "start, push, query"
start
curl -sf -H 'Content-Type: application/json' http://127.0.0.1:$port/loki/api/v1/push --data-binary \
    '{"streams":[{"stream":{"app":"package"},"values":[["'"$(date +%s%N)"'","hello from a package"]]}]}'
query
say "upgrade (the same package once more, its configuration changed by hand before), query"
stop
echo "# changed by hand" >>"$root/etc/skald/config.yaml"
inside apt-get install -y -qq --reinstall --no-install-recommends /tmp/skald.deb >/dev/null
grep -q "changed by hand" "$root/etc/skald/config.yaml"
start
query
stop
say "remove keeps the logs, purge takes them"
inside apt-get remove -y -qq skald >/dev/null
test -d "$root/var/lib/skald/wal"
test ! -e "$root/usr/bin/skald"
inside apt-get purge -y -qq skald >/dev/null
test ! -e "$root/var/lib/skald"
test ! -e "$root/etc/skald/config.yaml"
if command -v systemd-analyze >/dev/null; then
    say "unit"
    dpkg-deb --fsys-tarfile "$package" | tar -xO ./lib/systemd/system/skald.service >/tmp/skald.service
    mkdir -p "$root/unit"
    # The program must exist where the unit says for the check to pass.
    sed 's#/usr/bin/skald#/bin/true#' /tmp/skald.service >"$root/unit/skald.service"
    systemd-analyze verify "$root/unit/skald.service"
    rm -f /tmp/skald.service
fi
say "all steps passed; not run: systemd itself (start, stop and restart by the unit)"
