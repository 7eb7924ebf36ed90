#!/usr/bin/env python3
"""How often does /v1/validate say what is so? Real addresses, as they are and spoilt.

usage: validation.py [--rhumb PROGRAM] [--limit 400] [CITY…]

The addresses are those of table.py. Each is validated in parts as it is, with a number that no house of
its street has, with a slip in the street's name, with the name of a town of elsewhere, and in one line.
Prints a row a city, and what the others were said to be. Python's standard library, osmium and zstd only.
"""
import argparse
import collections
import pathlib
import random
import subprocess
import sys

import asking
from changes import slip_anywhere
from table import CITIES, City, Vermont, load, structured  # noqa: F401, what load unpickles

KINDS = {"as it is": ["verified"], "number": ["partial", "ambiguous"], "slip": ["partial"],
         "town": ["unverified"], "line": ["verified"]}
ELSEWHERE = {"locality": "Ouagadougou", "postcode": "00000"}


def spoilt(town, address, dice):
    """(kind, parameters) of what is asked."""
    parts = structured(town, address)
    yield "as it is", parts
    yield "number", {**parts, "number": "99877"}
    slipped = slip_anywhere(address.street, dice)
    if slipped and slipped != address.street:
        yield "slip", {**parts, "street": slipped}
    yield "town", {**parts, **ELSEWHERE}
    yield "line", {"q": address.text(town.number_first)}


def measure(town, server, limit, shows):
    dice = random.Random(1)
    chosen = town.addresses if len(town.addresses) <= limit else dice.sample(town.addresses, limit)
    counts = {kind: collections.Counter() for kind in KINDS}
    for address in chosen:
        for kind, parameters in spoilt(town, address, dice):
            answer = server.ask_whole("validate", **parameters)
            counts[kind][answer["status"]] += 1
            if shows and answer["status"] not in KINDS[kind]:
                print(f"{kind}\t{answer['status']}\t{parameters}", file=sys.stderr)
    return len(chosen), counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cities", nargs="*", metavar="CITY")
    parser.add_argument("--rhumb", default="build/release/rhumb")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("build/quality"))
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--misses", action="store_true", help="print every one")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    for name in options.cities or CITIES:
        town = load(name, options.data, options.keep)
        if town is None:
            print(f"{name}: skipped, its data is not in {options.data}")
            continue
        atlas = options.keep / f"{town.name}.atlas"
        country = ["--country", town.country_code] if town.country_code else []
        subprocess.run([options.rhumb, "build", "-q", "-o", atlas, *country, town.path], check=True)
        process, url = asking.serve(options.rhumb, atlas)
        server = asking.Server(url)
        count, counts = measure(town, server, options.limit, options.misses)
        server.close()
        process.terminate()
        process.wait()
        shares = []
        for kind, right in KINDS.items():
            said = sum(counts[kind][status] for status in right)
            shares.append(f"{100 * said / max(1, counts[kind].total()):.1f} %")
        print(f"| {name} | {count} | " + " | ".join(shares) + " |", flush=True)
        for kind, right in KINDS.items():
            others = {status: n for status, n in counts[kind].items() if status not in right}
            if others:
                print(f"    {kind}: {others}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
