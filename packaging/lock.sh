#!/bin/sh
# Resolve the requirement files with hashes; nothing of this machine's configuration goes in.
set -eu
bin=$1
files="requirements tests/requirements tests/audit-requirements packaging/scan-requirements packaging/binary-requirements packaging/bench-requirements"
"$bin/python" -m pip install --quiet pip-tools
for name in $files; do
  CUSTOM_COMPILE_COMMAND="make lock" "$bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file "$name.txt" "$name.in"
done
# What a package asks for with an extra is pinned with it: pip refuses it otherwise, as soon as there is a newer release.
# Only at the end, since a file with extras limits no other one.
for name in $files; do
  sed -i 's/^pydantic==/pydantic[email]==/; s/^psycopg==/psycopg[binary,pool]==/' "$name.txt"
done
