#!/usr/bin/env python3
"""Fails when a file includes a layer that src/LAYERS does not put below its own."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"


def ranks():
    """Layer -> line number in src/LAYERS, counting only lines that name layers."""
    lines = [line.split("#")[0].split() for line in (ROOT / "LAYERS").read_text().splitlines()]
    return {layer: rank for rank, names in enumerate(filter(None, lines)) for layer in names}


def complaints():
    rank_of = ranks()
    for path in sorted(ROOT.rglob("*.[ch]")):
        if path.parent == ROOT:
            continue  # main.c stands on top of everything
        layer = path.relative_to(ROOT).parts[0]
        if layer not in rank_of:
            yield f"{path}: the layer '{layer}' is not in src/LAYERS"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'#include "([a-z0-9_]+)/([a-z0-9_]+)', line)
            if not found or found[1] == layer:
                continue
            if rank_of.get(found[1], 10**6) >= rank_of[layer]:
                yield f"{path}:{number}: {layer} must not include {found[1]}"
            if found[2].endswith("_private"):
                yield f"{path}:{number}: {found[2]}.h is private to {found[1]}"


found = list(complaints())
print("\n".join(found) or "layers: ok")
sys.exit(bool(found))
