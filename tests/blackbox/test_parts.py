"""Addresses in parts, and areas posted: GET and POST /v1/search, POST /v1/reverse."""
import unittest

import harness

FAR = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def square(lon, lat, half):
    return {"type": "Polygon", "coordinates": [[
        [lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half],
        [lon - half, lat + half], [lon - half, lat - half]]]}


class Parts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        _, feature = harness.some_address()
        cls.feature = feature
        has = feature["properties"]["components"]
        cls.parts = {name: has[name] for name in ("number", "street", "postcode", "locality")}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def get(self, **parameters):
        return self.server.ask("search", **parameters)["features"]

    def post(self, body, path="/v1/search"):
        return self.server.send("POST", path, body)

    def test_parts_find_their_address(self):
        found = self.get(**self.parts)
        self.assertEqual(found[0]["id"], self.feature["id"])
        self.assertEqual(found[0]["properties"]["match_type"], "exact")
        self.assertEqual(found[0]["properties"]["confidence"], 1)

    def test_the_number_may_stand_with_the_street(self):
        street = f"{self.parts['street']} {self.parts['number']}"
        found = self.get(street=street, locality=self.parts["locality"])
        self.assertEqual(found[0]["id"], self.feature["id"])

    def test_a_wrong_part_lowers_the_score_and_excludes_nothing(self):
        right = self.get(**self.parts)[0]
        found = self.get(**{**self.parts, "postcode": "99999"})
        self.assertEqual(found[0]["id"], right["id"])
        self.assertLess(found[0]["properties"]["confidence"], 0.9)

    def test_a_part_means_nothing_else(self):
        self.assertEqual(self.get(street=self.parts["locality"], layers="locality"), [])
        self.assertEqual(self.get(locality=self.parts["street"], layers="street"), [])
        found = self.get(locality=self.parts["locality"])
        self.assertEqual(found[0]["properties"]["layer"], "locality")

    def test_the_country_excludes(self):
        code = self.feature["properties"]["components"]["country_code"]
        name = self.feature["properties"]["components"].get("country", code)
        self.assertEqual(self.get(**self.parts, country=code)[0]["id"], self.feature["id"])
        self.assertEqual(self.get(**self.parts, country=name)[0]["id"], self.feature["id"])
        self.assertEqual(self.get(**self.parts, country="AQ"), [])

    def test_text_and_parts_count_together(self):
        text = f"{self.parts['street']} {self.parts['number']}"
        found = self.get(q=text, locality=self.parts["locality"])
        self.assertEqual(found[0]["id"], self.feature["id"])

    def test_a_post_says_the_same_in_json(self):
        self.assertEqual(self.post(self.parts)[1]["features"], self.get(**self.parts))

    def test_only_what_lies_in_the_posted_area(self):
        lon, lat = self.feature["geometry"]["coordinates"]
        here = square(lon, lat, 0.0005)
        status, answer = self.post({**self.parts, "within": here})
        self.assertEqual(status, 200)
        self.assertEqual(answer["features"][0]["id"], self.feature["id"])
        self.assertEqual(self.post({**self.parts, "within": FAR})[1]["features"], [])
        near = {"lat": lat, "lon": lon, "limit": 20, "layers": ["address"]}
        inside = self.post({**near, "within": here}, "/v1/reverse")[1]["features"]
        self.assertEqual(inside[0]["id"], self.feature["id"])
        for feature in inside:
            x, y = feature["geometry"]["coordinates"]
            self.assertLessEqual(max(abs(x - lon), abs(y - lat)), 0.0005)
        self.assertEqual(self.post({**near, "within": FAR}, "/v1/reverse")[1]["features"], [])

    def test_an_area_of_too_many_corners_is_refused(self):
        ring = [[i / 20000, (i % 2) / 10] for i in range(10001)]
        area = {"type": "Polygon", "coordinates": [ring + [ring[0]]]}
        status, answer = self.post({"q": "a", "within": area})
        self.assertEqual(status, 400)
        self.assertEqual(answer["error"]["parameter"], "within")
        self.assertIn("10000 corners", answer["error"]["message"])

    def test_nothing_to_look_for_is_refused(self):
        status, answer = self.post({"limit": 1})
        self.assertEqual(status, 400)
        self.assertEqual(answer["error"]["parameter"], "q")


class Lookup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        _, cls.feature = harness.some_address()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_places_come_in_the_order_of_their_ids(self):
        ids = [feature["id"] for feature in
               self.server.ask("autocomplete", q="a", limit=20)["features"][:5]]
        ids = ids[::-1] + [self.feature["id"]]
        asked = ids[:2] + ["wof:1"] + ids[2:] + ["W999999999"]
        answer = self.server.ask("places", ids=",".join(asked))
        self.assertEqual([feature["id"] for feature in answer["features"]], ids)
        self.assertEqual(answer["absent"], ["wof:1", "W999999999"])

    def test_what_is_no_id_is_refused(self):
        for ids in ("", "nonsense", "W1,,W2", ",".join(["W1"] * 51)):
            status, answer = self.server.send("GET", "/v1/places?ids=" + ids)
            self.assertEqual(status, 400)
            self.assertEqual(answer["error"]["parameter"], "ids")
