"""rhumb import and rhumb export against a server."""
import json
import random
import shutil
import socket
import subprocess
import time
import unittest

import harness


class Shell(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("--data", ":memory:", path=False)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0, cls.server.output

    def rhumb(self, command, *words, stdin="", code=0):
        done = harness.rhumb(command, "--server", self.server.url, "-q", *words, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout if code == 0 else done.stderr + done.stdout

    def test_a_collection_goes_out_and_in_again_in_every_format(self):
        dice = random.Random(5)
        features = [{"type": "Feature", "id": f"o{i:05}", "properties": {"n": i, "name": f'a "{i}", b'},
                     "geometry": {"type": "Point", "coordinates": [
                         round(dice.uniform(-180, 180), 6), round(dice.uniform(-90, 90), 6)]}}
                    for i in range(2500)]
        path = harness.folder / "many.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "name": "x", "features": features}))
        self.assertIn("2500 stored, 0 refused", self.rhumb("import", "first", path))
        self.rhumb("import", "first", path)  # twice is once
        plain = json.loads(self.rhumb("export", "first"))
        self.assertEqual([(f["id"], f["geometry"], f["properties"]) for f in plain["features"]],
                         [(f["id"], f["geometry"], f["properties"]) for f in features])
        for kind in ("geojson", "ndjson", "csv"):
            text = self.rhumb("export", "--format", kind, "first")
            self.rhumb("import", f"again-{kind}", "-", stdin=text)
            again = json.loads(self.rhumb("export", f"again-{kind}"))
            self.assertEqual([(f["id"], f["geometry"], f["properties"]) for f in again["features"]],
                             [(f["id"], f["geometry"], f["properties"]) for f in plain["features"]])
        some = json.loads(self.rhumb("export", "--filter", "n < 3", "--fields", "n", "first"))
        self.assertEqual([f["properties"] for f in some["features"]], [{"n": 0}, {"n": 1}, {"n": 2}])

    def test_csv_with_other_columns_and_rows_without_a_place(self):
        text = "plate;Latitude;LONGITUDE;note\nA 1;47.1;9.5;\"x;\ny\"\nB 2;;9;\n"
        said = self.rhumb("import", "--id", "plate", "cars", "-", stdin=text, code=1)
        self.assertIn("1 stored, 1 refused", said)
        car = json.loads(self.rhumb("export", "cars"))["features"][0]
        self.assertEqual((car["id"], car["geometry"]["coordinates"], car["properties"]),
                         ("A 1", [9.5, 47.1], {"note": "x;\ny"}))

    def test_what_is_wrong_is_said(self):
        self.assertIn("rhumb build", self.rhumb("import", "x", harness.town_inputs()[0], code=1))
        self.assertIn("lat", self.rhumb("import", "x", "-", stdin="a,b\n1,2\n", code=1))
        self.assertIn("ends", self.rhumb("import", "x", "-", stdin='{"type":', code=1))
        self.assertIn("no-such", self.rhumb("import", "x", "/no-such-file", code=1))
        self.assertIn("no collection", self.rhumb("export", "nothing-there", code=1))
        self.rhumb("import", "x", code=2)
        self.rhumb("import", "--from", "mars", "x", code=2)

    @unittest.skipUnless(shutil.which("redis-server"), "redis-server is not here")
    def test_a_key_of_redis(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        redis = subprocess.Popen(["redis-server", "--port", str(port), "--save", ""],
                                 stdout=subprocess.DEVNULL, cwd=harness.folder)
        try:
            commands = "".join(f"GEOADD Sicily {9 + i / 1000} {40 + i / 1000} m{i}\r\n"
                               for i in range(3000)).encode()
            deadline = time.monotonic() + 20
            while True:
                try:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
                    break
                except OSError:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.05)
            with connection:
                connection.sendall(commands)
                received = 0
                while received < 3000 * 4:
                    received += len(connection.recv(65536))
            self.assertIn("3000 stored", self.rhumb("import", "--from", "redis", f"127.0.0.1:{port}",
                                                    "Sicily"))
            _, found = self.server.send("GET", "/v1/collections/Sicily/objects/m1000", expect=200)
            lon, lat = found["geometry"]["coordinates"]
            self.assertAlmostEqual(lon, 10, places=4)
            self.assertAlmostEqual(lat, 41, places=4)
            self.assertIn("refused", self.rhumb("import", "--from", "redis", "127.0.0.1:1", "k",
                                                  code=1))
        finally:
            redis.terminate()
            redis.wait()
