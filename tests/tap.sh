#!/bin/bash
# Runs a test program and mends its TAP: cmocka 1.1 calls a skipped test "not ok … # SKIP", which the
# protocol counts as a failure.
#
# usage: tap.sh PROGRAM
set -o pipefail
"$@" | sed -u 's/^not ok \([0-9]* # SKIP\)/ok \1/'
