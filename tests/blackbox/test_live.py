"""Live data over HTTP: collections, objects, queries, fixes, history, restarts."""
import contextlib
import json
import math
import random
import signal
import socket
import threading
import time
import unittest
import urllib.parse

import harness


def point(lon, lat, **properties):
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": properties}


def quoted(text):
    return urllib.parse.quote(text, safe="")


def metres(lat1, lon1, lat2, lon2):
    a, b = math.radians(lat1), math.radians(lat2)
    h = (math.sin((b - a) / 2) ** 2 +
         math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2)
    return 2 * 6371008.8 * math.asin(math.sqrt(min(1, h)))


class Live(unittest.TestCase):
    """Against one server with a data directory and no atlas; each test in a collection of its own."""

    @classmethod
    def setUpClass(cls):
        cls.data = harness.folder / f"data-{time.monotonic_ns()}"
        cls.server = harness.Server("--data", cls.data, "--threads", "2", path=False)

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def setUp(self):
        self.name = self._testMethodName[5:25]
        self.base = f"/v1/collections/{self.name}"

    def send(self, method, target, body=None, expect=200, **headers):
        return self.server.send(method, target, body, expect=expect, **headers)[1]

    def put(self, identity, feature, expect=None):
        return self.server.send("PUT", f"{self.base}/objects/{quoted(identity)}", feature,
                                expect=expect)[1]

    def load(self, features):
        for begin in range(0, len(features), 1000):
            done = self.send("POST", f"{self.base}/objects",
                             {"type": "FeatureCollection", "features": features[begin:begin + 1000]})
            self.assertEqual(done["failed"], 0, done["errors"][:3])

    def walk(self, target, limit=100):
        """Every feature of a list, page by page."""
        features, cursor = [], None
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            page = self.send("GET", f"{target}{'&' if '?' in target else '?'}limit={limit}{more}")
            features += page["features"]
            cursor = page.get("next")
            if not cursor:
                return features

    # --- Objects ---

    def test_an_object_is_what_was_put(self):
        made = self.put("truck 7/ä", {**point(9.52, 47.14, kind="truck", load=0, tags=["a", 1]),
                                     "time": "2026-11-21T10:00:00.250Z", "speed": 12.5,
                                     "course": 270, "accuracy": 5}, expect=201)
        self.assertEqual(made["id"], "truck 7/ä")
        self.assertEqual(made["geometry"]["coordinates"], [9.52, 47.14])
        self.assertEqual(made["properties"], {"kind": "truck", "load": 0, "tags": ["a", 1]})
        self.assertEqual((made["time"], made["speed"], made["course"], made["accuracy"]),
                         ("2026-11-21T10:00:00.250Z", 12.5, 270, 5))
        self.assertEqual(self.send("GET", f"{self.base}/objects/{quoted('truck 7/ä')}"), made)
        self.put("truck 7/ä", point(1, 2), expect=200)
        self.assertEqual(self.send("GET", f"{self.base}/objects/{quoted('truck 7/ä')}")["properties"],
                         {})

    def test_every_kind_of_geometry_comes_back(self):
        ring = [[9, 47], [10, 47], [10, 48], [9, 47]]
        for kind, coordinates in (
                ("Point", [9.123456789012, 47.5, 455.5]), ("LineString", ring[:3]),
                ("Polygon", [ring]), ("MultiPoint", ring[:2]), ("MultiLineString", [ring[:2]]),
                ("MultiPolygon", [[ring]])):
            with self.subTest(kind):
                geometry = {"type": kind, "coordinates": coordinates}
                self.put(kind, {"type": "Feature", "geometry": geometry, "properties": {"a": 1}})
                self.assertEqual(self.send("GET", f"{self.base}/objects/{kind}")["geometry"], geometry)
                self.put(kind + " alone", geometry)
                self.assertEqual(
                    self.send("GET", f"{self.base}/objects/{quoted(kind + ' alone')}")["geometry"],
                    geometry)

    def test_patch_changes_what_it_names(self):
        self.put("a", {**point(9, 47, kind="truck", driver="jane"), "speed": 3})
        changed = self.send("PATCH", f"{self.base}/objects/a",
                            {"properties": {"driver": None, "load": 5}, "course": 90})
        self.assertEqual(changed["properties"], {"kind": "truck", "load": 5})
        self.assertEqual((changed["speed"], changed["course"]), (3, 90))
        self.assertEqual(changed["geometry"]["coordinates"], [9, 47])
        moved = self.send("PATCH", f"{self.base}/objects/a", {"geometry": {
            "type": "Point", "coordinates": [10, 48]}})
        self.assertEqual(moved["geometry"]["coordinates"], [10, 48])
        self.assertEqual(moved["properties"], {"kind": "truck", "load": 5})
        self.send("PATCH", f"{self.base}/objects/none", {"properties": {}}, expect=404)

    def test_delete_and_404(self):
        self.put("a", point(9, 47))
        self.send("DELETE", f"{self.base}/objects/a", expect=204)
        self.send("DELETE", f"{self.base}/objects/a", expect=404)
        error = self.send("GET", f"{self.base}/objects/a", expect=404)["error"]
        self.assertEqual(error["parameter"], "id")
        self.send("GET", "/v1/collections/nothing-of-this-name", expect=404)
        self.send("DELETE", "/v1/collections/nothing-of-this-name", expect=404)

    def test_wrong_bodies_are_sentences(self):
        polygon = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0]]]}
        for body, word in (
                ("{", "JSON"), ("", "body"), ("[]", "object"), ('"x"', "object"), ("{}", "geometry"),
                ({"type": "Feature", "geometry": None}, "geometry"),
                (point(181, 0), "longitude"), (point(0, 90.5), "latitude"), (point(1e300, 0), "ongitude"),
                ('{"type":"Point","coordinates":[NaN,1]}', "JSON"),
                ({"type": "Point", "coordinates": ["1", 2]}, "coordinates"),
                ({"type": "Feature", "geometry": polygon}, "geometry"),
                ({"type": "Nonsense", "coordinates": [1, 2]}, "type"),
                ({**point(1, 2), "properties": [1]}, "properties"),
                ({**point(1, 2), "time": "yesterday"}, "time"),
                ({**point(1, 2), "speed": -1}, "speed"), ({**point(1, 2), "id": "other"}, "id"),
                ("[" * 3000, "JSON"), (b"\xff\xfe", "JSON")):
            with self.subTest(str(body)[:60]):
                status, answer = self.server.send("PUT", f"{self.base}/objects/a", body)
                self.assertEqual(status, 400, answer)
                self.assertIn(word, answer["error"]["message"])
        self.send("GET", f"{self.base}/objects/a", expect=404)

    def test_a_polygon_that_crosses_itself_ends_in_an_answer(self):
        bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
        status, _ = self.server.send("PUT", f"{self.base}/objects/bow", bow)
        self.assertIn(status, (200, 201, 400))
        self.send("GET", f"/v1/collections?limit=5")

    # --- Collections ---

    def test_settings_of_a_collection(self):
        made = self.send("PUT", self.base, {"searchable": True, "history": "2d", "quota": 3,
                                            "expires_after": "12h", "durability": "sync"}, expect=201)
        self.assertEqual((made["searchable"], made["history"], made["quota"], made["expires_after"],
                          made["durability"]), (True, "2d", 3, "12h", "sync"))
        changed = self.send("PUT", self.base, {"quota": None})
        self.assertNotIn("quota", changed)
        self.assertEqual(changed["history"], "2d")
        listed = self.send("GET", "/v1/collections?limit=1000")["collections"]
        self.assertIn(self.name, [collection["name"] for collection in listed])
        for body, word in (({"colour": 1}, "colour"), ({"history": "soon"}, "history"),
                           ({"quota": 0}, "quota"), ([], "object"), ({"searchable": 1}, "searchable")):
            error = self.send("PUT", self.base, body, expect=400)["error"]
            self.assertIn(word, error["message"])
        self.send("DELETE", self.base, expect=204)
        self.send("GET", self.base, expect=404)

    def test_a_quota_is_429(self):
        self.send("PUT", self.base, {"quota": 2}, expect=201)
        self.put("a", point(1, 1), expect=201)
        self.put("b", point(1, 1), expect=201)
        error = self.put("c", point(1, 1), expect=429)["error"]
        self.assertEqual(error["code"], "quota_reached")
        self.put("a", point(2, 2), expect=200)

    def test_collections_are_listed_page_by_page(self):
        for i in range(5):
            self.send("PUT", f"{self.base}-{i}", expect=201)
        names, cursor = [], None
        while True:
            page = self.send("GET", f"/v1/collections?limit=2{'&cursor=' + cursor if cursor else ''}")
            names += [collection["name"] for collection in page["collections"]]
            cursor = page.get("next")
            if not cursor:
                break
        self.assertEqual(names, sorted(set(names)))
        self.assertEqual(len([name for name in names if name.startswith(self.name + "-")]), 5)

    def test_an_object_expires(self):
        self.put("a", {**point(1, 1), "expires": int(time.time() * 1000) + 400}, expect=201)
        self.send("GET", f"{self.base}/objects/a")
        deadline = time.monotonic() + 10
        while self.server.send("GET", f"{self.base}/objects/a")[0] != 404:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    # --- Lists ---

    def test_near_and_areas_agree_with_counting(self):
        dice = random.Random(7)
        places = {f"p{i}": (dice.uniform(46, 48), dice.uniform(9, 11)) for i in range(3000)}
        self.load([{**point(lon, lat, n=i % 10), "id": identity}
                   for i, (identity, (lat, lon)) in enumerate(places.items())])
        near = self.send("GET", f"{self.base}/objects?near=47,10&limit=50")["features"]
        expected = sorted(places, key=lambda identity: metres(47, 10, *places[identity]))[:50]
        self.assertEqual([feature["id"] for feature in near], expected)
        for feature in near:
            self.assertLess(abs(feature["distance_m"] - metres(47, 10, *places[feature["id"]])), 1)
        found = self.walk(f"{self.base}/objects?near=47,10&radius=20000", limit=37)
        self.assertEqual([feature["id"] for feature in found],
                         [i for i in sorted(places, key=lambda i: metres(47, 10, *places[i]))
                          if metres(47, 10, *places[i]) <= 20000])
        box = sorted(i for i, (lat, lon) in places.items() if 46.5 <= lat <= 47 and 9.5 <= lon <= 10.2)
        found = self.walk(f"{self.base}/objects?bbox=9.5,46.5,10.2,47", limit=50)
        self.assertEqual([feature["id"] for feature in found], box)
        triangle = {"type": "Polygon", "coordinates": [[[9, 46], [11, 46], [9, 48], [9, 46]]]}
        below = sorted(i for i, (lat, lon) in places.items() if (lat - 46) + (lon - 9) <= 2)
        found = self.walk(f"{self.base}/objects?within={quoted(json.dumps(triangle))}", limit=1000)
        self.assertEqual([feature["id"] for feature in found], below)
        page = self.send("POST", f"{self.base}/objects/query?limit=1000", {"within": triangle})
        self.assertEqual([feature["id"] for feature in page["features"]], below[:1000])
        page = self.send("POST", f"{self.base}/objects/query?limit=1000&cursor={page['next']}",
                         {"within": triangle})
        self.assertEqual([feature["id"] for feature in page["features"]], below[1000:2000])
        found = self.walk(f"{self.base}/objects?bbox=9.5,46.5,10.2,47&filter={quoted('n > 6')}")
        self.assertEqual([feature["id"] for feature in found],
                         [i for i in box if int(i[1:]) % 10 > 6])

    def test_filter_and_fields(self):
        self.put("a", {**point(1, 1, kind="truck", load=3), "speed": 20})
        self.put("b", point(2, 2, kind="car", load=1))
        page = self.send("GET", f"{self.base}/objects?fields=kind&filter=" +
                         quoted("kind = 'truck' AND speed > 10 AND id LIKE 'a%'"))
        self.assertEqual([(f["id"], f["properties"]) for f in page["features"]],
                         [("a", {"kind": "truck"})])
        error = self.send("GET", f"{self.base}/objects?filter={quoted('load >')}", expect=400)["error"]
        self.assertIn("column", error["message"].lower() + " column" if "6" in error["message"]
                      else error["message"])

    def test_wrong_queries_are_400(self):
        self.put("a", point(1, 1))
        for query in ("limit=0", "limit=1001", "near=91,0", "near=1", "radius=5", "bbox=1,2,3",
                      "within=x", "within={}", "cursor=AAAA", "cursor=!", "filter=", "colour=red",
                      "near=1,1&near=2,2", "near=1,1&radius=-1", "near=1,1&radius=nan",
                      "bbox=0,0,1,1&within=" + quoted('{"type":"Point","coordinates":[1,1]}')):
            with self.subTest(query):
                self.send("GET", f"{self.base}/objects?{query}", expect=400)
        first = self.put_many_and_page()
        self.send("GET", f"{self.base}/objects?limit=2&bbox=0,0,1,1&cursor={first}", expect=400)

    def put_many_and_page(self):
        for i in range(5):
            self.put(f"q{i}", point(1, 1))
        return self.send("GET", f"{self.base}/objects?limit=2")["next"]

    def test_a_walk_meets_what_stays_once_whatever_is_written(self):
        stays = [f"stay-{i:04}" for i in range(1500)]
        self.load([{**point(9 + i % 40 / 100, 47, n=i), "id": identity}
                   for i, identity in enumerate(stays)])
        stop = threading.Event()
        failures = []

        def write():
            dice = random.Random(3)
            try:
                while not stop.is_set():
                    identity = f"{dice.choice(['a', 'stay-07', 'z'])}{dice.randrange(200)}"
                    if dice.random() < 0.5:
                        self.server.send("DELETE", f"{self.base}/objects/go-{identity}")
                    else:
                        self.server.send("PUT", f"{self.base}/objects/go-{identity}",
                                         point(9 + dice.random() / 2, 47))
            except Exception as fault:  # noqa: BLE001: told to the test
                failures.append(fault)

        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        try:
            for target in ("/objects", "/objects?bbox=8,46,10,48", "/objects?near=47,9"):
                for limit in (50, 333):
                    seen = [feature["id"] for feature in self.walk(self.base + target, limit=limit)
                            if feature["id"].startswith("stay-")]
                    self.assertEqual(sorted(seen), stays, target)
        finally:
            stop.set()
            for writer in writers:
                writer.join()
        self.assertEqual(failures, [])

    # --- Fixes ---

    def track(self, fixes, expect=200):
        return self.send("POST", f"/v1/track?collection={self.name}", fixes, expect=expect)

    def test_one_fix_and_a_batch(self):
        self.assertEqual(self.track({"id": "a", "lat": 47.1, "lon": 9.5})["accepted"], 1)
        done = self.track([
            {"id": "b", "lat": 47, "lon": 9, "time": 1700000000000, "speed": 3,
             "properties": {"kind": "bus"}},
            {"id": 12, "lat": 47, "lon": 9}, {"id": "c", "lat": 95, "lon": 9}, {"lat": 1, "lon": 2},
            {"id": "d", "lat": 1}, 7, point(9, 47, kind="tram") | {"id": "e"}])
        self.assertEqual((done["accepted"], done["refused"]), (3, 4))
        self.assertEqual([result["status"] for result in done["results"]],
                         ["stored", "stored", "refused", "refused", "refused", "refused", "stored"])
        self.assertIn("lat", done["results"][2]["message"])
        bus = self.send("GET", f"{self.base}/objects/b")
        self.assertEqual((bus["time"], bus["speed"], bus["properties"]),
                         ("2023-11-14T22:13:20.000Z", 3, {"kind": "bus"}))
        self.send("GET", f"{self.base}/objects/12")
        self.assertEqual(self.send("GET", f"{self.base}/objects/e")["properties"], {"kind": "tram"})
        for wrong in ({"id": "x", "lat": 91, "lon": 0}, {"lat": 1, "lon": 1}, "[", "7", "[[]]"):
            status, answer = self.server.send("POST", f"/v1/track?collection={self.name}", wrong)
            self.assertTrue(status == 400 or answer["accepted"] == 0, answer)

    def test_fixes_keep_what_is_known_of_the_object(self):
        self.put("bus", point(9, 47, line="12"))
        self.track({"id": "bus", "lat": 47.2, "lon": 9.2, "properties": {"load": 3}})
        bus = self.send("GET", f"{self.base}/objects/bus")
        self.assertEqual(bus["properties"], {"line": "12", "load": 3})
        self.assertEqual(bus["geometry"]["coordinates"], [9.2, 47.2])

    def test_late_duplicate_and_future_fixes(self):
        now = int(time.time() * 1000)
        fixes = [{"id": "a", "lat": 47, "lon": 9 + i / 100, "time": now - 10000 + i * 1000}
                 for i in (0, 2, 1, 2, 3)]
        self.assertEqual([r["status"] for r in self.track(fixes)["results"]],
                         ["stored", "stored", "late", "duplicate", "stored"])
        self.assertEqual(self.send("GET", f"{self.base}/objects/a")["geometry"]["coordinates"],
                         [9.03, 47])
        past = self.walk(f"{self.base}/objects/a/history")
        self.assertEqual([round(f["geometry"]["coordinates"][0], 2) for f in past],
                         [9, 9.01, 9.02, 9.03])
        result = self.track({"id": "f", "lat": 1, "lon": 1, "time": now + 3600000})["results"][0]
        self.assertTrue(result["future"])
        self.assertLess(self.send("GET", f"{self.base}/objects/f")["time"], "2100")

    def test_history_by_pages_and_ranges(self):
        begin = int(time.time()) * 1000 - 3600000
        for batch in range(3):
            self.track([{"id": "a", "lat": 47, "lon": 9 + i / 1000, "time": begin + i * 1000}
                        for i in range(batch * 100, batch * 100 + 100)])
        whole = self.walk(f"{self.base}/objects/a/history", limit=7)
        self.assertEqual([round(f["geometry"]["coordinates"][0] * 1000) for f in whole],
                         [9000 + i for i in range(300)])
        back = self.walk(f"{self.base}/objects/a/history?order=desc", limit=64)
        self.assertEqual([f["time"] for f in back], [f["time"] for f in reversed(whole)])
        part = self.walk(f"{self.base}/objects/a/history?from={begin + 10000}&until={begin + 20000}")
        self.assertEqual(len(part), 10)
        self.send("DELETE", f"{self.base}/objects/a", expect=204)
        self.assertEqual(len(self.walk(f"{self.base}/objects/a/history")), 300)
        self.track({"id": "a", "lat": 47, "lon": 9})
        self.send("DELETE", f"{self.base}/objects/a?purge=history", expect=204)
        self.assertEqual(self.walk(f"{self.base}/objects/a/history"), [])

    def test_owntracks_golden(self):
        # As OwnTracks' Android client posts it in HTTP mode.
        message = ('{"_type":"location","BSSID":"c0:ff:ee","SSID":"home","acc":13,"alt":455,"batt":67,'
                   '"bs":2,"cog":271,"conn":"w","created_at":1700000003,"lat":47.1412,"lon":9.5215,'
                   '"m":1,"t":"u","tid":"jp","topic":"owntracks/jane/phone","tst":1700000000,"vac":3,'
                   '"vel":36}')
        self.assertEqual(self.send("POST", f"/v1/track/owntracks?collection={self.name}", message), [])
        found = self.send("GET", f"{self.base}/objects/jane%2Fphone")
        self.assertEqual(found["geometry"], {"type": "Point", "coordinates": [9.5215, 47.1412, 455]})
        self.assertEqual((found["time"], found["speed"], found["course"], found["accuracy"]),
                         ("2023-11-14T22:13:20.000Z", 10, 271, 13))
        self.assertEqual((found["properties"]["batt"], found["properties"]["tid"]), (67, "jp"))
        bare = '{"_type":"location","lat":1,"lon":2,"tst":1700000000,"tid":"xx"}'
        self.send("POST", f"/v1/track/owntracks?collection={self.name}", bare,
                  X_Limit_U="joe", X_Limit_D="watch")
        self.send("GET", f"{self.base}/objects/joe%2Fwatch")
        self.send("POST", f"/v1/track/owntracks?collection={self.name}&u=amy&d=pad", bare)
        self.send("GET", f"{self.base}/objects/amy%2Fpad")
        self.send("POST", f"/v1/track/owntracks?collection={self.name}", bare)
        self.send("GET", f"{self.base}/objects/xx")
        # Other messages are taken and are nothing to us; a batch of ours may hold locations.
        self.assertEqual(self.send("POST", "/v1/track/owntracks", '{"_type":"lwt","tst":1}'), [])
        self.assertEqual(self.track([json.loads(message)])["results"][0]["status"], "duplicate")
        self.send("POST", "/v1/track/owntracks", '{"_type":"location","lat":1,"tid":"x"}', expect=400)

    def test_osmand_golden(self):
        # As Traccar Client asks it.
        query = ("id=123456&timestamp=1700000000&lat=47.1412&lon=9.5215&speed=19.438445&bearing=271.0"
                 "&altitude=455.0&accuracy=13.0&batt=67.0")
        for method in ("GET", "POST"):
            status, _, body = self.server.get(f"/v1/track/osmand?collection={self.name}&{query}",
                                              method=method)
            self.assertEqual((status, body), (200, b""))
        found = self.send("GET", f"{self.base}/objects/123456")
        self.assertEqual(found["geometry"], {"type": "Point", "coordinates": [9.5215, 47.1412, 455]})
        self.assertAlmostEqual(found["speed"], 10, places=2)  # knots
        self.assertEqual((found["time"], found["course"], found["accuracy"], found["properties"]),
                         ("2023-11-14T22:13:20.000Z", 271, 13, {"batt": 67}))
        for more in ("id=x&lat=1", "lat=1&lon=1", "id=x&lat=nan&lon=1", "id=x&location=1"):
            self.send("GET", f"/v1/track/osmand?{more}", expect=400)
        self.send("GET", f"/v1/track/osmand?collection={self.name}&id=m&location=1.5,2.5"
                         "&timestamp=1700000000123")
        self.assertEqual(self.send("GET", f"{self.base}/objects/m")["time"],
                         "2023-11-14T22:13:20.123Z")

    # --- Search ---

    def test_an_object_is_searched_for_in_the_request_after(self):
        self.send("PUT", self.base, {"searchable": True}, expect=201)
        self.put("cafe", point(9.5, 47.1, name="Blaue Zwetschge", street="Gasse", housenumber="7"))
        found = self.server.ask("search", q="blaue zwetschge")["features"]
        self.assertEqual(found[0]["properties"]["name"], "Blaue Zwetschge")
        self.assertTrue(self.server.ask("autocomplete", q="blaue zwe")["features"])
        self.assertEqual(self.server.ask("reverse", lat=47.1, lon=9.5)["features"][0]["id"],
                         found[0]["id"])
        self.assertEqual(self.server.ask(f"places/{quoted(found[0]['id'])}")["features"][0]["id"],
                         found[0]["id"])
        self.send("DELETE", f"{self.base}/objects/cafe", expect=204)
        self.assertEqual(self.server.ask("search", q="blaue zwetschge")["features"], [])

    # --- The connection ---

    def test_pipelined_writes_and_reads_keep_their_order(self):
        requests = b""
        for i in range(50):
            body = json.dumps(point(9, 47, n=i)).encode()
            requests += (b"PUT %s/objects/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                         b"GET %s/objects/a HTTP/1.1\r\nHost: localhost\r\n\r\n" %
                         (self.base.encode(), len(body), body, self.base.encode()))
        with socket.create_connection((self.server.host, self.server.port), timeout=20) as connection:
            connection.sendall(requests)
            connection.shutdown(socket.SHUT_WR)  # what is under way is still answered
            received = b""
            while piece := connection.recv(65536):
                received += piece
        numbers = [int(part.split(b"}")[0]) for part in received.split(b'"n":')[1:]]
        self.assertEqual(numbers, [i for i in range(50) for _ in range(2)])

    def test_a_large_body_and_one_that_is_too_large(self):
        features = [{**point(9, 47, text="x" * 3000), "id": f"o{i}"} for i in range(1000)]
        self.load(features)
        self.assertEqual(self.send("GET", self.base)["objects"], 1000)
        with socket.create_connection((self.server.host, self.server.port), timeout=20) as connection:
            connection.sendall(b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Length: 104857600\r\n\r\n" + b"[" * 1000)
            self.assertIn(b" 413 ", connection.recv(65536))
        error = self.track([{"id": "a", "lat": 1, "lon": 1}] * 10001, expect=400)["error"]
        self.assertIn("10000", error["message"])

    def test_peers_that_leave_early_cost_nothing(self):
        body = json.dumps([{"id": f"o{i}", "lat": 1, "lon": 1} for i in range(500)]).encode()
        request = (b"POST /v1/track?collection=%s HTTP/1.1\r\nHost: localhost\r\n"
                   b"Content-Length: %d\r\n\r\n%s" % (self.name.encode(), len(body), body))
        for _ in range(60):
            with contextlib.suppress(OSError):
                with socket.create_connection((self.server.host, self.server.port)) as connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          b"\x01\x00\x00\x00\x00\x00\x00\x00")
                    connection.sendall(request)
        self.assertEqual(self.send("GET", f"{self.base}/objects/o499")["id"], "o499")

    def test_pages_of_other_sites_may_not_write(self):
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                        {"Sec_Fetch_Site": "cross-site"}):
            status, answer = self.server.send("PUT", f"{self.base}/objects/a", point(1, 1), **headers)
            self.assertEqual((status, answer["error"]["code"]), (403, "foreign_origin"))
            self.assertEqual(self.server.send("GET", "/v1/collections", **headers)[0], 403)
        self.assertEqual(self.server.send("PUT", f"{self.base}/objects/a", point(1, 1),
                                          Origin="http://localhost:3000")[0], 201)

    def test_metrics_count_what_is_written(self):
        def count():
            text = self.server.get("/metrics")[2].decode()
            return int(text.split("\nrhumb_ledger_writes_total ")[1].split()[0]), text
        before, _ = count()
        self.put("a", point(1, 1))
        after, text = count()
        self.assertGreater(after, before)
        for name in ("rhumb_ledger_waiting", "rhumb_live_bytes", "rhumb_collections",
                     'rhumb_requests_total{route="put_object",status="2xx"}'):
            self.assertIn("\n" + name + " ", text)

    def test_methods_are_told(self):
        status, headers, _ = self.server.get(f"{self.base}/objects/a", method="POST")
        self.assertEqual(status, 405)
        self.assertEqual({word.strip() for word in headers["Allow"].split(",")},
                         {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})
        status, headers, _ = self.server.get(f"{self.base}/objects/a", method="OPTIONS")
        self.assertEqual(status, 204)
        self.assertIn("PATCH", headers["Access-Control-Allow-Methods"])


