#!/usr/bin/env python3
"""Fails when an exported symbol does not begin with a noun of its file.

usage: tools/check_symbols.py BUILD

The nouns of src/geo/cell.c are its layer (geo), the words of its own name (cell), and the structs
its header declares. Read from the object files with nm, so macros hide nothing.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJECT = re.compile(r"src_([a-z]+)_([a-z0-9_]+)\.c\.o$")


def nouns(layer, stem):
    yield layer
    yield stem.split("_")[0]
    for header in (ROOT / "src" / layer).glob(f"{stem}*.h"):
        yield from re.findall(r"^(?:struct|enum|union) ([a-z0-9_]+)", header.read_text(), re.M)


def exported(path):
    lines = subprocess.run(["nm", "--defined-only", "--extern-only", path],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split()[-1] for line in lines if line.split()[-2] in "TDBRVW"]


def complaints(build):
    for path in sorted(build.glob("librhumb_*.a.p/*.o")):
        layer, stem = OBJECT.search(path.name).groups() if OBJECT.search(path.name) else (None, "")
        if layer is None:
            continue  # a library's source compiled with ours
        allowed = tuple(nouns(layer, stem))
        for symbol in exported(path):
            if not symbol.startswith(allowed) and not symbol.startswith(("__", "_")):
                yield f"src/{layer}/{stem}.c: {symbol} begins with none of {' '.join(allowed)}"


found = list(complaints(ROOT / sys.argv[1]))
print("\n".join(found) or "symbols: ok")
sys.exit(bool(found))
