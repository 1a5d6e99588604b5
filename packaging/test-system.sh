#!/bin/sh
# What the tests use and pip cannot bring: a browser, a webhook receiver that is not ours, Java for the HTML checker,
# the reverse proxies of the guide.
set -eu
missing=""
has() { command -v "$1" >/dev/null 2>&1; }
has webhook || missing="$missing webhook"
has java || missing="$missing default-jre-headless"
has curl || missing="$missing curl"
has strace || missing="$missing strace"
has nginx || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
has caddy || missing="$missing caddy"
# The headless shell is the same browser without its windows, and takes a third less of the processor.
has chromium-headless-shell || missing="$missing chromium-headless-shell"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif sudo -n true 2>/dev/null; then
  as_root="sudo -n"
elif [ "$missing" = " chromium-headless-shell" ] && { has chromium || has chromium-browser; }; then
  exit 0
else
  echo "The tests need:$missing. Install them: sudo apt-get install -y$missing" >&2
  exit 1
fi
$as_root apt-get update -qq
if ! apt-cache show chromium-headless-shell >/dev/null 2>&1; then
  missing=$(echo "$missing" | sed 's/chromium-headless-shell/chromium/')
fi
# The proxies are for the tests alone: no service of this machine is to begin because of them.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
