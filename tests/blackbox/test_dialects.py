"""Other geocoders' interfaces: where they are mounted, and what all of them share with /v1."""
import http.client
import json
import unittest

import harness


class Mounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("--listen-dialect", "nominatim=127.0.0.1:0")
        cls.own_port = int(cls.server.wait_for(r"nominatim=127\.0\.0\.1:(\d+)")[1])

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def at_own_root(self, target, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.own_port,
                                                timeout=harness.SECONDS)
        try:
            connection.request(method, target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def test_a_dialect_answers_under_its_name(self):
        status, headers, body = self.server.get("/nominatim/search?q=street&format=json")
        self.assertEqual(status, 200)
        self.assertIsInstance(json.loads(body), list)
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")

    def test_it_has_the_root_of_its_own_listener(self):
        status, body = self.at_own_root("/search?q=street&format=json")
        self.assertEqual(status, 200)
        self.assertEqual(body, self.server.get("/nominatim/search?q=street&format=json")[2])
        self.assertEqual(self.at_own_root("/v1/search?q=street")[0], 404)

    def test_the_root_of_the_main_listener_stays_ours(self):
        self.assertEqual(self.server.get("/search?q=street")[0], 404)
        self.assertEqual(self.server.get("/v1/search?q=street")[0], 200)

    def test_head_announces_the_body(self):
        status, headers, body = self.server.get("/nominatim/search?q=street", method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 1)

    def test_other_methods_are_refused_and_browsers_may_ask(self):
        status, headers, _ = self.server.get("/nominatim/search?q=x", method="POST")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
        status, headers, _ = self.server.get("/nominatim/search?q=x", method="OPTIONS")
        self.assertEqual(status, 204)
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")

    def test_a_host_that_is_not_ours_is_refused(self):
        self.assertEqual(self.server.get("/nominatim/search?q=x", Host="evil.example")[0], 421)

    def test_radar_is_reserved(self):
        status, _, body = self.server.get("/radar/v1/search/autocomplete?query=x")
        self.assertEqual(status, 404)
        self.assertIn("reserved", json.loads(body)["error"]["message"])

    def test_endpoints_are_counted(self):
        self.server.get("/nominatim/search.php?q=x")
        self.server.get("/nominatim/nowhere")
        text = self.server.get("/metrics")[2].decode()
        self.assertRegex(text, r'requests_total\{route="nominatim/search",status="2xx"\} [1-9]')
        self.assertRegex(text, r'requests_total\{route="nominatim/other",status="4xx"\} [1-9]')

    def test_keys_are_asked_for(self):
        keys = harness.folder / "dialect-keys"
        keys.write_text("0123456789abcdef0123\n")
        keys.chmod(0o600)
        with harness.Server("--api-key-file", keys) as server:
            self.assertEqual(server.get("/nominatim/search?q=x")[0], 401)
            self.assertEqual(server.get("/nominatim/search?q=x&key=0123456789abcdef0123")[0], 200)

    def test_several_may_have_listeners(self):
        words = ["nominatim=127.0.0.1:0,photon=127.0.0.1:0", "pelias=127.0.0.1:0"]
        with harness.Server(*[word for text in words for word in ("--listen-dialect", text)]) as server:
            for name in ("nominatim", "photon", "pelias"):
                server.wait_for(name + r"=127\.0\.0\.1:\d+")
        config = harness.folder / "dialects.yaml"
        config.write_text("listen-dialect: nominatim=127.0.0.1:0,photon=127.0.0.1:0\n")
        with harness.Server("--config", config) as server:
            server.wait_for(r"photon=127\.0\.0\.1:\d+")

    def test_an_unknown_dialect_is_an_error(self):
        for text in ("nominatin=127.0.0.1:0", "nominatim", "nominatim=here"):
            done = harness.rhumb("serve", "--atlas", harness.atlas(), "--http", "127.0.0.1:0",
                                 "--listen-dialect", text)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("--listen-dialect", done.stderr)


if __name__ == "__main__":
    unittest.main()
