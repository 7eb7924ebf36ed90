"""Real clients of Nominatim, Photon and Pelias against a running server: libraries of maps from npm, and geopy.

The libraries are installed as test_clients.py has it; geopy is Debian's python3-geopy. Skipped, with the
reason, without them.
"""
import json
import pathlib
import subprocess
import unittest

import harness
import test_clients

PYTHONS = ("/usr/bin/python3", "python3")


class MapClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text, feature = harness.some_address()
        parts = feature["properties"]["components"]
        lon, lat = feature["geometry"]["coordinates"]
        cls.wanted = json.dumps({"text": text, "number": parts["number"],
                                 "street": parts["street"], "city": parts["locality"],
                                 "country": parts["country_code"], "lat": lat, "lon": lon})
        cls.server = harness.Server()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def run_program(self, program, name):
        done = subprocess.run([program, name, self.server.url, self.wanted], cwd=test_clients.PLACE,
                              capture_output=True, text=True, timeout=harness.SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(": ok", done.stdout)

    def test_leaflet_control_geocoder_speaks_photon(self):
        test_clients.install()
        self.run_program("node", "leaflet_photon.mjs")

    def test_leaflet_control_geocoder_speaks_pelias(self):
        test_clients.install()
        self.run_program("node", "leaflet_pelias.mjs")

    def test_maplibre_gl_geocoder_shows_either(self):
        test_clients.install()
        self.run_program("node", "maplibre.mjs")

    def test_leaflet_control_geocoder_speaks_nominatim(self):
        test_clients.install()
        self.run_program("node", "leaflet_nominatim.mjs")

    def test_node_geocoder_speaks_nominatim(self):
        test_clients.install()
        self.run_program("node", "node_geocoder.mjs")

    def run_geopy(self, name):
        for python in PYTHONS:
            has = subprocess.run([python, "-c", "import geopy"], capture_output=True, check=False)
            if has.returncode == 0:
                test_clients.PLACE.mkdir(parents=True, exist_ok=True)
                self.run_program(python, str(pathlib.Path(test_clients.HERE) / name))
                return
        raise unittest.SkipTest("python3-geopy is not installed")

    def test_geopy_speaks_photon_and_pelias(self):
        self.run_geopy("geopy_clients.py")

    def test_geopy_speaks_nominatim(self):
        self.run_geopy("geopy_nominatim.py")
