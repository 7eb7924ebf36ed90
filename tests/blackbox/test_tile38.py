"""Tile38's dialect: the protocol, what restarts keep, live fences, and the conformance set."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import harness

# Replies of Tile38 to its own tests, with their runner; not part of this repository.
CASES = pathlib.Path(os.environ.get("TILE38_CASES") or
                     pathlib.Path(__file__).resolve().parents[3] / "shared/conformance/tile38")
# docs/migrate/tile38.md says why.
DIFFERENT = {("metrics_test.go", "basic")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A connection that speaks RESP."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.bytes = b""

    def close(self):
        self.socket.close()

    def send(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) +
                            b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))

    def fill(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        self.bytes += piece

    def take(self, size):
        while len(self.bytes) < size:
            self.fill()
        taken, self.bytes = self.bytes[:size], self.bytes[size:]
        return taken

    def line(self):
        while b"\r\n" not in self.bytes:
            self.fill()
        return self.take(self.bytes.index(b"\r\n") + 2)[:-2]

    def reply(self):
        line = self.line()
        kind, rest = line[:1], line[1:].decode()
        if kind in b"+-":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"_":
            return None
        if kind == b"$":
            return None if rest == "-1" else self.take(int(rest) + 2)[:-2].decode()
        count = int(rest) * (2 if kind == b"%" else 1)
        return [self.reply() for _ in range(count)]

    def __call__(self, *words):
        self.send(*words)
        return self.reply()


class Tile38(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.data = harness.folder / f"tile38-{time.monotonic_ns()}"
        self.server = self.start()

    def start(self, *words):
        return harness.Server("--data", self.data, "--resp", f"127.0.0.1:{self.port}",
                              "--threads", "2", *words, path=False)

    def tearDown(self):
        self.server.stop()

    def peer(self):
        made = Peer(self.port)
        self.addCleanup(made.close)
        return made

    def test_answers_pipelined_writes_and_reads_in_order(self):
        ask = self.peer()
        for i in range(500):
            ask.send("SET", "fleet", f"truck{i}", "FIELD", "speed", i, "POINT", i / 10, -i / 10)
            ask.send("GET", "fleet", f"truck{i}", "POINT")
        for i in range(500):
            self.assertEqual(ask.reply(), "OK")
            self.assertEqual([float(x) for x in ask.reply()], [i / 10, -i / 10])
        self.assertEqual(ask("SCAN", "fleet", "WHERE", "speed > 490", "COUNT"), 9)
        self.assertEqual(ask("NEARBY", "fleet", "LIMIT", 2, "IDS", "POINT", 10, -10),
                         [2, ["truck100", "truck101"]])

    def test_speaks_every_form_on_one_port(self):
        with socket.create_connection(("127.0.0.1", self.port), harness.SECONDS) as line:
            line.sendall(b"\r\nSET fleet \"a b\" POINT 33 -115\r\n$22 GET fleet nobody POINT\r\n")
            text = line.recv(4096)
            while not text.endswith(b"}\r\n"):
                text += line.recv(4096)
        self.assertTrue(text.startswith(b"+OK\r\n$"), text)
        self.assertFalse(json.loads(text[text.index(b"{"):])["ok"])
        found = subprocess.run(["curl", "-s", f"http://127.0.0.1:{self.port}/scan+fleet+ids"],
                               capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(found)["ids"], ["a b"])
        for field in ("Origin: http://example.com", "Sec-Fetch-Site: cross-site"):
            foreign = subprocess.run(["curl", "-s", "-H", field,
                                      f"http://127.0.0.1:{self.port}/flushdb"],
                                     capture_output=True, text=True, check=True).stdout
            self.assertFalse(json.loads(foreign)["ok"], field)

    def test_hooks_may_go_to_a_channel_of_this_server(self):
        ask = self.peer()
        with socket.create_connection(("127.0.0.1", self.port), 10) as line:
            line.sendall(b"SUBSCRIBE yard\r\n")
            text = line.recv(4096)
            ask("SETHOOK", "h", "local://yard", "NEARBY", "vans", "FENCE", "DETECT", "enter",
                "POINT", 33, -115, 1000)
            ask("SET", "vans", "v1", "POINT", 33, -115)
            while b'"detect":"enter"' not in text:
                text += line.recv(4096)
        self.assertIn(b'"hook":"h"', text)

    def test_speaks_resp3_to_who_asks(self):
        ask = self.peer()
        hello = ask("HELLO", 3)
        self.assertEqual(hello[hello.index("proto") + 1], 3)
        self.assertIsNone(ask("GET", "nobody", "nowhere"))

    def test_keeps_connections_after_bad_input_and_closes_broken_ones(self):
        ask = self.peer()
        for words in [("SET", "k", "i", "POINT", "nan", 1), ("SET", "k", "i", "POINT", 1e300, 1),
                      ("SET", "k", "i", "OBJECT", '{"type":"Point"}'), ("NOSUCH",), ("SET",)]:
            self.assertTrue(ask(*words).startswith("ERR "), words)
        self.assertEqual(ask("PING"), "PONG")
        ask.socket.sendall(b"*1\r\n$-7\r\n")
        self.assertEqual(ask.reply(), "ERR Protocol error: invalid bulk length")
        with self.assertRaises(EOFError):
            ask.take(1)

    def test_a_restart_keeps_objects_expiry_and_channels(self):
        ask = self.peer()
        self.assertEqual(ask("SET", "fleet", "truck", "EX", 1000, "FIELD", "name", "x", "POINT", 33,
                             -115, 7), "OK")
        self.assertEqual(ask("SETCHAN", "zone", "NEARBY", "fleet", "FENCE", "POINT", 33, -115, 500), 1)
        self.server.stop(9)
        self.server = self.start()
        ask = self.peer()
        self.assertEqual(ask("GET", "fleet", "truck", "WITHFIELDS", "POINT"),
                         [["33", "-115", "7"], ["name", "x"]])
        self.assertIn(ask("TTL", "fleet", "truck"), range(900, 1000))
        self.assertEqual(ask("CHANS", "*")[0][:2], ["zone", "fleet"])
        listener = self.peer()
        self.assertEqual(listener("SUBSCRIBE", "zone"), ["subscribe", "zone", 1])
        ask("SET", "fleet", "bus", "POINT", 33, -115)
        kinds = [json.loads(listener.reply()[2])["detect"] for _ in range(2)]
        self.assertEqual(kinds, ["enter", "inside"])

    def test_asks_for_a_password_when_there_is_one(self):
        self.assertEqual(self.peer()("CONFIG", "SET", "requirepass", "secret"), "OK")
        ask = self.peer()
        self.assertEqual(ask("KEYS", "*"), "ERR authentication required")
        self.assertEqual(ask("AUTH", "wrong"), "ERR invalid password")
        self.assertEqual(ask("AUTH", "secret"), "OK")
        self.assertEqual(ask("KEYS", "*"), [])

    def test_refuses_endpoints_it_does_not_serve_and_commands_of_log_files(self):
        ask = self.peer()
        for url in ["sqs://a:b@us/q", "pubsub://p/t", "grpc://h:1", "amqp://h/q", "disque://h/q"]:
            answer = ask("SETHOOK", "hook", url, "NEARBY", "fleet", "FENCE", "POINT", 1, 1, 1)
            self.assertTrue(answer.startswith("ERR "), answer)
        self.assertIn("docs/migrate/tile38.md", ask("AOFSHRINK"))
        self.assertIn("docs/migrate/tile38.md", ask("FOLLOW", "localhost", 9852))


class Conformance(unittest.TestCase):
    @unittest.skipUnless((CASES / "cases.jsonl").is_file(), "the conformance set is not here")
    def test_answers_as_tile38_does(self):
        place = pathlib.Path(tempfile.mkdtemp(dir=harness.folder))
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        with open(place / "cases.jsonl", "w", encoding="utf8") as out:
            for line in open(CASES / "cases.jsonl", encoding="utf8"):
                test = json.loads(line)
                test.setdefault("func", test["name"])  # the runner's word for it
                if (test["file"], test["name"]) not in DIFFERENT:
                    out.write(json.dumps(test) + "\n")
        spawn = (f"{harness.rhumb_path} serve --data {{dir}}/data --hook-allow 127.0.0.0/8 "
                 "--resp 127.0.0.1:{port} --metrics 127.0.0.1:{mport} --http 127.0.0.1:0 --threads 2")
        done = subprocess.run([sys.executable, CASES / "run_cases.py", place / "cases.jsonl",
                               "--spawn", spawn], capture_output=True, text=True, timeout=1200,
                              check=False)
        total = re.search(r"TOTAL tests (\d+) steps passed (\d+) failing tests (\d+)", done.stdout)
        self.assertIsNotNone(total, done.stdout[-2000:] + done.stderr[-2000:])
        self.assertGreaterEqual(int(total[1]), 50)
        self.assertEqual(int(total[3]), 0, done.stdout[-6000:])


if __name__ == "__main__":
    unittest.main()
