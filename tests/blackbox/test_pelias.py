"""Pelias' interface: requests as its documentation has them, answers as its clients read them."""
import json
import unittest
import urllib.parse

import harness


class Pelias(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        cls.text, cls.feature = harness.some_address()
        cls.parts = cls.feature["properties"]["components"]
        cls.lon, cls.lat = cls.feature["geometry"]["coordinates"]
        cls.around = {"point.lat": cls.lat, "point.lon": cls.lon}

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def ask(self, path, expect=200, **named):
        """The whole answer; dots in names are written as two underlines."""
        query = urllib.parse.urlencode({key.replace("__", "."): value
                                        for key, value in named.items()})
        status, headers, body = self.server.get(f"/pelias/v1/{path}?{query}")
        self.assertEqual(status, expect, body)
        self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
        answer = json.loads(body)
        self.assertEqual(answer["type"], "FeatureCollection")
        self.assertEqual(answer["geocoding"]["version"], "0.2")
        return answer

    def features(self, path, **named):
        return self.ask(path, **named)["features"]

    def errors(self, path, **named):
        answer = self.ask(path, expect=400, **named)
        self.assertEqual(answer["features"], [])
        return answer["geocoding"]["errors"]

    def test_the_envelope_repeats_the_request(self):
        answer = self.ask("search", text=self.text, size=3, focus__point__lat=self.lat,
                          focus__point__lon=self.lon, layers="address,coarse", sources="osm,oa")
        geocoding = answer["geocoding"]
        query = geocoding["query"]
        self.assertEqual((query["text"], query["size"]), (self.text, 3))
        self.assertEqual(query["focus.point.lat"], self.lat)
        self.assertIn("address", query["layers"])
        self.assertIn("locality", query["layers"])
        self.assertEqual(query["sources"], ["openstreetmap", "openaddresses"])
        self.assertEqual(query["lang"]["iso6393"], "eng")
        self.assertEqual(query["parsed_text"]["subject"], self.text.split(",")[0])
        self.assertIn("name", geocoding["engine"])
        self.assertIsInstance(geocoding["timestamp"], int)
        self.assertNotIn("errors", geocoding)
        place = geocoding["attribution"].split(str(self.server.port))[1]
        self.assertEqual(self.server.get(place)[0], 200)

    def test_an_address_and_what_contains_it(self):
        answer = self.ask("search", text=self.text)
        feature = answer["features"][0]
        found = feature["properties"]
        self.assertEqual(feature["geometry"], self.feature["geometry"])
        self.assertEqual(found["layer"], "address")
        self.assertEqual(found["housenumber"], self.parts["number"])
        self.assertEqual(found["street"], self.parts["street"])
        self.assertEqual(found["locality"], self.parts["locality"])
        self.assertEqual(found["postalcode"], self.parts["postcode"])
        self.assertEqual(found["match_type"], "exact")
        self.assertEqual(found["accuracy"], "point")
        self.assertGreater(found["confidence"], 0.9)
        self.assertEqual(found["gid"],
                         f"{found['source']}:{found['layer']}:{found['source_id']}")
        self.assertEqual(found["locality_gid"].split(":")[1], "locality")
        self.assertTrue(found["label"].startswith(found["name"] + ", "))
        self.assertEqual(len(answer["bbox"]), 4)

    def test_a_gid_is_found_again(self):
        found = self.features("search", text=self.text)[0]["properties"]
        gids = [found["gid"], found["locality_gid"], "openstreetmap:venue:node/999999999999"]
        places = self.features("place", ids=",".join(gids))
        self.assertEqual([p["properties"]["gid"] for p in places], gids[:2])
        for ids in ("", "x", "a:b", "osm::1", ","):
            self.assertTrue(self.errors("place", ids=ids))
        self.assertTrue(self.errors("place"))

    def test_what_is_typed_is_completed(self):
        features = self.features("autocomplete", text=self.parts["locality"][:-2])
        names = [feature["properties"]["name"] for feature in features]
        self.assertIn(self.parts["locality"], names)
        self.assertNotIn("confidence", features[0]["properties"])

    def test_a_search_in_parts(self):
        for parts in ({"address": f"{self.parts['number']} {self.parts['street']}"},
                      {"address": f"{self.parts['street']} {self.parts['number']}"}):
            found = self.features("search/structured", locality=self.parts["locality"],
                                  country=self.parts["country_code"], **parts)[0]["properties"]
            self.assertEqual((found["housenumber"], found["street"]),
                             (self.parts["number"], self.parts["street"]))
        answer = self.ask("search/structured", address="12 High Street", locality="X")
        self.assertEqual(answer["geocoding"]["query"]["parsed_text"],
                         {"housenumber": "12", "street": "High Street", "locality": "X"})
        self.assertIn("at least one", self.errors("search/structured", size=1)[0])

    def test_reverse_gives_what_is_near_with_its_distance_in_kilometres(self):
        features = self.features("reverse", size=5, boundary__circle__radius=0.3, **self.around)
        found = features[0]["properties"]
        self.assertEqual(found["housenumber"], self.parts["number"])
        self.assertEqual((found["confidence"], found["distance"]), (1, 0))
        for feature in features:
            self.assertLess(feature["properties"]["distance"], 0.3)

    def test_reverse_keeps_to_countries(self):
        code = self.parts["country_code"]
        self.assertTrue(self.features("reverse", boundary__country=code, **self.around))
        self.assertEqual(self.features("reverse", boundary__country="USA", **self.around), [])

    def test_reverse_of_areas_gives_the_smallest(self):
        found = self.features("reverse", layers="coarse", **self.around)
        self.assertEqual(len(found), 1)
        self.assertNotIn(found[0]["properties"]["layer"], ("address", "venue", "street"))
        found = self.features("reverse", layers="country", **self.around)
        self.assertLessEqual({f["properties"]["layer"] for f in found}, {"country"})

    def test_points_beyond_the_poles_and_the_date_line_are_wrapped(self):
        here = self.features("reverse", **self.around)
        there = self.features("reverse", **{"point.lat": self.lat, "point.lon": self.lon - 360})
        self.assertEqual(here, there)
        over = self.features("reverse", **{"point.lat": 180 - self.lat,
                                           "point.lon": self.lon + 180})
        self.assertEqual(here[0]["properties"]["gid"], over[0]["properties"]["gid"])

    def test_layers_sources_and_categories_keep_others_out(self):
        for layers in ("street", "address", "venue", "locality", "coarse"):
            for feature in self.features("search", text=self.parts["street"], layers=layers):
                found = feature["properties"]["layer"]
                self.assertTrue(found == layers or (
                    layers == "coarse" and found not in ("street", "address", "venue")))
        self.assertEqual(self.features("search", text=self.text, layers="continent"), [])
        self.assertEqual(self.features("search", text=self.text, sources="gn"), [])
        self.assertTrue(self.features("search", text=self.text, sources="openstreetmap") or
                        self.feature["id"].startswith("demo:"))
        near = self.features("nearby", categories="food", boundary__circle__radius=5,
                             **self.around)
        self.assertTrue(near)
        for feature in near:
            self.assertEqual(feature["properties"]["category"][0], "food")
        away = [feature["properties"]["distance"] for feature in near]
        self.assertEqual(away, sorted(away))
        kind = near[-1]["properties"]["category"][1]
        for categories in (kind, kind.replace(".", ":")):
            found = self.features("nearby", categories=categories, boundary__circle__radius=5,
                                  size=3, **self.around)
            self.assertTrue(found)
            for feature in found:
                self.assertEqual(feature["properties"]["category"][1], kind)

    def test_boundaries_keep_others_out(self):
        code = self.parts["country_code"]
        rect = {"boundary.rect.min_lat": self.lat - .001, "boundary.rect.max_lat": self.lat + .001,
                "boundary.rect.min_lon": self.lon - .001, "boundary.rect.max_lon": self.lon + .001}
        circle = {"boundary.circle.lat": self.lat, "boundary.circle.lon": self.lon,
                  "boundary.circle.radius": 0.05}
        found = self.features("search", text=self.text)[0]["properties"]
        for inside in (rect, circle, {"boundary.country": code},
                       {"boundary.gid": found["locality_gid"]}):
            self.assertEqual(self.features("search", text=self.text, **inside)[0]["properties"],
                             found)
        for outside in ({**rect, "boundary.rect.max_lat": self.lat - .0005},
                        {**circle, "boundary.circle.lat": self.lat + 1},
                        {"boundary.country": "USA"},
                        {"boundary.gid": "openstreetmap:locality:relation/1"}):
            self.assertEqual(self.features("search", text=self.text, **outside), [])

    def test_the_focus_gives_distances(self):
        found = self.features("search", text=self.text, focus__point__lat=self.lat,
                              focus__point__lon=self.lon)[0]["properties"]
        self.assertEqual(found["distance"], 0)
        box = {f"focus.viewport.{side}": value for side, value in (
            ("min_lat", self.lat - 1), ("max_lat", self.lat + 1), ("min_lon", self.lon - 1),
            ("max_lon", self.lon + 1))}
        self.assertTrue(self.features("autocomplete", text=self.text, **box))

    def test_all_that_is_wrong_is_listed(self):
        errors = self.errors("search", layers="planet", sources="moon", boundary__country="XX1",
                             boundary__rect__min_lat=1, boundary__gid="a")
        self.assertEqual(len(errors), 6, errors)
        self.assertIn("'text'", errors[0])
        self.assertIn("must both be specified", self.errors("reverse")[0])
        self.assertIn("must both be specified", self.errors("reverse", point__lat=1)[0])
        self.assertIn("must both be specified",
                      self.errors("search", text="x", focus__point__lat=1)[0])
        self.assertIn("larger", self.errors(
            "search", text="x", boundary__rect__min_lat=2, boundary__rect__max_lat=1,
            boundary__rect__min_lon=1, boundary__rect__max_lon=2)[0])
        self.assertIn("bytes", self.errors("search", text="x" * 2000)[0])
        status, _, body = self.server.get("/pelias/v1/search?text=a&text=b")
        self.assertEqual(status, 400)
        self.assertIn("'text' parameter can only have one value", body.decode())
        self.assertEqual(self.server.get("/pelias/v1/nothing")[0], 404)

    def test_sizes_and_languages_are_mended_with_a_warning(self):
        answer = self.ask("search", text="a", size=99, lang="??")
        self.assertEqual(answer["geocoding"]["query"]["size"], 40)
        self.assertEqual(len(answer["geocoding"]["warnings"]), 2)
        self.assertEqual(self.ask("search", text="a", size=0)["geocoding"]["query"]["size"], 1)
        self.assertEqual(self.ask("search", text="a", size="x")["geocoding"]["query"]["size"], 10)


class Keys(unittest.TestCase):
    def test_a_key_is_shown_as_clients_of_pelias_show_it(self):
        keys = harness.folder / "pelias-keys"
        keys.write_text("0123456789abcdef\n")
        keys.chmod(0o600)
        with harness.Server("--api-key-file", keys) as server:
            self.assertEqual(server.get("/pelias/v1/search?text=a")[0], 401)
            self.assertEqual(server.get("/pelias/v1/search?text=a&api_key=0123456789abcdef")[0], 200)
