#!/usr/bin/env python3
"""Fails when a file calls a function that the house has banned.

usage: tools/check_calls.py BUILD

Read from the undefined symbols of the object files, so macros and prototypes hide nothing. Each ban
says what to use; EXCEPT names the only files that may.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJECT = re.compile(r"src_([a-z]+)_([a-z0-9_]+\.c)\.o$")

BANNED = {
    "memory comes from an account (base/memory.h)":
        "malloc calloc realloc free reallocarray aligned_alloc posix_memalign strdup strndup "
        "asprintf vasprintf",
    "no bound: use snprintf or a buffer (base/buffer.h)":
        "strcpy strcat stpcpy sprintf vsprintf gets scanf sscanf fscanf",
    "hidden state between calls": "strtok localtime gmtime rand srand random strerror setlocale",
    "no error or locale-dependent: parse strictly":
        "atoi atol atoll atof strtol strtoll strtoul strtoull strtod strtof",
    "the process ends in main only": "exit _exit abort quick_exit longjmp siglongjmp",
}
# Results differ with and without FMA: src/geo has its own.
TRIGONOMETRY = "sin cos tan asin acos atan atan2 sincos sinh cosh tanh exp log pow hypot"
PURE = {"base", "geo", "text", "codec", "fst"}
# The operating system belongs to sys; cli may write to its terminal.
SYSTEM = ("open openat creat read pread write pwrite close fsync fdatasync rename unlink mmap munmap "
          "madvise ftruncate socket bind listen accept accept4 connect send recv sendmsg recvmsg "
          "clock_gettime gettimeofday time nanosleep usleep pthread_create fopen fclose getenv")

EXCEPT = {
    "src/base/memory.c": "malloc calloc realloc free aligned_alloc posix_memalign",
    "src/base/bench.c": "clock_gettime",
    # Behind a strict grammar, and setlocale is banned: it is the C locale's.
    "src/base/decimal.c": "strtod",
    # The block of realpath; the answer of our own server, read with widths.
    "src/serve/control.c": "free sscanf strtoul",
}


def undefined(path):
    lines = subprocess.run(["nm", "--undefined-only", path], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    for line in lines:
        name = line.split()[-1].split("@")[0]
        yield re.sub(r"^__(?:isoc99_|isoc23_)?(\w+?)_chk$", r"\1",
                     re.sub(r"^__isoc(?:99|23)_", "", name))


def rules(layer):
    yield from BANNED.items()
    yield "libm trigonometry differs between machines", TRIGONOMETRY if layer in (
        "geo", "index", "fst") else ""
    yield "only src/sys calls the operating system", SYSTEM if layer in PURE else ""


def complaints(build):
    for path in sorted(build.glob("librhumb_*.a.p/*.o")):
        found = OBJECT.search(path.name)
        if found is None:
            continue
        layer, name = f"{found[1]}", f"src/{found[1]}/{found[2]}"
        allowed = set(EXCEPT.get(name, "").split())
        called = set(undefined(path)) - allowed
        for reason, names in rules(layer):
            for call in sorted(called & set(names.split())):
                yield f"{name}: calls {call}: {reason}"


found = list(complaints(ROOT / sys.argv[1]))
print("\n".join(found) or "calls: ok")
sys.exit(bool(found))
