"""The routes of the server, and how strictly it reads HTTP."""
import json
import signal
import socket
import time
import unittest
import urllib.parse

import harness


class Routes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def error(self, target, parameter=None, status=400):
        got, headers, body = self.server.get(target)
        self.assertEqual(got, status, body)
        self.assertTrue(headers["Content-Type"].startswith("application/json"))
        error = json.loads(body)["error"]
        self.assertTrue(error["code"] and error["message"])
        self.assertEqual(error.get("parameter"), parameter)

    def test_search_answers_a_feature_collection(self):
        label, feature = harness.some_address()
        answer = self.server.ask("search", q=label, limit=3)
        self.assertEqual(answer["type"], "FeatureCollection")
        self.assertIn("attribution", json.dumps(answer))
        first = answer["features"][0]
        self.assertEqual(first["type"], "Feature")
        self.assertEqual(first["geometry"]["type"], "Point")
        properties = first["properties"]
        for key in ("id", "layer", "label", "confidence", "match_type", "components",
                    "hierarchy"):
            self.assertIn(key, properties)
        self.assertEqual(properties["id"], feature["properties"]["id"])
        self.assertLessEqual(0, properties["confidence"])
        self.assertLessEqual(properties["confidence"], 1)

    def test_no_result_is_an_answer(self):
        answer = self.server.ask("search", q="zzyzx qqqq wwww")
        self.assertEqual(answer["features"], [])

    def test_an_area_has_an_outline_and_facts(self):
        lon, lat = harness.centre()
        answer = self.server.ask("reverse", lat=lat, lon=lon, layers="locality,county,region,country",
                                 geometry="outline", tolerance=100, facts=1)
        feature = answer["features"][0]
        self.assertIn(feature["geometry"]["type"], ("Polygon", "MultiPolygon"))
        polygons = feature["geometry"]["coordinates"]
        for polygon in [polygons] if feature["geometry"]["type"] == "Polygon" else polygons:
            for at, ring in enumerate(polygon):
                self.assertEqual(ring[0], ring[-1])
                self.assertGreaterEqual(len(ring), 4)
                twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))
                self.assertEqual(twice > 0, at == 0)
        properties = feature["properties"]
        self.assertEqual(len(properties["pin"]), 2)
        self.assertTrue(properties["facts"])
        self.assertEqual(properties["names"][0]["role"], "main")
        self.assertIn(properties["source"], [each["source"] for each in answer["attribution"]])
        self.error("/v1/search?q=a&geometry=circle", "geometry")
        self.error("/v1/search?q=a&tolerance=-1", "tolerance")

    def test_attribution_names_what_was_used(self):
        self.assertEqual(self.server.ask("search", q="zzyzx qqqq wwww")["attribution"], [])
        label, _ = harness.some_address()
        used = self.server.ask("search", q=label, limit=1)["attribution"]
        self.assertTrue(used)
        about = self.server.ask("about")
        self.assertEqual(about["name"], "rhumb")
        self.assertTrue(about["atlas"]["layers"]["address"])
        known = [each["source"] for each in about["sources"]]
        for each in used:
            self.assertIn(each["source"], known)

    def test_autocomplete_completes(self):
        label, _ = harness.some_address()
        answer = self.server.ask("autocomplete", q=label[:max(4, len(label) // 2)])
        self.assertTrue(answer["features"])

    def test_reverse_answers_one_unless_asked_for_more(self):
        lon, lat = harness.centre()
        self.assertEqual(len(self.server.ask("reverse", lat=lat, lon=lon)["features"]), 1)
        many = self.server.ask("reverse", lat=lat, lon=lon, limit=5, radius=5000)["features"]
        self.assertEqual(len(many), 5)
        distances = [feature["properties"]["distance_m"] for feature in many
                     if feature["properties"].get("distance_m") is not None]
        self.assertTrue(distances)

    def test_a_place_is_found_by_its_id(self):
        _, feature = harness.some_address()
        identity = urllib.parse.quote(feature["properties"]["id"], safe=":")
        answer = self.server.ask(f"places/{identity}")
        found = answer["features"][0] if "features" in answer else answer
        self.assertEqual(found["properties"]["id"], feature["properties"]["id"])
        self.error("/v1/places/osm:n999999999999", "id", status=404)

    def test_layers_and_limit_are_obeyed(self):
        lon, lat = harness.centre()
        streets = self.server.ask("reverse", lat=lat, lon=lon, layers="street", limit=2,
                                  radius=5000)["features"]
        self.assertEqual({f["properties"]["layer"] for f in streets}, {"street"})
        self.assertLessEqual(len(streets), 2)

    def test_a_box_keeps_what_is_outside_away(self):
        label, _ = harness.some_address()
        self.assertEqual(self.server.ask("search", q=label, bbox="-10,-60,-9,-59")["features"], [])

    def test_wrong_parameters_are_400_and_named(self):
        for target, parameter in (
                ("/v1/search", "q"), ("/v1/search?q=", "q"), ("/v1/search?q=x&limit=0", "limit"),
                ("/v1/search?q=x&limit=101", "limit"), ("/v1/search?q=x&limit=ten", "limit"),
                ("/v1/search?q=x&near=91,0", "near"), ("/v1/search?q=x&near=1", "near"),
                ("/v1/search?q=x&bbox=1,2,3", "bbox"), ("/v1/search?q=x&bbox=0,50,1,40", "bbox"),
                ("/v1/search?q=x&layers=planet", "layers"), ("/v1/search?q=x&colour=red", "colour"),
                ("/v1/autocomplete?q=x&country=ZZZ", "country"), ("/v1/reverse?lat=1", "lon"),
                ("/v1/reverse?lat=91&lon=0", "lat"), ("/v1/reverse?lat=1&lon=181", "lon"),
                ("/v1/reverse?lat=1&lon=nan", "lon"), ("/v1/reverse?lat=1&lon=2&radius=-1", "radius"),
                ("/v1/search?q=" + "x" * 600, "q"), ("/v1/search?q=a&q=b", "q")):
            with self.subTest(target):
                self.error(target, parameter)

    def test_unknown_routes_are_404_and_methods_405(self):
        self.error("/v1/nothing", status=404)
        self.error("/v2", status=404)
        status, headers, _ = self.server.get("/v1/search?q=x", method="PUT")
        self.assertEqual(status, 405)
        self.assertIn("GET", headers["Allow"])

    def test_health_metrics_and_openapi(self):
        self.assertEqual(self.server.get("/healthz")[0], 200)
        self.assertEqual(self.server.get("/readyz")[0], 200)
        status, headers, body = self.server.get("/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        self.assertIn(b"# TYPE ", body)
        document = json.loads(self.server.get("/v1/openapi.json")[2])
        for route in ("/v1/search", "/v1/autocomplete", "/v1/reverse", "/v1/places/{id}"):
            self.assertIn(route, document["paths"])

    def test_metrics_do_not_hold_what_was_asked(self):
        self.server.ask("search", q="secretplace")
        self.assertNotIn(b"secretplace", self.server.get("/metrics")[2])
        self.assertNotIn("secretplace", self.server.output)

    def test_head_is_get_without_a_body(self):
        status, headers, body = self.server.get("/v1/search?q=x", method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 0)

    def test_other_origins_may_get(self):
        _, headers, _ = self.server.get("/v1/search?q=x", Origin="https://example.org")
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")

    def test_a_foreign_host_header_is_refused(self):
        status, _, _ = self.server.get("/v1/search?q=x", Host="evil.example")
        self.assertIn(status, (400, 403, 421))

    def test_pipelined_requests_are_answered_in_order(self):
        one = b"GET /v1/search?q=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        received = self.server.raw(b"".join(one % word for word in (b"a", b"", b"b")))
        self.assertEqual([line.split(b" ")[1] for line in received.split(b"\r\n")
                          if b"HTTP/1.1 " in line[:9] or line.rpartition(b"}")[2][:9] ==
                          b"HTTP/1.1 "][:1], [b"200"])
        self.assertEqual(received.count(b"HTTP/1.1 200"), 2)
        self.assertEqual(received.count(b"HTTP/1.1 400"), 1)
        self.assertLess(received.index(b" 400 "), received.rindex(b" 200 "))

    def test_what_proxies_read_differently_is_refused(self):
        get = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for name, data in {
                "HTTP/0.9": b"GET /healthz\r\n\r\n",
                "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
                "two hosts": get + b"Host: 127.0.0.1\r\n\r\n",
                "obs-fold": get + b"X: a\r\n b\r\n\r\n",
                "space before colon": get + b"Content-Length : 0\r\n\r\n",
                "folded length": get + b"X: y\r\n Content-Length: 5\r\n\r\nhello",
                "two lengths": get + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na",
                "length and chunked":
                    get + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "bare LF": b"GET /healthz HTTP/1.1\nHost: 127.0.0.1\n\n",
                "bad version": b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
                "control in name": get + b"X\x01: y\r\n\r\n",
                "negative length": get + b"Content-Length: -1\r\n\r\n"}.items():
            with self.subTest(name):
                received = self.server.raw(data, wait_s=2.0)
                self.assertNotIn(b" 200 ", received.split(b"\r\n")[0])

    def test_a_header_without_end_is_refused(self):
        received = self.server.raw(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200000)
        self.assertTrue(received == b"" or b" 4" in received[:13], received[:50])


class Life(unittest.TestCase):
    def test_ends_with_0_on_sigterm_and_sigint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = harness.Server()
            self.assertEqual(server.stop(number), 0, server.output)

    def test_refuses_to_leave_loopback_unprotected(self):
        done = harness.rhumb("serve", "--atlas", harness.atlas(), "--http", "0.0.0.0:0")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--api-key-file", done.stderr)

    def test_asks_for_the_key_when_there_is_one(self):
        keys = harness.folder / "keys"
        keys.write_text("0123456789abcdef0123456789abcdef\n")
        keys.chmod(0o600)
        with harness.Server("--api-key-file", keys) as server:
            self.assertEqual(server.get("/v1/search?q=x")[0], 401)
            self.assertEqual(server.get("/v1/search?q=x", X_Api_Key="0" * 32)[0], 401)
            self.assertEqual(server.get(
                "/v1/search?q=x", X_Api_Key="0123456789abcdef0123456789abcdef")[0], 200)
            self.assertEqual(server.get("/healthz")[0], 200)

    def test_a_slow_sender_is_dropped_and_others_are_served(self):
        with harness.Server() as server:
            with socket.create_connection((server.host, server.port)) as slow:
                slow.sendall(b"GET /healthz HTTP/1.1\r\n")
                self.assertEqual(server.get("/healthz")[0], 200)
                slow.settimeout(40)
                begun = time.monotonic()
                while slow.recv(4096):
                    pass
                self.assertLess(time.monotonic() - begun, 40)

    def test_a_taken_port_is_an_error_that_names_it(self):
        with harness.Server() as server:
            done = harness.rhumb("serve", "--atlas", harness.atlas(), "--http",
                                 f"127.0.0.1:{server.port}")
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(server.port), done.stderr)
