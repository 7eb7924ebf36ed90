"""The world layer over real extracts: country, region and zone of every answer, at borders too."""
import json
import pathlib
import random
import unittest

import harness

DATA = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "data"
LAYER = ["admin/ne_10m_admin_0_countries.geojson.zst", "admin/ne_50m_admin_1_states_provinces.geojson.zst",
         "admin/timezones-tz_world-simplified.geojson.zst"]
ZONES = {"AD": "Europe/Andorra", "AT": "Europe/Vienna", "CA": "America/Vancouver", "CH": "Europe/Zurich",
         "ES": "Europe/Madrid", "FR": "Europe/Paris", "LI": "Europe/Vaduz", "MC": "Europe/Monaco",
         "US": "America/New_York"}

# Extract, its box, the countries and the regions that answers in it may have; None: any.
PLACES = {
    "osm/liechtenstein-20211028.osm.pbf": ((9.45, 47.03, 9.65, 47.28), {"LI", "CH", "AT"}, {None}),
    "osm/andorra-20211028.osm.pbf": ((1.40, 42.42, 1.79, 42.66), {"AD", "ES", "FR"}, None),
    "osm/monaco-20260309.osm.pbf": ((7.40, 43.72, 7.44, 43.755), {"MC", "FR"}, {None}),
    "osm/vancouver-20150501.osm.pbf": ((-123.3, 49.19, -122.97, 49.34), {"CA"}, {"CA-BC"}),
    "osm/queens-village-nyc-20160713.osm.pbf": ((-73.78, 40.68, -73.68, 40.76), {"US"}, {"US-NY"}),
    "addresses/us-vt-lamoille-openaddresses-format.geojsonl.gz":
        ((-72.95, 44.45, -72.45, 44.8), {"US"}, {"US-VT"}),
}


@unittest.skipUnless((DATA / LAYER[0]).exists(), "the shared data are not here")
class World(unittest.TestCase):
    def answers(self, extract, box):
        """Things near random points of the box, from an atlas of the extract and the layer."""
        target = harness.folder / "world.atlas"
        done = harness.rhumb("build", "-o", target, DATA / extract, *(DATA / name for name in LAYER))
        self.assertEqual(done.returncode, 0, done.stderr)
        dice = random.Random(1)
        west, south, east, north = box
        lines = "".join(json.dumps({"lat": dice.uniform(south, north), "lon": dice.uniform(west, east),
                                    "layers": "address,street,poi", "limit": 3}) + "\n"
                        for _ in range(400))
        done = harness.rhumb("reverse", "--atlas", target, "-", stdin=lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [feature["properties"] for line in done.stdout.splitlines()
                for feature in json.loads(line)["features"]]

    def check(self, extract):
        box, countries, regions = PLACES[extract]
        found = self.answers(extract, box)
        self.assertGreater(len(found), 100, extract)
        for properties in found:
            components = properties["components"]
            code = components["country_code"]
            told = (extract, properties["label"])
            self.assertIn(code, countries, told)
            self.assertIsNotNone(components["country"], told)
            self.assertEqual(properties["timezone"]["name"], ZONES[code], told)
            ends = [part["name"] for part in properties["hierarchy"] if part["layer"] == "country"]
            self.assertEqual(len(ends), 1, told)  # never the neighbour's too
            if regions is not None:
                self.assertIn(components["region_code"], regions, told)

    def test_a_country_with_two_neighbours(self):
        self.check("osm/liechtenstein-20211028.osm.pbf")

    def test_a_country_in_the_mountains(self):
        self.check("osm/andorra-20211028.osm.pbf")

    def test_a_country_smaller_than_its_outline_is_exact(self):
        self.check("osm/monaco-20260309.osm.pbf")

    def test_a_city_on_a_coast_whose_boundaries_are_cut(self):
        self.check("osm/vancouver-20150501.osm.pbf")

    def test_a_part_of_a_city(self):
        self.check("osm/queens-village-nyc-20160713.osm.pbf")

    def test_addresses_without_any_boundary(self):
        self.check("addresses/us-vt-lamoille-openaddresses-format.geojsonl.gz")

    def test_without_the_layer_null_is_said_and_the_build_warns(self):
        target = harness.folder / "bare.atlas"
        done = harness.rhumb("build", "-o", target, DATA / "osm/vancouver-20150501.osm.pbf")
        for word in ("no known country", "no known region", "no known time zone"):
            self.assertEqual(done.stderr.count(word) + done.stdout.count(word), 1, done.stderr)
        done = harness.rhumb("reverse", "--atlas", target, "--limit", "1", "49.2827,-123.1207")
        properties = json.loads(done.stdout)["features"][0]["properties"]
        self.assertIsNone(properties["timezone"])
        for name in ("region", "region_code", "country", "country_code"):
            self.assertIn(name, properties["components"])
            self.assertIsNone(properties["components"][name])


if __name__ == "__main__":
    unittest.main()
