#!/usr/bin/env python3
"""The stages of `make check`, `make test`, `make bench` and `make fuzz`.

usage: scripts/test.py check | all | bench [LAYER] | fuzz NAME [SECONDS] | STAGE...

Each stage prints one line with its seconds; what a failed stage printed follows it, and stays in
build/log/STAGE.log. The last line of check, all and STAGE... is "N passed, N failed, N skipped",
counted in single tests.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "log"
CCACHE = "ccache " if shutil.which("ccache") else ""
GCC = {"CC": CCACHE + "gcc", "CXX": CCACHE + "g++"}
CLANG = {"CC": CCACHE + "clang-14", "CXX": CCACHE + "clang++-14"}
SANITIZE = ["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Doptimization=1",
            "-Dwerror=false"]
# The layers that have threads; the others are pure or run on one.
THREADED = ["sys", "archive", "journal", "shard", "ledger", "source", "atlas", "live", "fence", "search", "serve"]

# Build folder -> compiler and Meson options.
BUILDS = {
    "dev": (GCC, ["-Dtests=true"]),
    "clang": (CLANG, ["-Dtests=true"]),
    "asan-gcc": (GCC, ["-Dtests=true", *SANITIZE]),
    "asan-clang": (CLANG, ["-Dtests=true", *SANITIZE]),
    "tsan": (CLANG, ["-Dtests=true", "-Db_sanitize=thread", "-Db_lundef=false",
                     "-Doptimization=1", "-Dwerror=false"]),
    "fuzz": (CLANG, ["-Dfuzz=true", *SANITIZE]),
    "bench": (GCC, ["-Dtests=true", "--buildtype=release", "-Doptimization=2", "-Db_lto=true"]),
}


class Tally:
    """Single tests, by outcome."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run(log, command, **more):
    """Runs a command with its output in the stage's log; returns its exit code."""
    words = list(map(str, command))
    log.write(f"$ {' '.join(words[:12])}{' …' if len(words) > 12 else ''}\n")
    log.flush()
    return subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False, **more).returncode


def build(log, name, *targets):
    """Configures build/NAME when needed, and builds it, or some targets of it."""
    compiler, options = BUILDS[name]
    folder = ROOT / "build" / name
    environment = {**os.environ, **compiler}
    fetched = ROOT / "build/deps/usr/share"
    if (fetched / "llhttp").is_dir():
        options = [*options, f"-Dllhttp={fetched}"]
    # Meson notices changed files, but not a layer that has just come or gone.
    layers = "\n".join(sorted(map(str, ROOT.glob("src/*/meson.build"))))
    stamp = folder / "layers.txt"
    if not (folder / "build.ninja").exists():
        shutil.rmtree(folder, ignore_errors=True)
        if run(log, ["meson", "setup", folder, *options], env=environment) != 0:
            return False
    elif not stamp.exists() or stamp.read_text() != layers:
        if run(log, ["meson", "setup", "--reconfigure", folder], env=environment) != 0:
            return False
    stamp.write_text(layers)
    return run(log, ["ninja", "-k", "0", "-C", folder, *targets], env=environment) == 0


def meson_tests(log, name, suites, without=(), patience=1):
    """Runs suites of a build and counts the single tests in Meson's report."""
    report = ROOT / "build" / name / "meson-logs" / "testlog.junit.xml"
    report.unlink(missing_ok=True)
    command = ["meson", "test", "-C", ROOT / "build" / name, "--no-rebuild",
               "--print-errorlogs", "-t", str(patience)]
    command += [word for suite in suites for word in ("--suite", suite)]
    command += [word for suite in without for word in ("--no-suite", suite)]
    environment = {**os.environ, "ASAN_OPTIONS": "detect_stack_use_after_return=1",
                   "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
                   "TSAN_OPTIONS": "halt_on_error=1"}
    code = run(log, command, env=environment)
    tally = count(report) if report.exists() else Tally()
    if code != 0 and tally.failed == 0:
        tally.failed = 1
    return tally


def count(report):
    tally = Tally()
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif case.find("skipped") is not None:
            tally.skipped += 1
        else:
            tally.passed += 1
    return tally


def built_and_tested(name, suites=(), without=(), patience=1):
    def stage(log):
        if not build(log, name):
            return Tally(failed=1)
        return meson_tests(log, name, suites, without, patience)
    return stage


def command(*words):
    """A stage that is one command: passed when it exits 0."""
    def stage(log):
        return Tally(passed=1) if run(log, words) == 0 else Tally(failed=1)
    return stage


def format_stage(log):
    files = [str(path) for folder in ("src", "tests", "tools")
             for pattern in ("*.[ch]", "*.cpp") for path in sorted((ROOT / folder).rglob(pattern))]
    if shutil.which("clang-format-14") is None:
        log.write("clang-format-14 is not installed (scripts/deps.sh test)\n")
        return Tally(skipped=1)
    return command("clang-format-14", "--dry-run", "-Werror", *files)(log)


