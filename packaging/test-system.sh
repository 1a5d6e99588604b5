#!/bin/sh
# What the tests use and pip cannot bring: a browser, a webhook receiver that is not ours, Java for the HTML checker.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
command -v webhook >/dev/null 2>&1 || missing="$missing webhook"
command -v java >/dev/null 2>&1 || missing="$missing default-jre-headless"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  echo "The tests need:$missing. Install them: sudo apt-get install -y$missing" >&2
  exit 1
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
