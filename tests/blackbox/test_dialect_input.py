"""What no client sends: every parameter of Photon and Pelias with values that cannot be."""
import json
import random
import time
import unittest
import urllib.parse

import harness

ROUTES = {
    "/photon/api": "q lat lon zoom location_bias_scale bbox countrycode layer osm_tag include exclude "
                   "lang limit dedupe geometry debug",
    "/photon/structured": "countrycode state county city postcode district housenumber street limit",
    "/photon/reverse": "lat lon radius distance_sort limit layer osm_tag lang include exclude",
    "/pelias/v1/search": "text size layers sources categories lang focus.point.lat focus.point.lon "
                         "boundary.country boundary.gid boundary.rect.min_lat boundary.rect.max_lat "
                         "boundary.rect.min_lon boundary.rect.max_lon boundary.circle.lat "
                         "boundary.circle.lon boundary.circle.radius focus.viewport.min_lat",
    "/pelias/v1/search/structured": "venue address unit neighbourhood borough locality county region "
                                    "postalcode country size",
    "/pelias/v1/autocomplete": "text size layers sources lang focus.point.lat focus.point.lon",
    "/pelias/v1/reverse": "point.lat point.lon boundary.circle.radius size layers sources categories",
    "/pelias/v1/nearby": "point.lat point.lon boundary.circle.radius size categories",
    "/pelias/v1/place": "ids lang",
}
VALUES = ["", "+", "0", "-1", "1e308", "-1e-308", "nan", "inf", "99999999999999999999", "1.5", "a",
          ",", ",,,,", ":", "::", "!:!", "a:b:c:d", "%ff%fe", "%00", "%", "%zz", "%F0%9F%9A%80",
          "9.5,47,9.6,47.2", "180,-90,-180,90", "osm:x:way/1", "true", "DE", "en", "en,de", "../..",
          "%22%3C%27%5C", "x" * 3000, "a+" * 2000, "%C3%A9" * 500, "Street", "1+Street"]
SECONDS_MAX = 5


class Input(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def ask(self, target):
        begun = time.monotonic()
        status, headers, body = self.server.get(target)
        self.assertLess(time.monotonic() - begun, SECONDS_MAX, target[:200])
        self.assertIn(status, (200, 400, 404, 414, 431), (target[:200], body))
        self.assertTrue(headers["Content-Type"].startswith("application/json"), target[:200])
        answer = json.loads(body.decode("utf-8"))
        if status == 400 and "message" in answer:
            self.assertGreater(len(answer["message"]), 5)
        elif status == 400 and "geocoding" in answer:
            self.assertTrue(answer["geocoding"]["errors"])
        return status

    def test_each_parameter_takes_each_value(self):
        for path, names in ROUTES.items():
            for name in names.split():
                for value in VALUES:
                    self.ask(f"{path}?{name}={value}")

    def test_many_at_once(self):
        dice = random.Random(4)
        for _ in range(600):
            path, names = dice.choice(sorted(ROUTES.items()))
            pairs = [f"{dice.choice(names.split())}={dice.choice(VALUES)}"
                     for _ in range(dice.randrange(1, 9))]
            self.ask(f"{path}?{'&'.join(pairs)}")

    def test_thousands_of_parameters_and_of_words(self):
        self.ask("/photon/api?q=a&" + "&".join("osm_tag=a" for _ in range(400)))
        self.ask("/pelias/v1/search?text=" + "a+" * 3000)
        for path in ROUTES:
            # The head of a request has its limit, which holds for dialects too.
            status, _, _ = self.server.get(f"{path}?q={'x' * (1 << 20)}")
            self.assertIn(status, (414, 431, 400))
        self.assertEqual(self.ask("/photon/api?q=" + urllib.parse.quote("Hauptstraße")), 200)
