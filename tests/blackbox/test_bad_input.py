"""Whatever is asked of the geocoding routes, the answer is an answer or a clear refusal, soon."""
import json
import pathlib
import re
import time
import unittest
import urllib.parse

import harness

SOON_S = 5  # more than any refusal takes, also under a sanitizer
LATITUDES = ("91", "-90.0000001", "x", "", "NaN", "inf", "1e400", "1e2", "0x10", "1,2", "%00")
COUNTS = ("0", "101", "-1", "1.5", "x", "", "NaN", "99999999999999999999", "1e1", " 1")
SWITCHES = ("2", "yes", "", "TRUE", "-0")
POINTS = ("1", "1,2,3", "91,0", "0,181", "NaN,0", "a,b", ",", "")
BOXES = ("1,2,3", "1,2,3,4,5", "0,10,1,5", "181,0,182,1", "a,b,c,d", "NaN,0,1,1", "", ",,,")
LAYERS = ("nothing", "street,", "Street", "", "street;poi")
COUNTRIES = ("1", "L", "LI,", "LI,1", "", "%20", ",".join(["LI"] * 17))
LANGUAGES = ("%", "d", "123", "de,", "x" * 100, "de;q=1")
IDS = ("", "x", "osm:", "osm:x1", "W", "way/", "W-1", "osm:w99999999999999999999", "live:", "osm:w1.5")
TEXTS = ("", " ", "%20%09", "x" * 513, "a+" * 200 + "b", "%ff", "a%c3", "%ed%a0%80", "%c0%80")
RADII = ("-1", "50001", "x", "", "NaN", "1e9")
SHAPES = ("x", "{}", "[]", "1", "{\"type\":\"Polygon\"}", "{\"type\":\"Sphere\"}",
          "{\"type\":\"Polygon\",\"coordinates\":[]}",
          "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1]]]}",
          "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[0,91],[1,1],[0,0]]]}",
          "{\"type\":\"Point\",\"coordinates\":[NaN,0]}")
SEARCHES = {"near": POINTS, "layers": LAYERS, "bbox": BOXES, "lang": LANGUAGES, "limit": COUNTS,
            "explain": SWITCHES}
PARTS = ("name", "number", "street", "unit", "neighbourhood", "borough", "locality", "county",
         "region", "postcode")

# Route, what makes it right, and what is wrong of each parameter.
ROUTES = [
    ("/v1/search", {"q": "a"}, {**SEARCHES, "q": TEXTS, "within": SHAPES,
                                "country": ("1", "L", "LI,1", "", "%ff%ff%ff")}),
    ("/v1/search", {"locality": "a"}, {part: TEXTS for part in PARTS if part != "unit"}),
    ("/v1/search", {"locality": "a"}, {"unit": [text for text in TEXTS if "+" not in text]}),
    ("/v1/autocomplete", {"q": "a"}, {**SEARCHES, "q": TEXTS, "country": COUNTRIES}),
    ("/v1/reverse", {"lat": "1", "lon": "1"},
     {"lat": LATITUDES, "lon": LATITUDES[2:-2] + ("180.1",), "layers": LAYERS, "radius": RADII,
      "limit": COUNTS, "lang": LANGUAGES, "within": SHAPES}),
    ("/v1/validate", {"q": "a"}, {"q": TEXTS, "lang": LANGUAGES, "street": TEXTS,
                                  "country": ("1", "L", "LI,CH", "")}),
    ("/v1/places", {"ids": "osm:w1"}, {"ids": IDS + (",".join(["W1"] * 51), "W1,,W2"),
                                       "lang": LANGUAGES}),
    ("/v1/places/osm:w1", {}, {"lang": LANGUAGES}),
]


def deep(depth, inner="1"):
    return "[" * depth + inner + "]" * depth


