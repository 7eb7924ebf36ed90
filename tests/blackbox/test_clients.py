"""Real client libraries from npm, and redis-cli, against a running server.

They are installed once into build/clients, as tests/blackbox/clients/package-lock.json says. Skipped,
with the reason, without node, npm or the registry.
"""
import pathlib
import shutil
import socket
import subprocess
import unittest

import harness

HERE = pathlib.Path(__file__).resolve().parent / "clients"
PLACE = HERE.parent.parent.parent / "build" / "clients"


def install():
    """Copies the programs; installs the libraries when the lock has changed."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise unittest.SkipTest(f"{name} is not installed")
    PLACE.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = PLACE / "installed"
    for path in HERE.iterdir():
        shutil.copy(path, PLACE / path.name)
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PLACE,
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest("npm ci: " + (done.stderr.strip().splitlines() or ["failed"])[-1])
    stamp.write_bytes(lock)


def serve(option):
    """A server with a listener for this option, and the listener's port."""
    if f"--{option}" not in harness.rhumb("serve", "--help").stdout:
        raise unittest.SkipTest(f"this program has no --{option}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return harness.Server("--data", ":memory:", f"--{option}", f"127.0.0.1:{port}", path=False), port


class Clients(unittest.TestCase):
    def run_program(self, option, name):
        install()
        server, port = serve(option)
        with server:
            done = subprocess.run(["node", name, port], cwd=PLACE, capture_output=True, text=True,
                                  timeout=harness.SECONDS, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(": ok", done.stdout)

    def test_redis_clients_speak_the_redis_dialect(self):
        self.run_program("redis", "redis.mjs")

    def test_all_clients_speak_the_tile38_dialect(self):
        self.run_program("resp", "tile38.mjs")

    def run_cli(self, option, text, *expected):
        if shutil.which("redis-cli") is None:
            raise unittest.SkipTest("redis-cli is not installed")
        server, port = serve(option)
        with server:
            for version in ("-2", "-3"):
                done = subprocess.run(["redis-cli", version, "-p", port], input=text, text=True,
                                      capture_output=True, timeout=harness.SECONDS, check=False)
                for line in expected:
                    self.assertIn(line, done.stdout.splitlines(), done.stdout + done.stderr)

    def test_redis_cli_speaks_the_redis_dialect(self):
        self.run_cli("redis", "GEOADD g 9.5 47.1 a 9.6 47.2 b\nGEOSEARCH g FROMMEMBER a BYRADIUS 1 km\n"
                     "GEODIST g a b km\nDBSIZE\n", "a", "13.4510", "1")

    def test_redis_cli_speaks_the_tile38_dialect(self):
        self.run_cli("resp", "SET fleet truck POINT 33.5 -112.2\nGET fleet truck POINT\n",
                     "OK", "33.5", "-112.2")


if __name__ == "__main__":
    unittest.main()
