#!/usr/bin/env python3
"""Black-box tests: the program, its commands and its routes, as a user meets them.

usage: tests/blackbox/run.py [RHUMB] [NAME...]     default: build/release/rhumb, every test

Needs the program and Python only; the data is the demo town that the program writes. The last line is
"N passed, N failed, N skipped".
"""
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import harness  # noqa: E402


class Lines(unittest.TestResult):
    """One line a test; what failed follows at the end."""

    def startTest(self, test):
        super().startTest(test)
        self.begun, self.before = time.monotonic(), len(self.failures) + len(self.errors)

    def stopTest(self, test):
        word = "passed"
        if len(self.failures) + len(self.errors) > self.before:
            word = "failed"
        elif any(test is skipped for skipped, _ in self.skipped):
            word = "skipped"
        name = test.id().removeprefix("test_")
        print(f"{word:8} {time.monotonic() - self.begun:6.2f} s  {name}", flush=True)
        super().stopTest(test)


def main(arguments):
    harness.use(arguments[0] if arguments else "build/release/rhumb")
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{name}*" for name in arguments[1:]] or None
    result = Lines()
    with harness.workplace():
        loader.discover(str(HERE)).run(result)
    for test, trace in result.failures + result.errors:
        print(f"\n{test.id()}\n{trace}")
    # A test may fail in several of its cases; it is one failure.
    failed = len({id(getattr(test, "test_case", test))
                  for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    print(f"{max(result.testsRun - failed - skipped, 0)} passed, {failed} failed, "
          f"{skipped} skipped")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