class LiveServers(unittest.TestCase):
    """How a server begins and ends with data."""

    def test_without_data_writes_name_the_flag(self):
        with harness.Server() as server:
            for method, target in (("POST", "/v1/track"), ("GET", "/v1/collections"),
                                   ("PUT", "/v1/collections/a/objects/b")):
                status, answer = server.send(method, target, {} if method != "GET" else None)
                self.assertEqual(status, 501)
                self.assertIn("--data", answer["error"]["message"])
            self.assertEqual(server.get("/readyz")[0], 200)

    def test_wants_something_to_serve(self):
        done = harness.rhumb("serve")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--data", done.stderr)

    def test_memory_is_kept_until_the_end(self):
        with harness.Server("--data", ":memory:", path=False) as server:
            server.send("PUT", "/v1/collections/a/objects/b", point(1, 2), expect=201)
            self.assertEqual(server.send("GET", "/v1/collections/a/objects/b")[0], 200)
            self.assertEqual(server.get("/readyz")[0], 200)
            status, answer = server.send("GET", "/v1/collections/a/objects/b/history")
            self.assertEqual(status, 501, answer)
            self.assertIn("--data DIR", answer["error"]["message"])

    def test_a_second_server_is_refused(self):
        data = harness.folder / f"data-{time.monotonic_ns()}"
        with harness.Server("--data", data, path=False):
            done = harness.rhumb("serve", "--data", data, "--http", "127.0.0.1:0")
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(data), done.stderr)

    def test_everything_is_there_after_kill_and_restart(self):
        data = harness.folder / f"data-{time.monotonic_ns()}"
        for number, ending in enumerate((signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)):
            server = harness.Server("--data", data, path=False)
            if number > 0:
                for i in range(number * 100):
                    _, found = server.send("GET", f"/v1/collections/fleet/objects/o{i}", expect=200)
                    self.assertEqual(found["properties"], {"n": i})
                _, settings = server.send("GET", "/v1/collections/shops", expect=200)
                self.assertTrue(settings["searchable"])
                self.assertTrue(server.ask("search", q="rote laterne")["features"])
            server.send("PUT", "/v1/collections/shops", {"searchable": True})
            server.send("PUT", "/v1/collections/shops/objects/l", point(1, 1, name="Rote Laterne"))
            for i in range(number * 100, number * 100 + 100):
                server.send("PUT", f"/v1/collections/fleet/objects/o{i}", point(i / 10, 1, n=i),
                            expect=201)
            code = server.stop(ending)
            self.assertEqual(code, -9 if ending == signal.SIGKILL else 0, server.output)

    def test_keys_let_pages_of_other_sites_in(self):
        keys = harness.folder / "live-keys"
        keys.write_text("0123456789abcdef0123456789abcdef\n")
        keys.chmod(0o600)
        with harness.Server("--data", ":memory:", "--api-key-file", keys, path=False) as server:
            self.assertEqual(server.send("GET", "/v1/collections")[0], 401)
            self.assertEqual(server.send("GET", "/v1/collections", Origin="https://example.org",
                                         X_Api_Key="0123456789abcdef0123456789abcdef")[0], 200)

    def test_full_memory_refuses_writes_and_keeps_reads(self):
        with harness.Server("--data", ":memory:", "--memory-objects", "4M", path=False) as server:
            status = 200
            for begin in range(0, 400000, 1000):
                status, answer = server.send("POST", "/v1/collections/a/objects", [
                    {**point(9, 47, text="x" * 50), "id": f"o{i}"} for i in range(begin, begin + 1000)])
                if answer.get("failed"):
                    break
            self.assertTrue(answer["failed"])
            self.assertIn("memory", answer["errors"][0]["message"])
            status, answer = server.send("PUT", "/v1/collections/a/objects/new", point(1, 1))
            self.assertEqual(status, 503, answer)
            self.assertEqual(server.send("GET", "/v1/collections/a/objects/o0")[0], 200)
            server.send("DELETE", "/v1/collections/a", expect=204)
            deadline = time.monotonic() + 10
            while server.send("PUT", "/v1/collections/a/objects/new", point(1, 1))[0] not in (200, 201):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
