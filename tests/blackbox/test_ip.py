"""/v1/ip over a database made here, and how broken ones are refused."""
import json
import struct
import unittest

import harness


class Short(int):
    """Sixteen bits."""


class Long(int):
    """Sixty-four bits."""


def encode(value):
    """A value in MMDB's data format: maps, lists, text, doubles and numbers."""
    def control(kind, size):
        assert size < 285
        first = min(size, 29)
        more = b"" if size < 29 else bytes([size - 29])
        return (bytes([kind << 5 | first]) if kind < 8 else bytes([first, kind - 7])) + more

    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(v) for v in value)
    if isinstance(value, float):
        return control(3, 8) + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        return control(2, len(text)) + text
    digits = value.to_bytes(8, "big").lstrip(b"\0")
    kind = {Short: 5, Long: 9}.get(type(value), 6)
    return control(kind, len(digits)) + digits


def database(record):
    """128.0.0.0/1 is the record's; the other half of IPv4 is nobody's. One node of 24 bits."""
    node_count = 1
    tree = (node_count).to_bytes(3, "big") + (node_count + 16).to_bytes(3, "big")
    meta = {"binary_format_major_version": Short(2), "binary_format_minor_version": Short(0),
            "build_epoch": Long(1700000000), "database_type": "Test-City",
            "description": {"en": "a test"}, "ip_version": Short(4), "languages": ["en", "de"],
            "node_count": node_count, "record_size": Short(24)}
    return tree + bytes(16) + encode(record) + b"\xab\xcd\xefMaxMind.com" + encode(meta)


RECORD = {
    "country": {"iso_code": "LI", "names": {"en": "Liechtenstein", "fr": "Liechtenstein"}},
    "city": {"names": {"en": "Vaduz", "ja": "ファドゥーツ"}},
    "subdivisions": [{"iso_code": "11", "names": {"en": "Vaduz"}}],
    "postal": {"code": "9490"},
    "location": {"latitude": 47.14, "longitude": 9.52, "time_zone": "Europe/Vaduz"},
    "autonomous_system_number": 20634, "autonomous_system_organization": "Telecom",
}


class Addresses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = harness.folder / "test.mmdb"
        cls.path.write_bytes(database(RECORD))
        cls.server = harness.Server("--mmdb", str(cls.path), "--trust-proxy", "127.0.0.1")

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def ask(self, query, **fields):
        status, _, body = self.server.get("/v1/ip" + query, **fields)
        answer = json.loads(body)
        return (status, answer["features"][0]) if status == 200 else (status, answer["error"])

    def test_an_address_has_its_place(self):
        status, feature = self.ask("?ip=192.1.2.3&lang=ja")
        self.assertEqual(status, 200)
        self.assertEqual(feature["geometry"]["coordinates"], [9.52, 47.14])
        told = feature["properties"]
        self.assertEqual(told["components"]["locality"], "ファドゥーツ")
        self.assertEqual(told["components"]["region_code"], "LI-11")
        self.assertEqual(told["components"]["postcode"], "9490")
        self.assertEqual(told["timezone"]["name"], "Europe/Vaduz")
        self.assertEqual(told["asn"], {"number": 20634, "organisation": "Telecom"})
        self.assertEqual(told["network"], "128.0.0.0/1")

    def test_an_address_nobody_knows_has_none(self):
        status, feature = self.ask("?ip=8.8.8.8")
        self.assertEqual((status, feature["geometry"]), (200, None))
        self.assertIsNone(feature["properties"]["components"]["country"])
        self.assertEqual(self.ask("?ip=2001:db8::1")[1]["properties"]["kind"], "documentation")

    def test_the_caller_is_asked_for_unless_said(self):
        self.assertEqual(self.ask("")[1]["properties"]["kind"], "loopback")
        feature = self.ask("", **{"X-Forwarded-For": "1.1.1.1, 200.1.1.1"})[1]
        self.assertEqual(feature["properties"]["ip"], "200.1.1.1")
        feature = self.ask("", **{"X-Forwarded-For": "200.1.1.1, 127.0.0.1"})[1]
        self.assertEqual(feature["properties"]["ip"], "200.1.1.1")
        self.assertEqual(self.ask("", **{"X-Forwarded-For": "unknown"})[1]["properties"]["ip"],
                         "127.0.0.1")

    def test_near_may_be_where_the_caller_is(self):
        street = "/v1/autocomplete?q=street&limit=1&near="
        here = {"X-Forwarded-For": "200.1.1.1"}
        there = json.loads(self.server.get(street + "47.14,9.52")[2])
        self.assertEqual(json.loads(self.server.get(street + "ip", **here)[2]), there)
        self.assertEqual(self.server.get(street + "ip")[0], 200)  # nobody knows where loopback is
        with harness.Server() as bare:
            status, _, body = bare.get(street + "ip")
            self.assertEqual((status, json.loads(body)["error"]["parameter"]), (501, "near"))

    def test_what_is_no_address_is_400(self):
        for text in ("1.2.3", "x", "1.2.3.4/8", "::ffff:1.2.3", "%00", "1" * 300):
            status, error = self.ask("?ip=" + text)
            self.assertEqual((status, error["parameter"]), (400, "ip"), text)
        self.assertEqual(self.ask("?ip=1.2.3.4&lang=!")[1]["parameter"], "lang")

    def test_a_damaged_database_is_refused_by_name(self):
        whole = self.path.read_bytes()
        path = self.path.with_name("broken.mmdb")
        for broken in (b"", whole[:20], whole[:-30], b"\xff" * 6 + whole[6:], b"no database"):
            path.write_bytes(broken)
            done = harness.rhumb("serve", "--mmdb", str(path), "--http", "127.0.0.1:0")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("broken.mmdb", done.stderr)


if __name__ == "__main__":
    unittest.main()
