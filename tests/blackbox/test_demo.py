"""The demo: what a newcomer sees first."""
import os
import pty
import re
import signal
import socket
import subprocess
import unittest

import harness
from harness import rhumb


class Demo(unittest.TestCase):
    def test_shows_three_questions_and_ends(self):
        done = rhumb("demo", "--once")
        self.assertEqual(done.returncode, 0, done.stderr)
        for route in ("/v1/search?", "/v1/autocomplete?", "/v1/reverse?"):
            self.assertRegex(done.stdout, rf"curl '?http://127\.0\.0\.1:\d+{re.escape(route)}")
        self.assertGreaterEqual(done.stdout.count("FeatureCollection"), 3)

    def test_serves_until_ctrl_c_and_exits_0(self):
        process = subprocess.Popen([harness.rhumb_path, "demo"], stdout=subprocess.PIPE, text=True,
                                   cwd=harness.folder, env=harness.clean_environment())
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(harness.SECONDS), 0)
        process.stdout.close()

    def test_takes_the_next_port_when_its_own_is_busy(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = rhumb("demo", "--once", "--http", f"127.0.0.1:{port}")
            self.assertEqual(done.returncode, 0, done.stderr)
            ports = set(map(int, re.findall(r"http://127\.0\.0\.1:(\d+)", done.stdout)))
            self.assertNotIn(port, ports)
            self.assertTrue(ports)

    def test_the_town_is_the_same_twice(self):
        one, two = harness.folder / "one", harness.folder / "two"
        for place in (one, two):
            self.assertEqual(rhumb("demo", "--write", place).returncode, 0)
        for path in sorted(one.iterdir()):
            self.assertEqual(path.read_bytes(), (two / path.name).read_bytes())

    def test_osmium_reads_the_town(self):
        import shutil
        if shutil.which("osmium") is None:
            self.skipTest("osmium is not installed")
        for path in harness.town_inputs():
            if path.name.endswith(".pbf"):
                done = subprocess.run(["osmium", "check-refs", path], capture_output=True,
                                      text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_terminal_gets_a_moving_line(self):
        leader, follower = pty.openpty()
        path = harness.folder / "terminal.atlas"
        process = subprocess.Popen([harness.rhumb_path, "build", "-o", path,
                                    *harness.town_inputs()], stdout=subprocess.DEVNULL,
                                   stderr=follower, env=harness.clean_environment())
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(leader)
        self.assertEqual(process.wait(harness.SECONDS), 0)
        self.assertIn(b"\r", shown)
