#!/usr/bin/env python3
"""Fails when an exported symbol does not begin with a noun of its layer.

usage: tools/check_symbols.py BUILD

The nouns of src/geo are its name (geo), the words of its files (cell, ring, point) and the
structs and enums its headers declare (atlas_layer: layer). Read from the object files with nm, so macros hide nothing.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJECT = re.compile(r"src_([a-z]+)_([a-z0-9_]+)\.c\.o$")


def nouns(layer):
    yield layer
    for path in (ROOT / "src" / layer).glob("*.[ch]"):
        yield from path.stem.split("_")
        if path.suffix == ".h":
            for name in re.findall(r"^(?:struct|enum|union) ([a-z0-9_]+)", path.read_text(), re.M):
                yield name.removeprefix(layer + "_")


def exported(path):
    lines = subprocess.run(["nm", "--defined-only", "--extern-only", path],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split()[-1] for line in lines if line.split()[-2] in "TDBRVW"]


def complaints(build):
    for path in sorted(build.glob("librhumb_*.a.p/*.o")):
        layer, stem = OBJECT.search(path.name).groups() if OBJECT.search(path.name) else (None, "")
        if layer is None:
            continue  # a library's source compiled with ours
        allowed = tuple(set(nouns(layer)))
        for symbol in exported(path):
            if not symbol.startswith(allowed) and not symbol.startswith(("__", "_")):
                yield f"src/{layer}/{stem}.c: {symbol} begins with no noun of {layer}"


found = list(complaints(ROOT / sys.argv[1]))
print("\n".join(found) or "symbols: ok")
sys.exit(bool(found))
