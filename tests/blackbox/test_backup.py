"""Data directories as a whole: backups while serving, restores, locks, versions."""
import pathlib
import re
import threading
import time
import unittest

import harness
from harness import rhumb


def fresh(name):
    return harness.folder / f"{name}-{time.monotonic_ns()}"


def put(server, number, collection="fleet"):
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [number / 1000, 1]},
               "properties": {"n": number}}
    status, _ = server.send("PUT", f"/v1/collections/{collection}/objects/o{number}", feature)
    assert status in (200, 201), status


def numbers(server, collection="fleet"):
    found, cursor = set(), None
    while True:
        target = f"/v1/collections/{collection}/objects?limit=1000"
        _, page = server.send("GET", target + (f"&cursor={cursor}" if cursor else ""), expect=200)
        found |= {feature["properties"]["n"] for feature in page["features"]}
        cursor = page.get("next")
        if not cursor:
            return found


class Backup(unittest.TestCase):
    def done(self, *words):
        done = rhumb(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, says, *words):
        done = rhumb(*words)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(says, done.stderr)

    def test_a_backup_taken_while_writing_holds_what_was_acknowledged_before(self):
        data, backup, back = fresh("data"), fresh("backup"), fresh("back")
        with harness.Server("--data", data, path=False) as server:
            for number in range(200):
                put(server, number)
            is_over, written = threading.Event(), []

            def write():
                while not is_over.is_set():
                    put(server, 1000 + len(written))
                    written.append(1000 + len(written))

            writing = threading.Thread(target=write)
            writing.start()
            try:
                time.sleep(0.2)
                before = set(written)
                shown = self.done("backup", "--control", server.control, backup)
            finally:
                is_over.set()
                writing.join()
            self.assertRegex(shown, r"everything up to record \d+")
            self.refused("must be new or empty", "backup", "--control", server.control, backup)
            self.refused("in use by process", "backup", "--data", data, fresh("other"))
            self.refused("in use by process", "upgrade", data)
        self.done("restore", backup, "--data", back)
        self.assertIn("has format 1 already", self.done("upgrade", back))
        with harness.Server("--data", back, path=False) as server:
            found = numbers(server)
            self.assertLessEqual(set(range(200)) | before, found)
            self.assertLessEqual(found, set(range(200)) | set(written))
            put(server, 5)

    def test_any_moment_since_the_backup_comes_back_while_the_journal_is_kept(self):
        data, backup = fresh("data"), fresh("backup")
        with harness.Server("--data", data, "--journal-keep", "1h", path=False) as server:
            for number in range(50):
                put(server, number)
            shown = self.done("backup", "--control", server.control, backup)
            for number in range(50, 80):
                put(server, number)
            time.sleep(0.05)
            moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now := time.time()))
            moment += f".{int(now % 1 * 1000):03}Z"
            time.sleep(0.05)
            status, _ = server.send("DELETE", "/v1/collections/fleet")
            self.assertLess(status, 300)
            put(server, 99)
        last = int(re.search(r"record (\d+)", shown)[1])
        for words, expected in ((["--to", moment], set(range(80))),
                                (["--to", str(last)], set(range(50))), ([], {99})):
            with self.subTest(words):
                back = fresh("back")
                shown = self.done("restore", backup, "--data", back, "--journal", data, *words)
                self.assertIn("restored up to record", shown)
                with harness.Server("--data", back, path=False) as server:
                    self.assertEqual(numbers(server), expected)
        self.refused("--to lies before the backup", "restore", backup, "--data", fresh("back"),
                     "--to", "2020-01-01")

    def test_a_closed_directory_is_copied_without_a_server(self):
        data, backup, back = fresh("data"), fresh("backup"), fresh("back")
        with harness.Server("--data", data, path=False) as server:
            for number in range(20):
                put(server, number)
        self.done("backup", "--data", data, backup)
        self.done("restore", backup, "--data", back)
        with harness.Server("--data", back, path=False) as server:
            self.assertEqual(numbers(server), set(range(20)))
        self.refused("it has no VERSION", "restore", harness.folder, "--data", fresh("back"))

    def test_two_servers_never_share_a_directory(self):
        data = fresh("data")
        with harness.Server("--data", data, path=False) as server:
            done = rhumb("serve", "--data", data, "--http", "127.0.0.1:0")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"in use by process {server.process.pid}", done.stderr)

    def test_a_later_format_is_refused(self):
        data = fresh("data")
        data.mkdir()
        (data / "VERSION").write_text("Rhumb data 7\n")
        self.refused("the data has format 7", "upgrade", data)
        self.refused("the data has format 7", "serve", "--data", data, "--http", "127.0.0.1:0")

    def test_data_of_the_first_format_opens(self):
        golden = pathlib.Path(__file__).parents[1] / "golden" / "data"
        back = fresh("back")
        self.done("restore", golden, "--data", back)
        with harness.Server("--data", back, path=False) as server:
            self.assertEqual(numbers(server), set(range(20)))
