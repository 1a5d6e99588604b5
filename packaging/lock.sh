#!/bin/sh
# Resolve the requirement files with hashes; nothing of this machine's configuration goes in.
set -eu
bin=$1
"$bin/python" -m pip install --quiet pip-tools
for name in requirements tests/requirements tests/audit-requirements packaging/scan-requirements packaging/binary-requirements packaging/bench-requirements; do
  CUSTOM_COMPILE_COMMAND="make lock" "$bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file "$name.txt" "$name.in"
done
