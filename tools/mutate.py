#!/usr/bin/env python3
"""Changes one token of a file at a time and shows which changes no test noticed.

usage: tools/mutate.py src/geo/ring.c [--suite geo] [--limit 60] [--seed 1]

Works on a copy of the tree in build/mutate, so the file itself is never touched. A mutant that does
not compile is not counted; one whose tests run into their time limit is caught. Survivors are listed
with line and change: each is a missing test, or a change that means the same.
"""
import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "mutate"
SWAPS = [("==", "!="), ("!=", "=="), ("<=", "<"), (">=", ">"), ("<", "<="), (">", ">="),
         ("&&", "||"), ("||", "&&"), ("+", "-"), ("-", "+"), ("<<", ">>"), (">>", "<<"),
         ("&", "|"), ("|", "&"), ("true", "false"), ("false", "true"), ("0", "1"), ("1", "2")]
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|//.*|[A-Za-z_]\w*|\d[\w.]*'
                   r'|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|--|[-+*/%&|^]=|\S')
SWAP_OF = {}
for before, after in SWAPS:
    SWAP_OF.setdefault(before, []).append(after)


def mutants(text):
    """(line number, column, before, after) of every change worth trying."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", "//", "static const", "_Static_assert")):
            continue
        for found in TOKEN.finditer(line):
            for after in SWAP_OF.get(found[0], ()):
                yield number, found.start(), found[0], after


def changed(text, mutant):
    number, column, before, after = mutant
    lines = text.splitlines(True)
    line = lines[number - 1]
    lines[number - 1] = line[:column] + after + line[column + len(before):]
    return "".join(lines)


def is_caught(suite):
    """None when it does not compile, else whether a test failed."""
    build = COPY / "build" / "dev"
    if subprocess.run(["ninja", "-C", build], capture_output=True, check=False).returncode != 0:
        return None
    return subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "-t", "0.2", "--suite",
                           suite], capture_output=True, check=False).returncode != 0


def prepare():
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT, COPY, ignore=shutil.ignore_patterns("build", ".git", "*.atlas"))
    subprocess.run(["meson", "setup", COPY / "build" / "dev", COPY, "-Dtests=true", "-Dwerror=false"],
                   check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--suite", help="the tests to run; the file's layer unless given")
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    path = options.file.resolve().relative_to(ROOT)
    suite = options.suite or path.parts[1]
    text = (ROOT / path).read_text()
    every = list(mutants(text))
    chosen = sorted(random.Random(options.seed).sample(every, min(options.limit, len(every))))
    prepare()
    if is_caught(suite) is not False:
        sys.exit(f"the tests of {suite} do not pass unchanged")
    caught, survivors = 0, []
    for mutant in chosen:
        (COPY / path).write_text(changed(text, mutant))
        verdict = is_caught(suite)
        caught += verdict is True
        if verdict is False:
            survivors.append(mutant)
            number, _, before, after = mutant
            print(f"{path}:{number}: '{before}' may be '{after}': "
                  f"{text.splitlines()[number - 1].strip()}", flush=True)
    counted = caught + len(survivors)
    print(f"{caught} of {counted} mutants caught ({100 * caught / max(counted, 1):.0f} %), "
          f"{len(chosen) - counted} did not compile, {len(every)} possible, seed {options.seed}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
