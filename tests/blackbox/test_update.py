"""Updates: changes applied to an atlas give what a build from the updated extract gives."""
import contextlib
import functools
import gzip
import http.server
import shutil
import subprocess
import threading
import time
import unittest

import harness
from harness import rhumb

STAMP = "2030-01-02T10:00:00Z"


def change(*parts):
    return ('<osmChange version="0.6">' + "".join(parts) + "</osmChange>").encode()


def house(number, node, version=1, street="Update Street", stamp=STAMP):
    return (f'<create><node id="{node}" version="{version}" timestamp="{stamp}" lat="47.0{number:02}" '
            f'lon="9.0{number:02}"><tag k="addr:housenumber" v="{number}"/><tag k="addr:street" v="{street}"/>'
            f'</node></create>')


class Place(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Place, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()


def publish(folder, number, content, stamp):
    text = f"#made up\nsequenceNumber={number}\ntimestamp={stamp.replace(':', chr(92) + ':')}\n"
    name = f"{number // 1000000:03}/{number // 1000 % 1000:03}/{number % 1000:03}"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.osc.gz").write_bytes(gzip.compress(content))
    (folder / f"{name}.state.txt").write_text(text)
    (folder / "state.txt").write_text(text)


def wait_until(is_so):
    deadline = time.monotonic() + harness.SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


class Update(unittest.TestCase):
    def setUp(self):
        self.folder = harness.folder / self.id().rpartition(".")[2]
        self.folder.mkdir()
        self.extract = harness.town_inputs()[0]
        self.atlas = self.folder / "town.atlas"
        self.build("--keep", "-o", self.atlas, self.extract)

    def build(self, *words):
        done = rhumb("build", "-q", *words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def update(self, *words, code=0):
        done = rhumb("update", self.atlas, *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def count(self, text):
        done = rhumb("search", "--atlas", self.atlas, text)
        return int("Update Street" in done.stdout)

    def test_a_file_is_applied_once(self):
        self.assertEqual(self.count("Update Street 7"), 0)
        changes = self.write("1.osc.gz", gzip.compress(change(house(7, 900000000001))))
        done = self.update(changes)
        self.assertIn("1 objects changed, data of 2030-01-02T10:00:00Z", done.stdout)
        self.assertEqual(self.count("Update Street 7"), 1)
        before = self.atlas.read_bytes()
        done = self.update(changes)
        self.assertIn("is left out: its newest object is of 2030-01-02T10:00:00Z", done.stderr)
        self.assertIn("nothing to apply", done.stdout)
        late = self.write("late.osc", change(house(8, 900000000002, stamp="2030-01-01T00:00:00Z")))
        self.assertIn("is left out", self.update(late).stderr)
        self.assertEqual(self.atlas.read_bytes(), before)
        self.assertEqual(rhumb("verify", self.atlas).returncode, 0)

    def test_what_is_broken_changes_nothing(self):
        before = [path.read_bytes() for path in (self.atlas, self.folder / "town.atlas.objects")]
        good = self.write("good.osc", change(house(7, 900000000001)))
        bad = self.write("bad.osc", change(house(8, 900000000002)) [:-20])
        done = self.update(good, bad, code=1)
        self.assertIn("bad.osc: line 1: this is no XML", done.stderr)
        self.assertIn("cannot open", self.update(self.folder / "none.osc", code=1).stderr)
        after = [path.read_bytes() for path in (self.atlas, self.folder / "town.atlas.objects")]
        self.assertEqual(before, after)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if "tmp" in path.name), [])

    def test_without_objects_it_says_what_to_do(self):
        self.build("-o", self.atlas, self.extract)
        done = self.update(self.write("1.osc", change(house(7, 900000000001))), code=1)
        self.assertIn("build the atlas with --keep", done.stderr)
        self.assertEqual(rhumb("update", self.atlas).returncode, 2)

    def test_a_place_is_followed_by_number(self):
        for is_url in (False, True):
            with self.subTest(url=is_url), contextlib.ExitStack() as end:
                folder = self.folder / f"place-{is_url}"
                folder.mkdir()
                self.build("--keep", "-o", self.atlas, self.extract)
                place = end.enter_context(served(folder)) if is_url else folder
                publish(folder, 1233, change(), "2030-01-01T00:00:00Z")
                done = self.update("--replication", place, code=1)
                self.assertIn("say it with --sequence N", done.stderr)
                publish(folder, 1234, change(house(7, 900000000001)), "2030-01-02T11:00:00Z")
                publish(folder, 1235, change(house(9, 900000000002)), "2030-01-03T00:00:00Z")
                done = self.update("--replication", place, "--sequence", "1233")
                self.assertIn("2 objects changed, data of 2030-01-03T00:00:00Z, number 1235", done.stdout)
                self.assertEqual(self.count("Update Street 9"), 1)
                before = self.atlas.read_bytes()
                self.assertEqual(self.update("--replication", place).stdout, "")
                self.assertEqual(self.atlas.read_bytes(), before)
                # A number that is missing, and a place that is another's.
                publish(folder, 1237, change(), "2030-01-04T00:00:00Z")
                self.assertIn("000/001/236.osc.gz", self.update("--replication", place, code=1).stderr)
                publish(folder, 7, change(), "2030-01-04T00:00:00Z")
                self.assertIn("changes of something else", self.update("--replication", place, code=1).stderr)
                (folder / "state.txt").write_text("hello\n")
                self.assertIn("sequenceNumber", self.update("--replication", place, code=1).stderr)
                self.assertEqual(self.atlas.read_bytes(), before)

    def test_a_server_gets_what_a_watch_builds(self):
        folder = self.folder / "place"
        folder.mkdir()
        publish(folder, 1, change(), "2030-01-01T00:00:00Z")
        with harness.Server(path=self.atlas) as server, served(folder) as url:
            watch = subprocess.Popen(
                [harness.rhumb_path, "update", self.atlas, "--replication", url, "--sequence", "0", "--watch",
                 "--interval", "200ms", "--control", server.control, "-q"],
                stderr=subprocess.PIPE, env=harness.clean_environment())
            try:
                publish(folder, 2, change(house(7, 900000000001)), "2030-01-02T11:00:00Z")
                wait_until(lambda: "Update Street" in str(server.ask("search", q="Update Street 7")))
                shutil.move(folder / "state.txt", folder / "gone")  # it goes on when the place is away
                publish(folder, 3, change(house(8, 900000000002)), "2030-01-02T12:00:00Z")
                wait_until(lambda: "'Update Street 8" in str(server.ask("search", q="Update Street 8")))
                self.assertIsNone(watch.poll())
                metrics = dict(line.rpartition(" ")[::2] for line in server.get("/metrics")[2].decode().splitlines())
                self.assertEqual(metrics.get("rhumb_atlas_data_time_seconds"), "1893585600")
                self.assertIn("rhumb_replication_lag_seconds", metrics)
                self.assertEqual(server.get("/nominatim/status?format=json")[0], 200)
                self.assertIn(b"2030-01-02T12:00:00+00:00", server.get("/nominatim/status?format=json")[2])
            finally:
                watch.terminate()
                watch.communicate(timeout=harness.SECONDS)


@unittest.skipUnless(shutil.which("osmium"), "osmium is not here")
class Rebuild(unittest.TestCase):
    def test_an_update_is_byte_for_byte_a_rebuild(self):
        folder = harness.folder / "rebuild"
        (folder / "new").mkdir(parents=True)
        extract = harness.town_inputs()[0]
        after = folder / "new" / extract.name
        lines = subprocess.run(["osmium", "cat", extract, "-f", "opl", "-o", "-"], capture_output=True,
                               text=True, check=True).stdout.splitlines()
        changed = []
        for at, line in enumerate(lines):
            if "Taddr" in line and at % 7 == 0:
                continue  # gone
            if at % 11 == 0:
                parts = line.split(" ")
                parts[1] = f"v{int(parts[1][1:]) + 1}"
                parts = ["t" + STAMP if part[:2] in ("t1", "t2") else part for part in parts]
                line = " ".join(parts).replace("name=", "name=New%20%", 1)
            changed.append(line)
        opl = folder / "after.opl"
        opl.write_text("\n".join(changed) + "\n")
        program = subprocess.run(["osmium", "fileinfo", "-g", "header.option.generator", extract],
                                 capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(["osmium", "cat", opl, "-o", after, f"--generator={program}",
                        f"--output-header=osmosis_replication_timestamp={STAMP}"], check=True)
        changes = folder / "day.osc.gz"
        subprocess.run(["osmium", "derive-changes", extract, after, "-o", changes], check=True)
        atlas, other = folder / "town.atlas", folder / "other.atlas"
        self.assertEqual(rhumb("build", "-q", "--keep", "-o", atlas, extract).returncode, 0)
        before = atlas.read_bytes()
        done = rhumb("update", atlas, changes)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(rhumb("build", "-q", "-o", other, after).returncode, 0)
        self.assertNotEqual(atlas.read_bytes(), before)
        self.assertEqual(atlas.read_bytes(), other.read_bytes())