def collections(depth):
    return ('{"type":"GeometryCollection","geometries":[' * depth +
            '{"type":"Point","coordinates":[0,0]}' + "]}" * depth)


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        for _ in range(20):
            cls.server.ask("search", q="a")
        cls.before_kb = cls.resident_kb()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def tearDown(self):
        self.assertEqual(self.server.send("GET", "/healthz")[0], 200)
        self.assertLess(self.resident_kb() - self.before_kb, 96 << 10)

    @classmethod
    def resident_kb(cls):
        status = pathlib.Path(f"/proc/{cls.server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def refused(self, method, target, body=None):
        begun = time.monotonic()
        status, answer = self.server.send(method, target, body)
        shown = (method, target[:200], str(body)[:100], status, str(answer)[:300])
        self.assertLess(time.monotonic() - begun, SOON_S, shown)
        self.assertTrue(400 <= status < 500, shown)
        self.assertIsInstance(answer, dict, shown)
        self.assertTrue(answer["error"]["message"], shown)
        return status, answer["error"]

    def test_every_parameter_out_of_range_is_named(self):
        for route, right, wrong in ROUTES:
            for name, values in wrong.items():
                for value in values:
                    rest = {key: one for key, one in right.items() if key != name}
                    query = urllib.parse.urlencode(rest)
                    escaped = value if "%" in value and value != "%" else urllib.parse.quote(
                        value, safe="+")
                    with self.subTest(route=route, name=name, value=value[:40]):
                        status, error = self.refused("GET", f"{route}?{query}&{name}={escaped}")
                        self.assertEqual(status, 400)
                        self.assertEqual(error["parameter"], name)

    def test_bodies_say_the_same(self):
        for route, right, wrong in ROUTES[:3] + ROUTES[4:6]:
            for name, values in wrong.items():
                for value in values:
                    if "%" in value:
                        continue
                    with self.subTest(route=route, name=name, value=value[:40]):
                        body = {**right, name: value.replace("+", " ")}
                        if name == "country" and not value:
                            continue
                        status, error = self.refused("POST", route, body)
                        self.assertEqual((status, error.get("parameter")), (400, name))

    def test_unknown_and_repeated_parameters_are_named(self):
        for route, right, _ in ROUTES:
            query = urllib.parse.urlencode(right)
            status, error = self.refused("GET", f"{route}?{query}&surprise=1")
            self.assertEqual((status, error["parameter"]), (400, "surprise"))
            status, error = self.refused("GET", f"{route}?{query}&lang=de&lang=de")
            self.assertEqual((status, error["code"], error["parameter"]),
                             (400, "repeated_parameter", "lang"))
            many = "&".join(f"p{i}=1" for i in range(200))
            self.assertEqual(self.refused("GET", f"{route}?{many}")[0], 400)

    def test_what_is_missing_is_named(self):
        for route, name in (("/v1/search", "q"), ("/v1/autocomplete", "q"), ("/v1/reverse", "lat"),
                            ("/v1/reverse?lat=1", "lon"), ("/v1/validate", "q")):
            status, error = self.refused("GET", route)
            self.assertEqual((status, error["code"], error["parameter"]),
                             (400, "missing_parameter", name))

    def test_escapes_that_are_none(self):
        for route, _, _ in ROUTES:
            for escape in ("%", "%4", "%zz", "a%"):
                self.assertEqual(self.refused("GET", f"{route}?q={escape}")[0], 400)

    def test_ids_that_are_none(self):
        for number in ("osm:w99999999999999999999999", "x", "osm:", "W" + "9" * 500, "%00", "%ff"):
            status, error = self.refused("GET", "/v1/places/" + number)
            self.assertEqual((status, error["parameter"]), (400, "id"))
        status, error = self.refused("GET", "/v1/places/osm:w288230376151711743")
        self.assertIn(status, (400, 404))

    def test_urls_of_ten_megabytes(self):
        for route, _, _ in ROUTES:
            begun = time.monotonic()
            answer = self.server.raw(f"GET {route}?q=".encode() + b"a" * (10 << 20) +
                                     b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertLess(time.monotonic() - begun, SOON_S)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 414"), answer[:100])

    def test_bodies_of_ten_megabytes(self):
        text = json.dumps({"q": "a" * (10 << 20)})
        head = f" HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n\r\n"
        for route in ("/v1/search", "/v1/reverse", "/v1/validate", "/v1/places"):
            answer = self.server.raw(f"POST {route}{head}".encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 413"), answer[:100])

    def test_bodies_just_below_the_limit(self):
        size = (8 << 20) - 100
        for text in ('{"q":"' + "a" * size + '"}', '{"q":[' + "1," * (size // 2 - 1) + "1]}",
                     "[" * size, '{"q":"a","within":' + "9" * size + "}",
                     '{"' + "k" * size + '":1}', " " * size, '{"q":"' + "\\u0061" * (size // 6) + '"}'):
            self.refused("POST", "/v1/search", text)

    def test_ten_thousand_words(self):
        words = "word " * 10000
        for route in ("/v1/search", "/v1/validate"):
            for name in ("q", "street"):
                status, error = self.refused("POST", route, {name: words})
                self.assertEqual((status, error["parameter"]), (400, name))
        status, error = self.refused("GET", "/v1/search?street=" + "a+" * 100)
        self.assertEqual((status, error["parameter"]), (400, "street"))

    def test_nested_json(self):
        for depth in (2, 1000, 1025, 100000, 1000000):
            self.refused("POST", "/v1/search", deep(depth))
            self.refused("POST", "/v1/search", '{"q":' + deep(depth) + "}")
        for depth in (5, 500, 5000, 50000):
            status, error = self.refused("POST", "/v1/search",
                                         '{"q":"a","within":' + collections(depth) + "}")
            self.assertEqual(status, 400)

    def test_json_that_is_none(self):
        for text in ("{", "{]", '{"q"}', '{"q":}', '{"q":"a",}', "{'q':'a'}", '{"q":NaN}',
                     '{"q":"\\ud800"}', '{"q":"a"}x', "null", "1", '"', b'{"q":"\xff"}',
                     b'{"q":"a\x00"}', b"\xef\xbb\xbf{}", '{"q":01}', '{"q":1e}', '{"q":Infinity}'):
            for route in ("/v1/search", "/v1/reverse", "/v1/validate"):
                self.assertEqual(self.refused("POST", route, text)[0], 400)

    def test_members_given_twice(self):
        status, error = self.refused("POST", "/v1/search", '{"q":"a","q":"b"}')
        self.assertEqual((status, error["parameter"]), (400, "q"))

    def test_lines_of_a_batch(self):
        lines = ["{", '{"q":NaN}', deep(2000), '{"q":"' + "x" * 600 + '"}', '{"op":"erase"}',
                 '{"op":"reverse","lat":91,"lon":0}', '{"op":"place","id":"x"}', b'{"q":"\xff"}',
                 '{"q":"a","limit":0}', '{"q":' + "9" * 300000 + "}", '{"op":1}', "null"]
        body = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
        status, text = self.server.send("POST", "/v1/batch", body)
        self.assertEqual(status, 200)
        answers = [json.loads(line) for line in text.decode().splitlines()]
        self.assertEqual([answer["error"]["line"] for answer in answers],
                         list(range(1, len(lines) + 1)))

    def test_texts_of_odd_bytes_are_answered(self):
        for text in ("%00", "a%00b", "%f0%9f%98%80", "%e2%80%8b", "%ef%bf%bd", "'%22;--", "%0d%0a",
                     "%cc%81" * 80, "%e0%b8%b1" * 50, "1/" * 100, "-" * 500, "&%26&", "(" * 300):
            begun = time.monotonic()
            for route in ("search", "autocomplete", "validate"):
                status, _ = self.server.send("GET", f"/v1/{route}?q={text}")
                self.assertIn(status, (200, 400), (route, text))
            self.assertLess(time.monotonic() - begun, SOON_S)
