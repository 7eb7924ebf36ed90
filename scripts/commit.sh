#!/bin/sh
# Prints the commit of this source as C, whether it is a clone or an archive (export-subst).
cd "$(dirname "$0")/.." || exit 1
archived='$Format:%h %cs$'
case $archived in
'$'*)
    commit='unknown 1970-01-01'
    if [ -e .git ] && found=$(git log -1 --format='%h %cs' 2>/dev/null); then
        commit=$found
        git diff --quiet HEAD 2>/dev/null || commit="${found% *}-changed ${found#* }"
    fi
    ;;
*) commit=$archived ;;
esac
printf '#define RHUMB_COMMIT "%s"\n#define RHUMB_DATE "%s"\n' "${commit% *}" "${commit#* }"
