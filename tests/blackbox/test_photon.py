"""Photon's interface: requests as its documentation has them, answers as its clients read them."""
import json
import unittest
import urllib.parse

import harness


class Photon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.text, cls.feature = harness.some_address()
        cls.parts = cls.feature["properties"]["components"]
        cls.lon, cls.lat = cls.feature["geometry"]["coordinates"]

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def ask(self, path, *pairs, expect=200, **named):
        query = urllib.parse.urlencode([*pairs, *named.items()])
        status, headers, body = self.server.get(f"/photon/{path}?{query}")
        self.assertEqual(status, expect, body)
        self.assertTrue(headers["Content-Type"].startswith("application/json"))
        answer = json.loads(body)
        if expect != 200:
            self.assertEqual(list(answer), ["message"])
            return answer["message"]
        self.assertEqual(answer["type"], "FeatureCollection")
        return answer["features"]

    def first(self, path, *pairs, **named):
        features = self.ask(path, *pairs, **named)
        self.assertTrue(features, (path, pairs, named))
        return features[0]["properties"]

    def test_an_address_has_flat_properties_and_no_name(self):
        feature = self.ask("api", q=self.text)[0]
        found = feature["properties"]
        self.assertEqual(feature["geometry"], self.feature["geometry"])
        self.assertEqual(found["type"], "house")
        self.assertEqual(found["housenumber"], self.parts["number"])
        self.assertEqual(found["street"], self.parts["street"])
        self.assertEqual(found["city"], self.parts["locality"])
        self.assertEqual(found["postcode"], self.parts["postcode"])
        self.assertEqual(found["countrycode"], self.parts["country_code"].upper())
        self.assertNotIn("name", found)

    def test_a_city_has_an_extent_and_is_not_in_itself(self):
        features = self.ask("api", ("layer", "city"), q=self.parts["locality"])
        found = features[0]["properties"]
        self.assertEqual((found["type"], found["name"]), ("city", self.parts["locality"]))
        self.assertNotIn("city", found)
        for feature in features:
            if "extent" in feature["properties"]:
                west, north, east, south = feature["properties"]["extent"]
                self.assertLess(west, east)
                self.assertLess(south, north)

    def test_what_is_typed_is_completed(self):
        names = [feature["properties"].get("name")
                 for feature in self.ask("api", q=self.parts["locality"][:-2])]
        self.assertIn(self.parts["locality"], names)

    def test_a_street_of_several_ways_has_the_id_of_one(self):
        found = self.first("api", ("layer", "street"), q=self.parts["street"])
        self.assertEqual((found["type"], found["osm_type"]), ("street", "W"))
        self.assertIsInstance(found["osm_id"], int)

    def test_a_search_in_parts(self):
        found = self.first("structured", housenumber=self.parts["number"],
                           street=self.parts["street"], city=self.parts["locality"],
                           countrycode=self.parts["country_code"])
        self.assertEqual(found["housenumber"], self.parts["number"])
        self.assertEqual(found["street"], self.parts["street"])
        self.assertIn("street", self.ask("structured", lang="en", expect=400))

    def test_reverse_gives_what_is_nearest(self):
        features = self.ask("reverse", lat=self.lat, lon=self.lon)
        self.assertEqual(len(features), 1)
        self.assertEqual(features[0]["properties"]["housenumber"], self.parts["number"])

    def test_reverse_by_distance_within_a_radius(self):
        features = self.ask("reverse", lat=self.lat, lon=self.lon, radius=0.2, limit=20)
        away = [(f["geometry"]["coordinates"][1] - self.lat) ** 2 +
                ((f["geometry"]["coordinates"][0] - self.lon) * 0.7) ** 2
                for f in features if f["properties"]["type"] == "house"]
        self.assertGreater(len(away), 3)
        self.assertLess(max(away) ** 0.5, 0.2 / 70)
        self.assertEqual(self.ask("reverse", lat=-80, lon=1), [])

    def test_layers_may_be_repeated_and_keep_others_out(self):
        for layers in (["street"], ["city"], ["city", "street"], ["house"]):
            pairs = [("layer", layer) for layer in layers]
            for path, more in (("api", {"q": self.parts["street"]}),
                               ("reverse", {"lat": self.lat, "lon": self.lon})):
                for feature in self.ask(path, *pairs, limit=20, **more):
                    self.assertIn(feature["properties"]["type"], layers)
        self.assertIn("Unknown layer", self.ask("api", q="x", layer="planet", expect=400))

    def test_tags_include_and_exclude(self):
        around = {"lat": self.lat, "lon": self.lon, "radius": 20, "limit": 50}
        pairs = [(f["properties"].get("osm_key"), f["properties"].get("osm_value"))
                 for f in self.ask("reverse", **around)]
        key, value = next(pair for pair in pairs if pair[0] == "place")
        cases = {
            f"{key}:{value}": lambda k, v: (k, v) == (key, value),
            key: lambda k, v: k == key,
            f":{value}": lambda k, v: v == value,
            f"!{key}": lambda k, v: k != key,
            f"!{key}:{value}": lambda k, v: (k, v) != (key, value),
            f":!{value}": lambda k, v: v != value,
            f"{key}:!{value}": lambda k, v: k == key and v != value,
        }
        for text, is_right in cases.items():
            for feature in self.ask("reverse", osm_tag=text, **around):
                properties = feature["properties"]
                self.assertTrue(is_right(properties.get("osm_key"), properties.get("osm_value")),
                                (text, properties))
        self.assertTrue(self.ask("reverse", osm_tag=f"{key}:{value}", **around))
        for text in ("", ":", "a:b:c", "!"):
            self.assertIn("osm_tag", self.ask("reverse", osm_tag=text, expect=400, **around))

    def test_categories(self):
        around = {"lat": self.lat, "lon": self.lon, "radius": 20, "limit": 50}
        inside = self.ask("reverse", include="osm.place.house", **around)
        self.assertTrue(inside)
        self.assertEqual({f["properties"]["osm_value"] for f in inside}, {"house"})
        outside = self.ask("reverse", exclude="osm.place", **around)
        self.assertNotIn("place", {f["properties"].get("osm_key") for f in outside})
        self.assertIn("include", self.ask("api", q="x", include="food", expect=400))

    def test_categories_need_no_text_but_a_place(self):
        box = f"{self.lon - .01},{self.lat - .01},{self.lon + .01},{self.lat + .01}"
        for where in ({"lat": self.lat, "lon": self.lon}, {"bbox": box}):
            found = self.ask("api", include="osm.place.house", limit=5, **where)
            self.assertEqual(len(found), 5)
            self.assertEqual({f["properties"]["osm_value"] for f in found}, {"house"})
        self.assertIn("bbox", self.ask("api", include="osm.place.house", expect=400))

    def test_a_geometry_is_the_area_or_the_line(self):
        city = self.ask("api", ("layer", "city"), q=self.parts["locality"], geometry="true")[0]
        self.assertIn(city["geometry"]["type"], ("Polygon", "MultiPolygon", "Point"))
        street = self.ask("api", ("layer", "street"), q=self.parts["street"], geometry=1)[0]
        self.assertIn(street["geometry"]["type"], ("LineString", "MultiLineString"))
        house = self.ask("api", q=self.text, geometry=1)[0]
        self.assertEqual(house["geometry"], self.feature["geometry"])

    def test_boxes_and_countries_keep_others_out(self):
        near = f"{self.lon - .001},{self.lat - .001},{self.lon + .001},{self.lat + .001}"
        far = "-1,-1,-0.5,-0.5"
        self.assertTrue(self.ask("api", q=self.text, bbox=near))
        self.assertEqual(self.ask("api", q=self.text, bbox=far), [])
        self.assertEqual(self.ask("api", q=self.text, countrycode="US"), [])
        self.assertTrue(self.ask("api", ("countrycode", "US"),
                                 ("countrycode", self.parts["country_code"]), q=self.text))
        for box in ("1,2,3", "1,2,3,4,5", "a,b,c,d", "1,95,2,96", "1,2,1,1"):
            self.assertIn("bbox", self.ask("api", q="x", bbox=box, expect=400))

    def test_the_focus_moves_results(self):
        named = {"q": self.parts["street"], "lat": self.lat, "lon": self.lon}
        for more in ({}, {"zoom": 16}, {"zoom": 3, "location_bias_scale": 1}):
            self.assertTrue(self.ask("api", **named, **more))

    def test_limits_are_kept_within_bounds(self):
        self.assertEqual(len(self.ask("api", q="a", limit=-3)), 1)
        self.assertLessEqual(len(self.ask("api", q="a", limit=99999)), 50)
        self.assertLessEqual(len(self.ask("api", q="a")), 15)
        self.assertIn("limit", self.ask("api", q="a", limit="many", expect=400))

    def test_what_is_wrong_is_said_in_a_message(self):
        self.assertIn("'q'", self.ask("api", expect=400))
        self.assertIn("speed", self.ask("api", q="x", speed=1, expect=400))
        self.assertIn("'lon'", self.ask("reverse", lat=1, expect=400))
        self.assertIn("'lat'", self.ask("reverse", lat=91, lon=1, expect=400))
        self.assertIn("'lat'", self.ask("api", q="x", lat="nan", lon=1, expect=400))
        self.assertIn("Language", self.ask("api", q="x", lang="??", expect=400))
        self.assertIn("bytes", self.ask("api", q="x" * 2000, expect=400))
        self.ask("nothing", expect=404)

    def test_debug_shows_the_score(self):
        self.assertIn("score", self.first("api", q=self.text, debug=1)["debug"])

    def test_the_status(self):
        status, _, body = self.server.get("/photon/status")
        self.assertEqual((status, json.loads(body)["status"]), (200, "Ok"))