def tidy_stage(log):
    """clang-tidy over the pure layers, as many files at once as there are cores."""
    if not build(log, "clang"):
        return Tally(failed=1)
    files = [str(path) for layer in ("base", "geo", "text", "codec", "fst")
             for path in sorted((ROOT / "src" / layer).glob("*.c"))
             if not re.search(r"_(test|bench|fuzz)\.c$", path.name)]
    return command("xargs", "-a", "/dev/null", "true")(log) if not files else command(
        "run-clang-tidy-14", "-clang-tidy-binary", "clang-tidy-14", "-quiet",
        "-p", "build/clang", "-j", str(os.cpu_count()), *files)(log)


def release_stage(log):
    return Tally(passed=1) if run(log, ["make", "all"]) == 0 else Tally(failed=1)


def blackbox_stage(log):
    """tests/blackbox against the release binary; it prints the same last line as we do."""
    if not (ROOT / "build/release/rhumb").exists():
        log.write("no build/release/rhumb\n")
        return Tally(failed=1)
    code = run(log, [sys.executable, "tests/blackbox/run.py", "build/release/rhumb"])
    log.flush()
    last = pathlib.Path(log.name).read_text().rstrip().rpartition("\n")[2]
    found = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
    if found is None or (code != 0 and found[2] == "0"):
        return Tally(failed=1)
    return Tally(*map(int, found.groups()))


STAGES = {
    "format": format_stage,
    "layers": command(sys.executable, "tools/check_layers.py"),
    "gcc": built_and_tested("dev", without=["oracle"]),
    "symbols": command(sys.executable, "tools/check_symbols.py", "build/dev"),
    "calls": command(sys.executable, "tools/check_calls.py", "build/dev"),
    "oracle": built_and_tested("dev", suites=["oracle"], patience=3),
    "clang": built_and_tested("clang", without=["oracle"]),
    "tidy": tidy_stage,
    "asan-gcc": built_and_tested("asan-gcc", without=["oracle"], patience=5),
    "asan-clang": built_and_tested("asan-clang", without=["oracle"], patience=5),
    "tsan": built_and_tested("tsan", suites=THREADED, without=["corpus"], patience=10),
    "release": release_stage,
    "blackbox": blackbox_stage,
}
CHECK = ["format", "layers", "gcc", "symbols", "calls"]


def show_failure(lines):
    """The lines that say what is wrong, when there are some; else the end of the log."""
    telling = [line for line in lines if re.search(r"error:|FAILED|not ok|FAIL |Error!|ERROR:", line)]
    print("\n".join(telling[:40] + ["…"] + lines[-25:]), flush=True)


def run_stages(names):
    LOGS.mkdir(parents=True, exist_ok=True)
    total, begun = Tally(), time.monotonic()
    for name in names:
        path, start = LOGS / f"{name}.log", time.monotonic()
        with path.open("w") as log:
            tally = STAGES[name](log)
        print(f"{name:12} {time.monotonic() - start:7.1f} s   {tally}", flush=True)
        if tally.failed:
            show_failure(path.read_text().splitlines())
        total.add(tally)
    print(f"{'all':12} {time.monotonic() - begun:7.1f} s")
    print(total)
    return 1 if total.failed else 0


def bench(layer):
    with (ROOT / "build/bench.log").open("w") as log:
        if not build(log, "bench", "meson-benchmark-prereq"):
            sys.exit("the benchmark build failed: build/bench.log")
    return subprocess.run(["meson", "test", "-C", "build/bench", "--no-rebuild", "--benchmark",
                           "--verbose", *(["--suite", layer] if layer else [])],
                          cwd=ROOT, check=False).returncode


def fuzz(name, seconds):
    with (ROOT / "build/fuzz.log").open("w") as log:
        if not build(log, "fuzz"):
            sys.exit("the fuzz build failed: build/fuzz.log")
    programs = list((ROOT / "build/fuzz").glob(f"*_{name}_fuzz"))
    if len(programs) != 1:
        known = sorted(p.name.split("_", 1)[1][:-5] for p in (ROOT / "build/fuzz").glob("*_fuzz"))
        sys.exit(f"no fuzzer '{name}'; there are: {' '.join(known)}")
    found = ROOT / "build/fuzz/found" / name
    found.mkdir(parents=True, exist_ok=True)
    return subprocess.run([programs[0], f"-max_total_time={seconds}", "-print_final_stats=1",
                           f"-artifact_prefix={found}/", found, ROOT / "tests/corpus" / name],
                          cwd=ROOT, check=False).returncode


def main(words):
    (ROOT / "build").mkdir(exist_ok=True)
    match words:
        case ["check"]:
            return run_stages(CHECK)
        case ["all"]:
            return run_stages(STAGES)
        case ["bench", *layer]:
            return bench(layer[0] if layer else None)
        case ["fuzz", name, *seconds]:
            return fuzz(name, seconds[0] if seconds else "60")
        case [*names] if names and all(name in STAGES for name in names):
            return run_stages(names)
    print(__doc__, "stages: " + " ".join(STAGES), sep="\n", file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))
