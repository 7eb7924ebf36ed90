#!/usr/bin/env python3
"""Builds an atlas of each extract with one thread and with two, and prints what it took.

usage: real_places.py [--rhumb PROGRAM] EXTRACT.osm.pbf...

The bytes of both builds are compared; a difference fails. Peak memory is the kernel's count of
resident pages (mapped files included). Python's standard library only.
"""
import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time


def build(rhumb, path, output, threads):
    """(seconds, peak MB, what the program printed) of one build."""
    begun = time.monotonic()
    process = subprocess.Popen([rhumb, "build", "--threads", str(threads), "-o", output, path],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{path.name}: rhumb build failed")
    return time.monotonic() - begun, usage.ru_maxrss / 1024, printed


def count(printed, layer):
    found = re.search(rf"^  {layer} +(\d+)", printed, re.M)
    return int(found[1]) if found else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", nargs="+", type=pathlib.Path, metavar="EXTRACT")
    parser.add_argument("--rhumb", default="build/release/rhumb")
    options = parser.parse_args()
    print(f"{'extract':34}{'input':>8}{'atlas':>9}{'streets':>9}{'houses':>8}{'places':>8}"
          f"{'1 thread':>10}{'2':>8}{'peak':>9}  bytes")
    differ = False
    with tempfile.TemporaryDirectory() as folder:
        for path in options.extracts:
            took, peaks, digests = [], [], []
            for threads in (1, 2):
                output = pathlib.Path(folder, f"{threads}.atlas")
                seconds, peak, printed = build(options.rhumb, path, output, threads)
                took.append(seconds)
                peaks.append(peak)
                digests.append(hashlib.sha256(output.read_bytes()).hexdigest())
            differ = differ or digests[0] != digests[1]
            print(f"{re.sub(r'.osm.pbf$', '', path.name):34}{path.stat().st_size / 1e6:5.1f} MB"
                  f"{output.stat().st_size / 1e6:6.1f} MB{count(printed, 'street'):9}"
                  f"{count(printed, 'address'):8}{count(printed, 'poi'):8}{took[0]:8.2f} s"
                  f"{took[1]:6.2f} s{max(peaks):6.0f} MB  "
                  f"{'same' if digests[0] == digests[1] else 'DIFFER'}", flush=True)
    return 1 if differ else 0


sys.exit(main())
