#!/usr/bin/env python3
"""How many addresses a second does `rhumb batch` geocode, and in how much memory?

usage: bench/batch.py RHUMB [LINES]

A million lines (addresses of Vermont, of ../shared/data; without it of the demo town) are answered on
cores 0 and 1. Prints the rate and the peak of resident memory, the atlas's pages with it.
"""
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

VERMONT = pathlib.Path("../shared/data/addresses/us-vt-openaddresses-format.csv.gz")


def vermont():
    with gzip.open(VERMONT, "rt") as file:
        for row in csv.DictReader(file):
            yield f"{row['NUMBER']} {row['STREET']}, {row['CITY']} {row['POSTCODE']}"


def town(folder):
    for line in (folder / "queries.ndjson").read_text().splitlines():
        yield json.loads(line)["text"]


def main():
    rhumb = pathlib.Path(sys.argv[1]).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="rhumb-batch-") as name:
        folder = pathlib.Path(name)
        if VERMONT.exists():
            inputs, texts, where = ["--country", "US", VERMONT], list(vermont()), "Vermont"
        else:
            subprocess.run([rhumb, "demo", "--write", folder], check=True,
                           stdout=subprocess.DEVNULL)
            inputs = sorted(folder.glob("*.pbf"))
            texts, where = list(town(folder)), "the demo town"
        atlas = folder / "x.atlas"
        subprocess.run([rhumb, "build", "-q", "-o", atlas, *inputs], check=True)
        lines = folder / "lines.ndjson"
        with lines.open("w") as file:
            for i in range(count):
                file.write(json.dumps({"q": texts[i % len(texts)]}) + "\n")
        with lines.open() as given, (folder / "answers").open("w") as taken:
            begun = time.monotonic()
            process = subprocess.Popen(
                ["taskset", "-c", "0,1", rhumb, "batch", "--atlas", atlas, "--threads", "2", "-q"],
                stdin=given, stdout=taken)
            _, status, usage = os.wait4(process.pid, 0)
            passed = time.monotonic() - begun
        with (folder / "answers").open() as taken:
            answered = found = 0
            for line in taken:
                answered += 1
                found += '"features":[{' in line
    print(f"batch: {count} addresses of {where} on 2 cores in {passed:.1f} s: "
          f"{count / passed:.0f} a second, {100 * found / count:.1f} % found, peak "
          f"{usage.ru_maxrss / 1024:.0f} MB resident, {len(texts)} different texts")
    return 0 if status == 0 and answered == count else 1


if __name__ == "__main__":
    sys.exit(main())
