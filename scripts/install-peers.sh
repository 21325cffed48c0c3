#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the servers and tools from Debian that tests and benches compare with, and keeps the
# daemons from being started. Needs root. Without them those tests skip and say so, and
# npm run bench:peers leaves them out.
set -euo pipefail
wanted="nsd knot knot-dnsutils knot-module-geoip gdnsd yadifa bind9 bind9-utils bind9-dnsutils"
wanted="$wanted ldnsutils unbound openssl"
wanted="$wanted pdns-server pdns-backend-bind pdns-backend-geoip dnsperf curl iproute2 util-linux"
if [ "$(id -u)" -ne 0 ]; then
  echo "install-peers: not root, so not installing: $wanted" >&2
  exit 1
fi
# Debian's own switch: a policy of 101 means that no service is started on installation.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
timeout 300 apt-get update -qq
# shellcheck disable=SC2086
timeout 900 apt-get install -y -qq --no-install-recommends $wanted >/dev/null