class Live(unittest.TestCase):
    """Live objects are results of dialects as they are of /v1."""

    def test_a_live_object_is_found_by_name_by_place_and_by_id(self):
        with harness.Server("--data", ":memory:") as server:
            lon, lat = harness.centre()
            status, _ = server.send("PUT", "/v1/collections/shops", {"searchable": True})
            self.assertIn(status, (200, 201))
            status, _ = server.send("PUT", "/v1/collections/shops/objects/a1", {
                "type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"name": "Zebra Depot", "category": "food.cafe"}})
            self.assertIn(status, (200, 201))

            def features(target):
                status, _, body = server.get(target)
                self.assertEqual(status, 200, body)
                return json.loads(body)["features"]

            for target in ("/photon/api?q=Zebra+Depot", "/photon/api?q=zebr&geometry=1",
                           f"/photon/reverse?lat={lat}&lon={lon}&include=food.cafe",
                           "/pelias/v1/search?text=Zebra+Depot", "/pelias/v1/autocomplete?text=zebr",
                           f"/pelias/v1/nearby?point.lat={lat}&point.lon={lon}&categories=food",
                           "/pelias/v1/place?ids=live:venue:shops:a1"):
                found = features(target)[0]
                self.assertEqual(found["properties"]["name"], "Zebra Depot", target)
                self.assertEqual(found["geometry"]["type"], "Point")
                self.assertNotIn("osm_id", found["properties"])
            self.assertEqual(features("/pelias/v1/search?text=Zebra+Depot&sources=osm,oa,gn"), [])
