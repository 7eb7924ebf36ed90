"""POST /v1/batch and `rhumb batch`: lines in, lines out, in order, whatever the length."""
import http.client
import json
import pathlib
import re
import socket
import threading
import unittest

import harness


def questions(count):
    text = (harness.town() / "queries.ndjson").read_text().splitlines()
    texts = [json.loads(line)["text"] for line in text]
    return [json.dumps({"q": texts[i % len(texts)]}) for i in range(count)]


class Batch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("--body-limit", "65536")
        label, cls.feature = harness.some_address()
        cls.label = label

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def post(self, text, query=""):
        connection = http.client.HTTPConnection(self.server.host, self.server.port,
                                                timeout=harness.SECONDS)
        connection.request("POST", "/v1/batch" + query, body=text.encode())
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, [json.loads(line) for line in body.splitlines()]

    def resident_kb(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def test_every_operation(self):
        lon, lat = self.feature["geometry"]["coordinates"]
        lines = [
            {"q": self.label}, self.label, {"op": "reverse", "lat": lat, "lon": lon},
            {"op": "place", "id": self.feature["id"]}, {"op": "autocomplete", "q": self.label},
            {"op": "validate", "q": self.label}]
        status, answers = self.post("".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual(status, 200)
        self.assertEqual(len(answers), len(lines))
        for answer in answers[:4]:
            self.assertEqual([feature["id"] for feature in answer["features"]],
                             [self.feature["id"]])
        self.assertIn(answers[5]["status"], ("verified", "partial"))

    def test_a_wrong_line_is_an_error_with_its_number(self):
        text = '"a"\n\n{bad\n{"op":"x","q":"a"}\n{"q":"a","limit":0}\n{"foo":1}\n[]\n"a"'
        status, answers = self.post(text)
        self.assertEqual(status, 200)
        self.assertEqual([answer.get("error", {}).get("line") for answer in answers],
                         [None, 3, 4, 5, 6, 7, None])
        self.assertEqual(answers[2]["error"]["parameter"], "op")
        self.assertEqual(answers[3]["error"]["parameter"], "limit")
        _, answers = self.post("{bad\n", "?lines_before=41")
        self.assertEqual(answers[0]["error"]["line"], 42)

    def test_defaults_come_from_the_query(self):
        lon, lat = self.feature["geometry"]["coordinates"]
        line = json.dumps({"lat": lat, "lon": lon})
        _, answers = self.post(line, "?op=reverse&limit=3")
        self.assertEqual(len(answers[0]["features"]), 3)
        _, answers = self.post(json.dumps({"lat": lat, "lon": lon, "limit": 2}),
                               "?op=reverse&limit=3")
        self.assertEqual(len(answers[0]["features"]), 2)

    def test_wrong_parameters_are_refused_at_once(self):
        for query in ("?op=erase", "?limit=0", "?limit=101", "?layers=foo", "?near=1", "?foo=1"):
            status, answers = self.post('"a"\n', query)
            self.assertEqual(status, 400, query)
            self.assertEqual(answers[0]["error"]["parameter"], query[1:].split("=")[0])

    def test_a_line_that_is_too_long_is_an_error_and_the_next_is_answered(self):
        text = json.dumps({"q": "x" * 600000}) + "\n" + json.dumps({"q": self.label}) + "\n"
        status, answers = self.post(text)
        self.assertEqual(status, 200)
        self.assertEqual(answers[0]["error"]["code"], "line_too_long")
        self.assertEqual(answers[1]["features"][0]["id"], self.feature["id"])
        self.assertEqual(len(answers), 2)

    def test_nothing_in_is_nothing_out(self):
        self.assertEqual(self.post("\n"), (200, []))

    def stream(self, lines, chunk):
        """Posts with chunks while reading; the lines of the answer."""
        with socket.create_connection((self.server.host, self.server.port),
                                      timeout=harness.SECONDS) as connection:
            connection.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n"
                               b"Transfer-Encoding: chunked\r\n\r\n")
            data = ("\n".join(lines) + "\n").encode()

            def send():
                for at in range(0, len(data), chunk):
                    piece = data[at:at + chunk]
                    connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                connection.sendall(b"0\r\n\r\n")
            sender = threading.Thread(target=send)
            sender.start()
            answer = http.client.HTTPResponse(connection, method="POST")
            answer.begin()
            body = answer.read()
            sender.join()
        return body.decode().splitlines()

    def test_a_body_longer_than_the_limit_streams_in_order(self):
        lines = questions(20000)
        self.assertGreater(sum(map(len, lines)), 10 * 65536)
        before = self.resident_kb()
        answers = self.stream(lines, 50000)
        self.assertEqual(len(answers), len(lines))
        self.assertLess(self.resident_kb() - before, 32 << 10)
        again = self.stream(lines[:300], 7)
        self.assertEqual(again, answers[:300])
        done = harness.rhumb("batch", "-q", "--atlas", harness.atlas(),
                             stdin="\n".join(lines) + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), answers)

    def test_who_takes_nothing_is_not_read_from(self):
        before = self.resident_kb()
        line = (questions(1)[0] + "\n").encode() * 1000
        with socket.create_connection((self.server.host, self.server.port), timeout=3) as one:
            one.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n"
                        b"Content-Length: 1000000000\r\n\r\n")
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 200 << 20:
                    sent += one.send(line)
            self.assertLess(self.resident_kb() - before, 64 << 10)
            # Others go on meanwhile.
            self.assertEqual(self.server.send("GET", "/healthz")[0], 200)
        self.assertEqual(self.server.send("GET", "/healthz")[0], 200)

    def test_a_server_is_asked_by_the_shell(self):
        lines = "\n".join(questions(3000)) + "\n{bad\n"
        here = harness.rhumb("batch", "-q", "--atlas", harness.atlas(), stdin=lines)
        there = harness.rhumb("batch", "-q", "--server", self.server.url, "--threads", "3",
                              stdin=lines)
        self.assertEqual((here.returncode, there.returncode), (1, 1), there.stderr)
        self.assertEqual(there.stdout, here.stdout)
        self.assertIn('"line":3001', there.stdout.splitlines()[-1])

    def test_a_broken_body_ends_the_connection_and_nothing_else(self):
        answer = self.server.raw(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n"
                                 b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        self.assertNotIn(b"\r\n0\r\n\r\n", answer)
        self.assertEqual(self.server.send("GET", "/healthz")[0], 200)

    def test_other_bodies_keep_their_limit(self):
        status, _ = self.server.send("POST", "/v1/search", {"q": "x" * 70000})
        self.assertEqual(status, 413)


class Ending(unittest.TestCase):
    def test_a_server_that_ends_finishes_its_batches(self):
        server = harness.Server("--threads", "1")
        with socket.create_connection((server.host, server.port),
                                      timeout=harness.SECONDS) as connection:
            connection.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Length: 8\r\n\r\n\"a\"\n")
            begun = connection.recv(65536)
            server.process.terminate()
            server.wait_for("draining")
            connection.sendall(b'"b"\n')
            while piece := connection.recv(65536):
                begun += piece
        self.assertTrue(begun.endswith(b"\r\n0\r\n\r\n"), begun[-100:])
        self.assertEqual(begun.count(b"FeatureCollection"), 2)
        self.assertEqual(server.process.wait(harness.SECONDS), 0)
        server.stop()
