"""Nominatim's interface as its API documentation has it, on Liechtenstein and on the TIGER ranges of
Autauga County with the outlines of countries, states and counties around them.
"""
import functools
import json
import pathlib
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import harness

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
INPUTS = ("osm/liechtenstein-20211028.osm.pbf", "addresses/tiger-01001-autauga-al.csv.gz",
          "admin/ne_10m_admin_0_countries.geojson.zst",
          "admin/ne_50m_admin_1_states_provinces.geojson.zst",
          "admin/us-counties-fips.geojson.zst")
LICENCE = "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright"
JSON_FORMATS = ("json", "jsonv2", "geojson", "geocodejson")
FORMATS = JSON_FORMATS + ("xml",)
OUTLINES = ("geojson", "kml", "svg", "text")
VADUZ, LANDSTRASSE, HOTEL = "R1155956", "W28712197", "N4788724038"


@functools.cache
def atlas():
    inputs = [DATA / name for name in INPUTS]
    for path in inputs:
        if not path.exists():
            raise unittest.SkipTest(f"{path} is not there")
    path = harness.folder / "nominatim.atlas"
    done = harness.rhumb("build", "-q", "-o", path, *inputs)
    assert done.returncode == 0, done.stderr
    return path


class Nominatim(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(path=atlas())

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def raw(self, endpoint, status=200, **parameters):
        """(headers, body) of a request; a parameter's `_` is a `-`, as in accept_language."""
        query = urllib.parse.urlencode({k.replace("accept_", "accept-"): v
                                        for k, v in parameters.items()})
        got, headers, body = self.server.get(f"/nominatim/{endpoint}?{query}")
        self.assertEqual(got, status, body)
        return headers, body.decode()

    def json(self, endpoint, status=200, **parameters):
        headers, body = self.raw(endpoint, status, **parameters)
        self.assertTrue(headers["Content-Type"].startswith("application/json"), headers)
        return json.loads(body)

    def search(self, **parameters):
        return self.json("search", format="jsonv2", **parameters)

    def reverse(self, lat, lon, **parameters):
        return self.json("reverse", lat=lat, lon=lon, **{"format": "jsonv2", **parameters})

    def xml(self, endpoint, status=200, **parameters):
        headers, body = self.raw(endpoint, status, **{"format": "xml", **parameters})
        self.assertEqual(headers["Content-Type"], "text/xml; charset=utf-8")
        return ElementTree.fromstring(body)


class Search(Nominatim):
    def test_json_has_its_fields(self):
        for form, tag in (("json", "class"), ("jsonv2", "category")):
            place = self.json("search", q="Vaduz", format=form)[0]
            self.assertEqual((place["osm_type"], place["osm_id"]), ("relation", 1155956))
            self.assertEqual((place[tag], place["type"]), ("boundary", "administrative"))
            self.assertEqual(place["licence"], LICENCE)
            self.assertEqual(place["name"], "Vaduz")
            self.assertTrue(place["display_name"].startswith("Vaduz, "))
            self.assertTrue(place["display_name"].endswith(", Liechtenstein"))
            self.assertIsInstance(place["place_id"], int)
            self.assertEqual((place["place_rank"], place["addresstype"]), (16, "town"))
            self.assertGreater(place["importance"], 0)
            self.assertRegex(place["lat"], r"^47\.\d{7}$")
            self.assertRegex(place["lon"], r"^9\.\d{7}$")
            south, north, west, east = map(float, place["boundingbox"])
            self.assertTrue(south < float(place["lat"]) < north)
            self.assertTrue(west < float(place["lon"]) < east)
            self.assertNotIn("address", place)
            self.assertNotIn("extratags", place)

    def test_the_default_format_is_jsonv2_also_with_php(self):
        self.assertIn("category", self.json("search", q="Vaduz")[0])
        self.assertIn("category", self.json("search.php", q="Vaduz")[0])

    def test_geojson(self):
        answer = self.json("search", q="Vaduz", format="geojson", addressdetails=1)
        self.assertEqual((answer["type"], answer["licence"]), ("FeatureCollection", LICENCE))
        feature = answer["features"][0]
        west, south, east, north = feature["bbox"]
        lon, lat = feature["geometry"]["coordinates"]
        self.assertTrue(west < lon < east and south < lat < north)
        properties = feature["properties"]
        self.assertEqual((properties["category"], properties["addresstype"]), ("boundary", "town"))
        self.assertEqual(properties["address"]["country_code"], "li")

    def test_geocodejson(self):
        answer = self.json("search", q="Städtle 35, Vaduz", format="geocodejson", addressdetails=1)
        self.assertEqual(answer["geocoding"], {"version": "0.1.0", "attribution": LICENCE,
                                               "licence": "ODbL", "query": "Städtle 35, Vaduz"})
        place = answer["features"][0]["properties"]["geocoding"]
        self.assertEqual((place["type"], place["housenumber"], place["street"]),
                         ("house", "35", "Städtle"))
        self.assertEqual((place["city"], place["country"], place["country_code"]),
                         ("Vaduz", "Liechtenstein", "li"))
        self.assertEqual(place["admin"]["level2"], "Liechtenstein")
        self.assertEqual(place["admin"]["level8"], "Vaduz")
        self.assertNotIn("accuracy", place)
        town = self.json("search", q="Vaduz", format="geocodejson")["features"][0]
        self.assertEqual(town["properties"]["geocoding"]["type"], "city")

    def test_xml(self):
        root = self.xml("search", q="Vaduz", addressdetails=1, extratags=1, namedetails=1)
        self.assertEqual(root.tag, "searchresults")
        self.assertEqual((root.get("querystring"), root.get("attribution")), ("Vaduz", LICENCE))
        self.assertRegex(root.get("timestamp"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+00:00$")
        place = root.find("place")
        self.assertEqual((place.get("osm_type"), place.get("class"), place.get("address_rank")),
                         ("relation", "boundary", "16"))
        self.assertEqual(len(place.get("boundingbox").split(",")), 4)
        self.assertEqual((place.find("town").text, place.find("country_code").text),
                         ("Vaduz", "li"))
        names = {name.get("desc"): name.text for name in place.find("namedetails")}
        self.assertEqual(names["name:ru"], "Вадуц")
        tags = {tag.get("key"): tag.get("value") for tag in place.find("extratags")}
        self.assertEqual(tags["wikidata"], "Q1844")

    def test_xml_says_where_there_is_more(self):
        root = self.xml("search", q="Landstrasse", limit=1)
        first = root.find("place").get("place_id")
        self.assertEqual(root.get("exclude_place_ids"), first)
        more = urllib.parse.urlsplit(root.get("more_url"))
        self.assertEqual(more.path, "/nominatim/search")
        got, _, body = self.server.get(more.path + "?" + more.query)
        self.assertEqual(got, 200)
        self.assertNotEqual(ElementTree.fromstring(body).find("place").get("place_id"), first)

    def test_nothing_found_is_an_empty_list(self):
        for form in ("json", "jsonv2"):
            self.assertEqual(self.json("search", q="xnvzqqq", format=form), [])
        for form in ("geojson", "geocodejson"):
            self.assertEqual(self.json("search", q="xnvzqqq", format=form)["features"], [])
        self.assertIsNone(self.xml("search", q="xnvzqqq").find("place"))

    def test_nothing_asked_is_an_error_in_every_format(self):
        for form in JSON_FORMATS:
            error = self.json("search", status=400, format=form)["error"]
            self.assertEqual(error, {"code": 400, "message": "Nothing to search for."})
        root = self.xml("search", status=400, q="  ")
        self.assertEqual((root.tag, root.find("code").text), ("error", "400"))

    def test_parameters_out_of_shape_are_named(self):
        for name, value, word in (("limit", "ten", "limit"), ("format", "html", "format"),
                                  ("polygon_threshold", "x", "polygon_threshold"),
                                  ("exclude_place_ids", "a,b", "place IDs"),
                                  ("viewbox", "1,2,3", "Bounding box"),
                                  ("viewbox", "1,2,1,2", "Bounding box"),
                                  ("viewbox", "1,2,3,nan", "Bounding box"),
                                  ("layer", "nowhere", "layer"),
                                  ("json_callback", "1x", "json_callback"),
                                  ("json_callback", "alert(1)", "json_callback")):
            error = self.json("search", status=400, q="Vaduz", **{name: value})["error"]
            self.assertIn(word, error["message"])
        for outlines in ({"polygon_kml": 1, "polygon_svg": 1}, {"polygon_text": 1,
                                                                "polygon_geojson": 1}):
            self.json("search", status=400, q="Vaduz", **outlines)

    def test_a_callback_makes_it_a_script(self):
        for form in JSON_FORMATS:
            headers, body = self.raw("search", q="Vaduz", format=form, json_callback="L.found_1")
            self.assertEqual(headers["Content-Type"], "application/javascript; charset=utf-8")
            self.assertTrue(body.startswith("L.found_1(") and body.endswith(")"))
            json.loads(body[len("L.found_1("):-1])
        self.assertEqual(self.xml("search", q="Vaduz", json_callback="f").tag, "searchresults")

    def test_the_limit_is_between_one_and_forty(self):
        self.assertEqual(len(self.search(q="Landstrasse", limit=3)), 3)
        self.assertEqual(len(self.search(q="Landstrasse", limit=-4)), 1)
        self.assertLessEqual(len(self.search(q="Landstrasse", limit=1000)), 40)
        self.assertLessEqual(len(self.search(q="Landstrasse")), 10)

    def test_excluded_places_are_left_out(self):
        first, second = self.search(q="Landstrasse", limit=2)
        again = self.search(q="Landstrasse", limit=2, exclude_place_ids=first["place_id"])
        self.assertEqual(again[0]["place_id"], second["place_id"])
        by_osm = f'{first["osm_type"][0].upper()}{first["osm_id"]}'
        again = self.search(q="Landstrasse", limit=2, exclude_place_ids=by_osm)
        self.assertNotIn(first["place_id"], [place["place_id"] for place in again])

    def test_countries_are_kept_to(self):
        self.assertTrue(self.search(q="Vaduz", countrycodes="li"))
        self.assertTrue(self.search(q="Vaduz", countrycodes="us,LI"))
        self.assertEqual(self.search(q="Vaduz", countrycodes="us"), [])
        self.assertTrue(self.search(q="Vaduz", countrycodes="xnada,,"))  # none of them is a code

    def test_a_bounded_viewbox_is_kept_to_and_another_preferred(self):
        schaan = "9.49,47.15,9.53,47.18"
        for corners in (schaan, "9.53,47.18,9.49,47.15"):
            for place in self.search(q="Landstrasse", viewbox=corners, bounded=1):
                self.assertTrue(47.15 <= float(place["lat"]) <= 47.18)
        self.assertEqual(self.search(q="Balzers", viewbox=schaan, bounded=1), [])
        self.assertTrue(self.search(q="Balzers", viewbox=schaan))
        preferred = self.search(q="Landstrasse", viewbox=schaan, addressdetails=1)[0]
        self.assertEqual(preferred["address"]["town"], "Schaan")

    def test_feature_types_and_layers(self):
        self.assertEqual(self.search(q="Liechtenstein", featureType="country")[0]["addresstype"],
                         "country")
        for place in self.search(q="Alabama", featureType="state"):
            self.assertEqual(place["addresstype"], "state")
        for place in self.search(q="Vaduz", featureType="city"):
            self.assertIn(place["addresstype"], ("city", "town", "village"))
        for place in self.search(q="Vaduz", featureType="settlement"):
            self.assertLessEqual(place["place_rank"], 22)
        for place in self.search(q="Vaduz", layer="poi"):
            self.assertEqual(place["place_rank"], 30)
        for place in self.search(q="Vaduz", layer="railway"):
            self.assertEqual(place["category"], "railway")
        for place in self.search(q="Vaduz", layer="natural,manmade"):
            self.assertIn(place["category"],
                          ("natural", "waterway", "water", "man_made", "bridge", "landuse", "power"))

    def test_languages(self):
        self.assertEqual(self.search(q="Vaduz", accept_language="ru")[0]["name"], "Вадуц")
        self.assertEqual(self.search(q="Vaduz", accept_language="xx,ru;q=0.5")[0]["name"], "Вадуц")
        got, headers, body = self.server.get("/nominatim/search?q=Vaduz", Accept_Language="ru")
        self.assertEqual(json.loads(body)[0]["name"], "Вадуц")
        self.assertIn("Accept-Language", headers["Vary"])
        got, _, body = self.server.get("/nominatim/search?q=Vaduz&accept-language=de",
                                       Accept_Language="ru")
        self.assertEqual(json.loads(body)[0]["name"], "Vaduz")
        self.assertIn("Лихтенштейн", self.search(q="Schaan", accept_language="ru")[0]["display_name"])

    def test_details_on_demand(self):
        place = self.search(q="Vaduz", addressdetails=1, extratags=1, namedetails=1)[0]
        self.assertEqual(place["address"], {"town": "Vaduz", "county": "Oberland",
                                            "country": "Liechtenstein", "country_code": "li"})
        self.assertEqual(place["extratags"]["wikidata"], "Q1844")
        self.assertEqual(place["namedetails"]["name"], "Vaduz")
        self.assertEqual(place["namedetails"]["name:ru"], "Вадуц")

    def test_hundreds_of_names(self):
        # One of these has 261 names, some of a kind.
        most = 0
        for place in self.search(q="li", limit=40, namedetails=1):
            self.assertEqual(place["namedetails"]["name"], place["name"])
            most = max(most, sum(1 + text.count(";") for text in place["namedetails"].values()))
        self.assertGreater(most, 256)

    def test_an_address(self):
        for text in ("Städtle 35, Vaduz", "35 Städtle Vaduz", "Vaduz, Städtle 35"):
            place = self.search(q=text, addressdetails=1)[0]
            self.assertEqual(place["display_name"],
                             "35, Städtle, Vaduz, Oberland, 9490, Liechtenstein")
            self.assertIn(place["osm_type"], ("node", "way"))
            self.assertEqual((place["place_rank"], place["name"]), (30, ""))
            self.assertEqual(list(place["address"].items())[:3],
                             [("house_number", "35"), ("road", "Städtle"), ("town", "Vaduz")])

    def test_a_street_has_the_id_of_one_of_its_ways(self):
        place = self.search(q="Landstrasse, Vaduz")[0]
        self.assertEqual((place["osm_type"], place["category"], place["addresstype"]),
                         ("way", "highway", "road"))
        self.assertIn(place["place_rank"], (26, 27))
        known = self.json("lookup", osm_ids=f'W{place["osm_id"]}', format="json")[0]
        self.assertEqual(known["place_id"], place["place_id"])

    def test_postcodes(self):
        for parameters in ({"q": "9490"}, {"postalcode": "9490"},
                           {"postalcode": "9490", "country": "Liechtenstein"}):
            place = self.search(addressdetails=1, **parameters)[0]
            self.assertEqual((place["category"], place["type"]), ("place", "postcode"))
            self.assertEqual((place["addresstype"], place["address"]["postcode"]),
                             ("postcode", "9490"))
            self.assertNotIn("osm_id", place)
        self.assertTrue(self.search(q="9490 Vaduz"))

    def test_structured_queries(self):
        place = self.search(street="35 Städtle", city="Vaduz", country="Liechtenstein",
                            addressdetails=1)[0]
        self.assertEqual((place["address"]["house_number"], place["address"]["road"]),
                         ("35", "Städtle"))
        self.assertEqual(self.search(city="Vaduz")[0]["osm_id"], 1155956)
        self.assertEqual(self.search(country="Liechtenstein")[0]["addresstype"], "country")
        self.assertEqual(self.search(county="Autauga County", state="Alabama")[0]["addresstype"],
                         "county")
        for place in self.search(amenity="restaurant", city="Vaduz"):
            self.assertIn(place["category"], ("amenity", "tourism", "shop"))
        answer = self.json("search", street="35 Städtle", city="Vaduz", format="geocodejson")
        self.assertEqual(answer["geocoding"]["query"], "35 Städtle, Vaduz")
        self.json("search", status=400, q="Vaduz", city="Vaduz")

    def test_tags_in_brackets_are_phrases(self):
        for text in ("[amenity=post_office] Vaduz", "[post office] Vaduz"):
            places = self.search(q=text)
            self.assertIn("post_office", [place["type"] for place in places])

    def test_words_that_mean_nothing_find_nothing(self):
        self.assertEqual(self.search(q="Vaduz qqxxzzqq wwyyvv"), [])
        self.assertEqual(self.search(street="Qqxxzzqq wwyyvv", city="Vaduz"), [])

    def test_whoever_the_data_is_of_is_named(self):
        self.assertEqual(self.json("search", q="Vaduz", format="geojson")["licence"], LICENCE)
        state = self.search(q="Alabama", featureType="state")[0]
        self.assertIn("Natural Earth", state["licence"])
        self.assertNotIn("OpenStreetMap", state["licence"])

    def test_a_box_across_180_degrees_is_all_around(self):
        place = self.search(country="us", featureType="country")[0]
        self.assertEqual(place["boundingbox"][2:], ["-180.0000000", "180.0000000"])

    def test_tiger_numbers(self):
        place = self.search(q="1049 Spring Street, Alabama", addressdetails=1)[0]
        self.assertEqual((place["category"], place["type"]), ("place", "house"))
        address = place["address"]
        self.assertEqual((address["house_number"], address["postcode"]), ("1049", "36067"))
        self.assertEqual((address["county"], address["state"]), ("Autauga County", "Alabama"))
        self.assertEqual((address["ISO3166-2-lvl4"], address["country_code"]), ("US-AL", "us"))
        self.assertNotIn("city", address)

    def test_an_intersection_is_a_road(self):
        place = self.search(q="Im Mühleholz & Landstrasse, Vaduz", addressdetails=1)[0]
        self.assertEqual(place["address"]["road"], "Im Mühleholz & Landstrasse")
        self.assertTrue(place["display_name"].startswith("Im Mühleholz & Landstrasse, Vaduz"))
        again = self.json("details", place_id=place["place_id"], addressdetails=1)
        self.assertEqual(again["localname"], place["name"])

    def test_a_point_is_answered_by_what_is_there(self):
        for text in ("47.13922,9.52277", "N 47.13922 E 9.52277"):
            places = self.search(q=text)
            self.assertEqual(len(places), 1)
            self.assertAlmostEqual(float(places[0]["lat"]), 47.139, places=2)

    def test_outlines(self):
        for form in ("json", "jsonv2"):
            for outline, key, begin in (("geojson", "geojson", None),
                                        ("kml", "geokml", "<MultiGeometry><Polygon>"),
                                        ("svg", "svg", "M 9."),
                                        ("text", "geotext", "MULTIPOLYGON(((")):
                place = self.json("search", q="Vaduz", format=form, **{f"polygon_{outline}": 1})[0]
                if begin is None:
                    self.assertEqual(place[key]["type"], "MultiPolygon")
                    ring = place[key]["coordinates"][0][0]
                    self.assertEqual(ring[0], ring[-1])
                else:
                    self.assertTrue(place[key].startswith(begin), place[key][:80])
        for form in ("geojson", "geocodejson"):
            feature = self.json("search", q="Vaduz", format=form, polygon_geojson=1)["features"][0]
            self.assertEqual(feature["geometry"]["type"], "MultiPolygon")
        for outline, name in (("geojson", "geojson"), ("svg", "geosvg"), ("text", "geotext")):
            root = self.xml("search", q="Vaduz", **{f"polygon_{outline}": 1})
            self.assertEqual(root.get("polygon"), "true")
            self.assertGreater(len(root.find("place").get(name)), 100)
        self.assertIsNotNone(self.xml("search", q="Vaduz", polygon_kml=1).find("place/geokml/*"))

    def test_outlines_of_streets_and_points(self):
        street = self.search(q="Landstrasse, Vaduz", polygon_geojson=1)[0]["geojson"]
        self.assertIn(street["type"], ("LineString", "MultiLineString"))
        house = self.search(q="Städtle 35, Vaduz", polygon_geojson=1)[0]["geojson"]
        self.assertEqual(house["type"], "Point")
        self.assertRegex(self.search(q="Städtle 35, Vaduz", polygon_svg=1)[0]["svg"],
                         r'^cx="9\.\d+" cy="-47\.\d+"$')

    def test_a_threshold_thins_outlines(self):
        whole = self.search(q="Vaduz", polygon_text=1)[0]["geotext"]
        thin = self.search(q="Vaduz", polygon_text=1, polygon_threshold=0.01)[0]["geotext"]
        self.assertLess(len(thin), len(whole) / 5)


class Reverse(Nominatim):
    AT = {"lat": 47.1392168, "lon": 9.5227706}

    def test_the_default_is_xml_with_the_address(self):
        headers, body = self.raw("reverse", **self.AT)
        self.assertEqual(headers["Content-Type"], "text/xml; charset=utf-8")
        root = ElementTree.fromstring(body)
        self.assertEqual(root.tag, "reversegeocode")
        self.assertEqual(root.get("querystring"), "lat=47.1392168&lon=9.5227706&format=xml")
        self.assertEqual(root.find("result").text,
                         "35, Städtle, Vaduz, Oberland, 9490, Liechtenstein")
        self.assertEqual(root.find("result").get("osm_type"), "way")
        self.assertEqual([part.tag for part in root.find("addressparts")],
                         ["house_number", "road", "town", "county", "postcode", "country",
                          "country_code"])

    def test_every_format_says_the_same(self):
        label = "35, Städtle, Vaduz, Oberland, 9490, Liechtenstein"
        for form in ("json", "jsonv2"):
            place = self.reverse(format=form, **self.AT)
            self.assertEqual((place["display_name"], place["address"]["road"]), (label, "Städtle"))
        feature, = self.reverse(format="geojson", **self.AT)["features"]
        self.assertEqual(feature["properties"]["display_name"], label)
        answer = self.reverse(format="geocodejson", **self.AT)
        self.assertEqual(answer["geocoding"]["query"], "47.1392168,9.5227706")
        place = answer["features"][0]["properties"]["geocoding"]
        self.assertEqual((place["label"], place["accuracy"]), (label, 0))

    def test_the_address_can_be_left_out(self):
        self.assertNotIn("address", self.reverse(addressdetails=0, **self.AT))
        self.assertIsNone(self.xml("reverse", addressdetails=0, **self.AT).find("addressparts"))

    def test_nothing_there_is_said_in_every_format(self):
        for place in ({"lat": 0, "lon": -30}, {"lat": 91, "lon": 0}, {"lat": 47, "lon": 999}):
            for form in JSON_FORMATS:
                self.assertEqual(self.reverse(format=form, **place),
                                 {"error": "Unable to geocode"})
            root = self.xml("reverse", **place)
            self.assertEqual((root.tag, root.find("error").text),
                             ("reversegeocode", "Unable to geocode"))

    def test_places_that_are_no_numbers_are_errors(self):
        for parameters, word in (({"lat": 1}, "'lon' missing"), ({"lon": 1}, "'lat' missing"),
                                 ({"lat": "a", "lon": 1}, "'lat' must be a number"),
                                 ({"lat": "nan", "lon": 1}, "'lat' must be a number"),
                                 ({"lat": 1, "lon": "inf"}, "'lon' must be a number"),
                                 ({"lat": 1, "lon": 1, "zoom": "x"}, "'zoom' must be a number")):
            for form in JSON_FORMATS:
                error = self.json("reverse", status=400, format=form, **parameters)["error"]
                self.assertIn(word, error["message"])
            self.assertIn(word, self.xml("reverse", status=400, **parameters).find("message").text)

    def test_zoom_says_how_much_detail(self):
        expected = {0: "country", 3: "country", 5: "country", 8: "county", 10: "town", 12: "town",
                    13: "village", 16: "road", 17: "road", 18: "place"}
        for zoom, kind in expected.items():
            self.assertEqual(self.reverse(zoom=zoom, **self.AT)["addresstype"], kind, zoom)
        self.assertEqual(self.reverse(zoom=99, **self.AT)["addresstype"], "place")
        us = {"lat": 32.4609, "lon": -86.4778}
        for zoom, kind in {3: "country", 5: "state", 8: "county"}.items():
            self.assertEqual(self.reverse(zoom=zoom, **us)["addresstype"], kind)

    def test_layers(self):
        self.assertEqual(self.reverse(layer="poi", **self.AT)["place_rank"], 30)
        self.assertNotIn(self.reverse(layer="poi", **self.AT)["category"], ("highway", "boundary"))
        self.assertIn("road", self.reverse(layer="address", **self.AT)["address"])
        self.assertEqual(self.reverse(layer="railway", lat=47.1685925, lon=9.5081562)["category"],
                         "railway")
        self.json("reverse", status=400, layer="x", format="json", **self.AT)

    def test_tiger_house_numbers(self):
        place = self.reverse(32.4289, -86.46694)
        self.assertEqual((place["category"], place["type"]), ("place", "house"))
        self.assertEqual(place["address"]["road"], "Spring St")
        self.assertRegex(place["address"]["house_number"], r"^10\d\d$")

    def test_a_place_without_an_address_is_at_a_street(self):
        place = self.reverse(lat=47.1407213, lon=9.5226691, layer="poi")
        self.assertEqual((place["name"], place["category"], place["type"]),
                         ("Hotel Engel", "tourism", "hotel"))
        self.assertEqual(place["address"]["tourism"], "Hotel Engel")
        self.assertIn("road", place["address"])

    def test_outlines_and_tags(self):
        for outline, key in zip(OUTLINES, ("geojson", "geokml", "svg", "geotext")):
            self.assertIn(key, self.reverse(zoom=10, **{f"polygon_{outline}": 1}, **self.AT))
        self.assertIn("extratags", self.reverse(extratags=1, **self.AT))
        self.assertIn("name:ru", self.reverse(zoom=10, namedetails=1, **self.AT)["namedetails"])

    def test_languages(self):
        self.assertTrue(self.reverse(accept_language="ru", **self.AT)["display_name"].endswith(
            "Лихтенштейн"))

    def test_a_callback_also_around_nothing(self):
        _, body = self.raw("reverse", lat=0, lon=-30, format="json", json_callback="cb")
        self.assertEqual(body, 'cb({"error":"Unable to geocode"})')


class Lookup(Nominatim):
    def test_objects_come_in_the_order_asked(self):
        places = self.json("lookup", osm_ids=f"{HOTEL},{LANDSTRASSE},{VADUZ}", format="json")
        self.assertEqual([f'{place["osm_type"][0].upper()}{place["osm_id"]}' for place in places],
                         [HOTEL, LANDSTRASSE, VADUZ])
        self.assertEqual(places[0]["address"]["tourism"], "Hotel Engel")
        self.assertEqual(places[1]["address"]["road"], "Landstrasse")

    def test_unknown_ids_and_words_are_passed_over(self):
        ids = f"N99999999999,{VADUZ.lower()},,X1,W,nonsense,{VADUZ}, R1155956"
        self.assertEqual(len(self.json("lookup", osm_ids=ids, format="jsonv2")), 1)
        self.assertEqual(self.json("lookup", osm_ids="N1", format="json"), [])
        self.assertEqual(self.json("lookup", format="json"), [])

    def test_the_default_is_xml_with_addresses(self):
        headers, body = self.raw("lookup", osm_ids=VADUZ)
        root = ElementTree.fromstring(body)
        self.assertEqual((root.tag, root.find("place/town").text), ("lookupresults", "Vaduz"))

    def test_all_formats(self):
        for form in FORMATS:
            self.raw("lookup", osm_ids=VADUZ, format=form, extratags=1, namedetails=1)

    def test_fifty_at_most(self):
        ids = ",".join(f"N{i}" for i in range(1, 51))
        self.json("lookup", osm_ids=ids, format="json")
        self.json("lookup", status=400, osm_ids=ids + ",N51", format="json")


class Details(Nominatim):
    def details(self, **parameters):
        return self.json("details", **parameters)

    def test_by_object_and_by_place_id(self):
        place = self.details(osmtype="R", osmid=1155956)
        self.assertEqual((place["osm_type"], place["osm_id"], place["category"]),
                         ("R", 1155956, "boundary"))
        self.assertEqual((place["localname"], place["country_code"], place["isarea"]),
                         ("Vaduz", "li", True))
        self.assertEqual((place["rank_search"], place["rank_address"], place["admin_level"]),
                         (16, 16, 8))
        self.assertEqual(place["names"]["name:ru"], "Вадуц")
        self.assertEqual(place["extratags"]["wikidata"], "Q1844")
        self.assertEqual(place["calculated_wikipedia"], "de:Vaduz")
        self.assertEqual(place["centroid"]["type"], "Point")
        again = self.details(place_id=place["place_id"], format="json")
        self.assertEqual(again["localname"], "Vaduz")

    def test_by_postcode(self):
        place = self.details(postcode="li:9490")
        self.assertEqual((place["category"], place["type"], place["localname"]),
                         ("place", "postcode", "9490"))
        for text in ("us:9490", "li:0000", "li", ":", "li:" + "9" * 99):
            self.json("details", status=404, postcode=text)

    def test_a_class_has_to_fit(self):
        self.assertEqual(self.details(osmtype="N", osmid=HOTEL[1:], **{"class": "tourism"})["type"],
                         "hotel")
        self.json("details", status=404, osmtype="N", osmid=HOTEL[1:], **{"class": "highway"})

    def test_a_house(self):
        house = self.search(q="Städtle 35, Vaduz")[0]
        place = self.details(place_id=house["place_id"], addressdetails=1)
        self.assertEqual((place["housenumber"], place["calculated_postcode"]), ("35", "9490"))
        self.assertEqual(place["addresstags"]["street"], "Städtle")
        rows = {row["type"]: row["localname"] for row in place["address"]}
        self.assertEqual((rows["house_number"], rows["country_code"]), ("35", "li"))

    def test_parts_on_demand(self):
        plain = self.details(osmtype="W", osmid=LANDSTRASSE[1:])
        for name in ("address", "keywords", "hierarchy"):
            self.assertNotIn(name, plain)
        place = self.details(osmtype="W", osmid=LANDSTRASSE[1:], addressdetails=1, keywords=1,
                             hierarchy=1, polygon_geojson=1)
        self.assertEqual(place["keywords"]["name"][0]["token"], "Landstrasse")
        self.assertTrue(place["hierarchy"])
        self.assertIn("LineString", place["geometry"]["type"])
        row = place["address"][0]
        for name in ("localname", "place_id", "osm_id", "osm_type", "class", "type", "admin_level",
                     "rank_address", "distance", "isaddress"):
            self.assertIn(name, row)
        grouped = self.details(osmtype="W", osmid=LANDSTRASSE[1:], hierarchy=1, group_hierarchy=1)
        self.assertIsInstance(grouped["hierarchy"], dict)

    def test_what_is_missing_or_unknown(self):
        for parameters, status in (({}, 400), ({"osmtype": "R"}, 400),
                                   ({"osmtype": "X", "osmid": 1}, 400),
                                   ({"osmtype": "R", "osmid": "x"}, 400),
                                   ({"place_id": "x"}, 400), ({"place_id": 99999999999}, 404),
                                   ({"place_id": -5}, 404), ({"osmtype": "R", "osmid": 1}, 404)):
            self.assertEqual(self.json("details", status=status, **parameters)["error"]["code"],
                             status)

    def test_a_callback(self):
        _, body = self.raw("details", osmtype="R", osmid=1155956, json_callback="a.b")
        self.assertTrue(body.startswith("a.b({") and body.endswith("})"))

    def search(self, **parameters):
        return self.json("search", format="jsonv2", **parameters)


class Status(Nominatim):
    def test_text(self):
        headers, body = self.raw("status")
        self.assertEqual((headers["Content-Type"], body), ("text/plain; charset=utf-8", "OK"))
        self.assertEqual(self.raw("status.php", format="text")[1], "OK")

    def test_json(self):
        status = self.json("status", format="json")
        self.assertEqual((status["status"], status["message"]), (0, "OK"))
        self.assertRegex(status["data_updated"], r"^2021-10-2\dT\d\d:\d\d:\d\d\+00:00$")
        self.assertTrue(status["software_version"] and status["database_version"])

    def test_other_formats_are_errors(self):
        _, body = self.raw("status", status=400, format="xml")
        self.assertIn("text", body)

    def test_other_paths_are_not_found(self):
        self.assertEqual(self.server.get("/nominatim/")[0], 404)
        self.assertEqual(self.server.get("/nominatim/searching")[0], 404)


class BadInput(Nominatim):
    def test_long_and_broken_text_is_answered(self):
        for text in ("a" * 7000, "%ff%fe", "%zz", "\\x00".encode().decode(), "%00", "'\"<>&;",
                     ",".join(["x"] * 900)):
            for form in FORMATS:
                got, _, body = self.server.get(
                    "/nominatim/search?format=" + form + "&q=" + urllib.parse.quote(text, "%"))
                self.assertIn(got, (200, 400), text[:20])
                if form == "xml":
                    ElementTree.fromstring(body)
                else:
                    json.loads(body)

    def test_many_parameters_are_passed_over(self):
        query = "&".join(f"p{i}={i}" for i in range(300))
        self.assertEqual(self.server.get(f"/nominatim/search?q=Vaduz&{query}")[0], 200)

    def test_no_key_is_repeated_in_an_answer(self):
        root = self.xml("search", q="Landstrasse", key="secret-secret-secret")
        self.assertNotRegex(ElementTree.tostring(root, encoding="unicode"), "secret")


class Live(unittest.TestCase):
    def test_a_live_object_is_found_beside_the_atlas(self):
        place = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [9.5228, 47.1393]},
                 "properties": {"name": "Wandering Kiosk", "category": "food.kiosk"}}
        with harness.Server("--data", ":memory:", path=atlas()) as server:
            server.send("PUT", "/v1/collections/vans", {"searchable": True})
            server.send("PUT", "/v1/collections/vans/objects/one", place)
            got, _, body = server.get("/nominatim/search?q=wandering+kiosk&addressdetails=1")
            self.assertEqual(got, 200)
            found = json.loads(body)[0]
            self.assertEqual((found["name"], found["type"]), ("Wandering Kiosk", "kiosk"))
            self.assertEqual(found["address"]["town"], "Vaduz")
            self.assertNotIn("place_id", found)
            self.assertNotIn("osm_id", found)
            _, _, body = server.get("/nominatim/reverse?lat=47.1393&lon=9.5228&format=json")
            self.assertEqual(json.loads(body)["name"], "Wandering Kiosk")

    def test_without_an_atlas_there_is_nothing_and_no_fault(self):
        with harness.Server("--data", ":memory:", path=False) as server:
            for target in ("search?q=x", "lookup?osm_ids=N1&format=json"):
                self.assertEqual(server.get("/nominatim/" + target)[::2], (200, b"[]"))
            self.assertEqual(server.get("/nominatim/status")[::2], (200, b"OK"))
            self.assertEqual(server.get("/nominatim/details?place_id=1")[0], 404)


if __name__ == "__main__":
    unittest.main()
