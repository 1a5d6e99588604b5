#!/bin/sh
# What `make check-binary` uses beside the tests' own: it makes minimal Debian systems.
set -eu
command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] && exit 0
if [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
else
  echo "This needs root, for chroot and mount: sudo make check-binary" >&2
  exit 1
fi
