"""The Redis dialect: the same commands to a real redis-server and to ours, the same replies.

Skipped when there is no redis-server.
"""
import os
import random
import shutil
import socket
import subprocess
import time
import unittest

import harness

PEER = shutil.which("redis-server")
SEED = int(os.environ.get("TEST_SEED", "1"))
ROUNDS = int(os.environ.get("REDIS_ROUNDS", "3000"))


class Error(str):
    """A reply that is an error."""


class Client:
    """One connection; replies as Python values."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=harness.SECONDS)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *commands):
        self.socket.sendall(b"".join(encoded(command) for command in commands))

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return Error(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b",":
            return ("double", rest)
        if kind == b"_":
            return None
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind in (b"*", b"~", b">"):
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        if kind == b"%":
            return {self.read(): self.read() for _ in range(int(rest))}
        raise ValueError(line)

    def ask(self, *command):
        self.send(command)
        return self.read()


def encoded(command):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def start_peer():
    for _ in range(20):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen([PEER, "--port", str(port), "--save", "", "--appendonly", "no",
                                    "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=harness.folder)
        for _ in range(100):
            try:
                Client(port).close()
                return process, port
            except ConnectionRefusedError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
        process.kill()
        process.wait()
    raise unittest.SkipTest("redis-server does not start")


class Pair(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if PEER is None:
            raise unittest.SkipTest("redis-server is not installed")
        cls.peer, cls.peer_port = start_peer()
        cls.server = harness.Server("--data", ":memory:", "--redis", "127.0.0.1:0", "--threads",
                                    "2", path=False)
        cls.port = int(cls.server.wait_for(r"redis://127\.0\.0\.1:(\d+)")[1])

    @classmethod
    def tearDownClass(cls):
        cls.peer.terminate()
        cls.peer.wait(harness.SECONDS)
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def setUp(self):
        self.theirs, self.ours = Client(self.peer_port), Client(self.port)
        self.same("FLUSHALL")

    def tearDown(self):
        self.theirs.close()
        self.ours.close()

    def same(self, *command):
        theirs, ours = self.theirs.ask(*command), self.ours.ask(*command)
        self.assertEqual(theirs, ours, command)
        self.assertEqual(type(theirs), type(ours), command)
        return ours


# Everywhere, in a town, around the antimeridian, near the end of the map.
def places(dice, kind):
    if kind == 0:
        return dice.uniform(-180, 180), dice.uniform(-85, 85)
    if kind == 1:
        return dice.uniform(9.4, 9.6), dice.uniform(47.0, 47.2)
    if kind == 2:
        return (dice.uniform(179, 180) if dice.random() < 0.5 else dice.uniform(-180, -179),
                dice.uniform(-1, 1))
    return dice.uniform(-20, 20), dice.uniform(80, 85.05)


class Geo(Pair):
    def fill(self, dice, kind, count=200):
        command = ["GEOADD", "places"]
        for i in range(count):
            lng, lat = places(dice, kind)
            command += [repr(lng), repr(lat), f"m{i}"]
        self.same(*command)

    def search(self, dice, kind, store=False):
        lng, lat = places(dice, kind)
        words = []
        if dice.random() < 0.5:
            words += ["FROMLONLAT", repr(lng), repr(lat)]
        else:
            words += ["FROMMEMBER", f"m{dice.randrange(200)}"]
        unit, metres = dice.choice([("m", 1), ("km", 1000), ("ft", 0.3048), ("mi", 1609.34)])
        reach = 10 ** dice.uniform(1, 4.3 if kind == 1 else 6.6) / metres
        if dice.random() < 0.5:
            words += ["BYRADIUS", repr(reach), unit]
        else:
            words += ["BYBOX", repr(reach), repr(reach * dice.uniform(0.2, 3)), unit]
        words += dice.choice([[], ["ASC"], ["DESC"], ["COUNT", 5, "ASC"], ["COUNT", 7],
                              ["COUNT", 3, "DESC"], ["COUNT", 4, "ANY"]])
        if not store:
            words += [w for w in ("WITHDIST", "WITHHASH", "WITHCOORD") if dice.random() < 0.4]
        return words

    def test_searches_answer_as_redis_does(self):
        dice = random.Random(SEED)
        found = 0
        for kind in range(4):
            self.same("FLUSHALL")
            self.fill(dice, kind)
            for version in (2, 3):
                for client in (self.theirs, self.ours):
                    client.ask("HELLO", version)
                for _ in range(ROUNDS // 8):
                    found += len(self.same("GEOSEARCH", "places", *self.search(dice, kind)))
                self.same("GEOPOS", "places", "m1", "m2", "nobody", "m3")
                self.same("GEOHASH", "places", "m1", "m2", "nobody", "m3")
        self.assertGreater(found, ROUNDS)

    def test_stores_what_redis_stores(self):
        dice = random.Random(SEED + 1)
        self.fill(dice, 1)
        for i in range(100):
            words = self.search(dice, 1, store=True)
            self.same("GEOSEARCHSTORE", "kept", "places", *words,
                      *(["STOREDIST"] if i % 2 else []))
            self.same("ZRANGE", "kept", 0, -1, "WITHSCORES")
            self.same("TYPE", "kept")

    def test_the_older_commands_answer_too(self):
        dice = random.Random(SEED + 2)
        self.fill(dice, 1)
        for _ in range(200):
            lng, lat = places(dice, 1)
            reach, unit = 10 ** dice.uniform(1, 4), dice.choice(["m", "ft"])
            more = dice.choice([[], ["WITHDIST"], ["WITHCOORD", "COUNT", 3], ["ASC"], ["DESC"]])
            name = dice.choice(["GEORADIUS", "GEORADIUS_RO"])
            self.same(name, "places", repr(lng), repr(lat), repr(reach), unit, *more)
            member = dice.choice(["m5", "m77", "nobody"])
            self.same(name.replace("GEORADIUS", "GEORADIUSBYMEMBER"), "places", member,
                      repr(reach), unit, *more)
            self.same("GEORADIUS", "places", repr(lng), repr(lat), repr(reach), unit, "STORE", "s")
            self.same("GEORADIUSBYMEMBER", "places", "m5", repr(reach), unit, "STOREDIST", "d")
            self.same("ZRANGE", "s", 0, -1, "WITHSCORES")
            self.same("ZRANGE", "d", 0, -1, "WITHSCORES")

    def test_distances_and_positions(self):
        dice = random.Random(SEED + 3)
        self.fill(dice, 0)
        for _ in range(300):
            a, b = f"m{dice.randrange(205)}", f"m{dice.randrange(205)}"
            self.same("GEODIST", "places", a, b, *dice.choice([[], ["km"], ["mi"], ["ft"], ["m"]]))
            self.same("GEOPOS", "places", a, b)
            self.same("GEOHASH", "places", a, b)
            self.same("ZSCORE", "places", a)
        self.same("GEOPOS", "nothing", "a", "b")
        self.same("GEODIST", "nothing", "a", "b")

    def test_adding_counts_as_redis_counts(self):
        for command in [
                ("GEOADD", "k", 1, 2, "a"), ("GEOADD", "k", 1, 2, "a"),
                ("GEOADD", "k", "CH", 1, 3, "a", 1, 2, "b"), ("GEOADD", "k", "NX", 9, 9, "a"),
                ("GEOADD", "k", "XX", 9, 9, "c"), ("GEOADD", "k", "XX", "CH", 9, 9, "a"),
                ("GEOADD", "k", "NX", "XX", 1, 2, "a"), ("GEOADD", "k", 1, 2),
                ("GEOADD", "k", 200, 2, "a"), ("GEOADD", "k", 20, 86, "a"),
                ("GEOADD", "k", "x", 86, "a"), ("GEOADD", "k", "nan", 86, "a"),
                ("GEOADD", "k", "inf", 86, "a"), ("GEOADD", "k", 1, 2, "a", 3, 4),
                ("GEOADD", "k", 1, 2, "new", 300, 4, "bad"), ("ZRANGE", "k", 0, -1),
                ("GEOADD", "k", "-180", "85.05112878", "corner"),
                ("GEOADD", "k", "180", "-85.05112878", "corner2"),
                ("GEOPOS", "k", "corner", "a"), ("GEOHASH", "k", "corner", "a")]:
            self.same(*command)

    def test_mistakes_are_named_as_redis_names_them(self):
        self.fill(random.Random(SEED), 1, 10)
        self.same("SET", "text", "x")
        for command in [
                ("GEOSEARCH", "places"), ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "ASC", "ASC"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "ASC", "ASC", "ASC"),
                ("GEOSEARCH", "places", "BYRADIUS", 1, "km", "ASC", "ASC", "ASC"),
                ("geosearch", "places", "FROMLONLAT", 1, 2, "BYRADIUS", "x", "km"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", -1, "km"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "league"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYBOX", "a", 1, "km"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYBOX", 1, "b", "km"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYBOX", 1, -1, "km"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "COUNT", 0),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "COUNT", "x"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "COUNT"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "ANY"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "STOREDIST"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "FROMMEMBER", "m1", "BYRADIUS", 1, "km"),
                ("GEOSEARCH", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "BYBOX", 1, 1, "m"),
                ("GEOSEARCH", "places", "FROMMEMBER", "nobody", "BYRADIUS", 1, "km"),
                ("GEOSEARCH", "nothing", "FROMMEMBER", "nobody", "BYRADIUS", 1, "km"),
                ("GEOSEARCH", "nothing", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km"),
                ("GEOSEARCH", "text", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km"),
                ("GEOSEARCHSTORE", "d", "places", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km", "WITHDIST"),
                ("GEOSEARCHSTORE", "d", "nothing", "FROMLONLAT", 1, 2, "BYRADIUS", 1, "km"),
                ("GEORADIUS", "places", 1, 2, 3, "km", "STORE", "d", "WITHDIST"),
                ("GEORADIUS_RO", "places", 1, 2, 3, "km", "STORE", "d"),
                ("GEORADIUS", "places", 1, 2, 3, "km", "STORE"),
                ("GEORADIUS", "nothing", 1, 2, 3, "km", "STORE", "d"),
                ("GEORADIUS", "places", 1, 2, 3), ("GEORADIUSBYMEMBER", "places", "nobody", 3, "km"),
                ("GEORADIUSBYMEMBER", "nothing", "nobody", 3, "km"),
                ("GEODIST", "places", "m1", "m2", "league"), ("GEODIST", "places", "m1"),
                ("GEODIST", "places", "m1", "m2", "m", "m"), ("GEOPOS", "text", "a"),
                ("GEOADD", "text", 1, 2, "a"), ("GEOHASH",), ("NOSUCH", "a", "b"), ("NOSUCH",),
                ("SELECT", 0), ("SELECT", 99), ("SELECT", "x")]:
            self.same(*command)


class Keys(Pair):
    def test_sorted_sets(self):
        for command in [
                ("ZADD", "z", 1, "a", "2.5", "b", -3, "c"), ("ZADD", "z", "NX", 9, "a", 4, "d"),
                ("ZADD", "z", "XX", "CH", 7, "a", 1, "new"), ("ZADD", "z", "GT", "CH", 3, "a", 8, "b"),
                ("ZADD", "z", "LT", 1, "b"), ("ZADD", "z", "INCR", 5, "a"),
                ("ZADD", "z", "NX", "INCR", 5, "a"), ("ZADD", "z", "NX", "XX", 1, "a"),
                ("ZADD", "z", "GT", "LT", 1, "a"), ("ZADD", "z", "INCR", 1, "a", 2, "b"),
                ("ZADD", "z", "x", "a"), ("ZADD", "z", 1), ("ZADD", "z", "inf", "far"),
                ("ZADD", "z", "-inf", "near"), ("ZADD", "z", "0.1", "tenth", "1e300", "huge"),
                ("ZRANGE", "z", 0, -1), ("ZRANGE", "z", 0, -1, "WITHSCORES"),
                ("ZRANGE", "z", 1, 3, "REV"), ("ZRANGE", "z", -2, -1), ("ZRANGE", "z", 5, 1),
                ("ZRANGE", "z", "-inf", "+inf", "BYSCORE", "WITHSCORES"),
                ("ZRANGE", "z", "(1", "(9", "BYSCORE", "LIMIT", 1, 2),
                ("ZRANGE", "z", "9", "1", "BYSCORE", "REV"), ("ZRANGE", "z", 0, -1, "LIMIT", 0, 1),
                ("ZRANGE", "z", "a", "b"), ("ZRANGE", "z", 0, 1, "NOPE"),
                ("ZREVRANGE", "z", 0, 2, "WITHSCORES"), ("ZRANGEBYSCORE", "z", "-inf", "(4"),
                ("ZRANGEBYSCORE", "z", 0, 100, "WITHSCORES", "LIMIT", 1, 2),
                ("ZRANGEBYSCORE", "z", "x", 100), ("ZCOUNT", "z", "(1", "+inf"),
                ("ZCOUNT", "z", 5, 1), ("ZCARD", "z"), ("ZCARD", "none"), ("ZSCORE", "z", "tenth"),
                ("ZSCORE", "z", "nobody"), ("ZSCORE", "none", "a"), ("ZMSCORE", "z", "a", "x", "far"),
                ("ZRANK", "z", "a"), ("ZRANK", "z", "nobody"), ("ZINCRBY", "z", "1.5", "a"),
                ("ZINCRBY", "z", "2", "fresh"), ("ZREM", "z", "a", "nobody", "b"),
                ("ZRANGE", "z", 0, -1), ("ZREM", "none", "a"), ("TYPE", "z"),
                ("ZREM", "z", "c", "d", "far", "near", "tenth", "huge", "fresh"),
                ("EXISTS", "z"), ("TYPE", "z")]:
            self.same(*command)

    def test_strings_and_keys(self):
        for command in [
                ("SET", "a", "1"), ("GET", "a"), ("GET", "none"), ("SET", "a", "2", "NX"),
                ("SET", "b", "2", "XX"), ("SET", "a", "3", "GET"), ("SET", "n", "3", "GET"),
                ("SET", "a", "4", "EX", 100), ("TTL", "a"), ("SET", "a", "5", "KEEPTTL"),
                ("TTL", "a"), ("SET", "a", "6"), ("TTL", "a"), ("SET", "a", "7", "EX", 0),
                ("SET", "a", "7", "EX", "x"), ("SET", "a", "7", "NX", "XX"), ("SET", "a"),
                ("SET", "a", "7", "BOGUS"), ("GEOADD", "g", 1, 2, "m"), ("GET", "g"),
                ("SET", "g", "x", "GET"), ("ZADD", "a", 1, "x"), ("TYPE", "a"), ("TYPE", "g"),
                ("EXISTS", "a", "g", "none", "a"), ("DBSIZE",), ("EXPIRE", "g", 100),
                ("TTL", "g"), ("EXPIRE", "g", 200, "NX"), ("EXPIRE", "g", 200, "GT"),
                ("EXPIRE", "g", 10, "GT"), ("EXPIRE", "g", 50, "LT"), ("EXPIRE", "none", 10),
                ("EXPIRE", "g", "x"), ("EXPIRE", "g", 1, "BOGUS"), ("EXPIRE", "g", 1, "NX", "XX"),
                ("PERSIST", "g"), ("PERSIST", "g"), ("TTL", "g"), ("TTL", "none"),
                ("EXPIRE", "g", 10, "XX"), ("EXPIRE", "a", -1), ("EXISTS", "a"), ("DEL", "g", "none"),
                ("SET", "key:1", ""), ("GET", "key:1"), ("SET", b"\x00\xff", b"\r\n\x00"),
                ("GET", b"\x00\xff"), ("DEL", b"\x00\xff"), ("SET", "over", 1), ("GEOADD", "z", 1, 2, "x"),
                ("SET", "z", "now a string"), ("TYPE", "z"), ("ECHO", "hello"), ("PING",),
                ("PING", "x"), ("PING", "x", "y"), ("FLUSHDB",), ("DBSIZE",), ("KEYS", "*"),
                ("FLUSHALL", "ASYNC"), ("FLUSHALL", "NOPE"), ("CLIENT", "SETNAME", "me"),
                ("CLIENT", "GETNAME"), ("AUTH", "x"), ("HELLO", 9), ("HELLO", "x")]:
            self.same(*command)
        for name in ("one", "two", "three"):
            self.same("SET", name, name)
            self.same("GEOADD", "geo:" + name, 1, 2, name)
        for pattern in ("*", "t*", "geo:*", "[ot]*", "?ne", "nothing"):
            theirs, ours = (c.ask("KEYS", pattern) for c in (self.theirs, self.ours))
            self.assertEqual(sorted(theirs), sorted(ours), pattern)

    def test_keys_end_in_time(self):
        for command in [("SET", "s", 1, "PX", 80), ("GEOADD", "g", 1, 2, "m"),
                        ("PEXPIRE", "g", 80), ("GEOADD", "g", 3, 4, "n")]:
            self.same(*command)
        time.sleep(0.25)
        for command in [("GET", "s"), ("TYPE", "g"), ("EXISTS", "g", "s"), ("ZCARD", "g"),
                        ("TTL", "g"), ("KEYS", "*"), ("GEOADD", "g", 1, 2, "m"), ("ZCARD", "g"),
                        ("TTL", "g")]:
            self.same(*command)

    def test_pipelines_are_answered_in_order(self):
        commands = []
        for i in range(3000):
            commands += [("SET", f"k{i % 7}", i), ("GET", f"k{i % 7}"),
                         ("GEOADD", "g", i % 180, i % 80, f"m{i}"), ("ZCARD", "g")]
        commands += [("NOSUCH",), ("DBSIZE",)]
        replies = []
        for client in (self.theirs, self.ours):
            client.send(*commands)
            replies.append([client.read() for _ in commands])
        self.assertEqual(*replies)


class Manners(Pair):
    def test_a_browser_is_turned_away(self):
        for text in (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"Host: 127.0.0.1\r\n"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
                client.sendall(text)
                client.settimeout(10)
                answer = b""
                while piece := client.recv(4096):
                    answer += piece
                self.assertFalse(answer.startswith(b"+"), answer)

    def test_broken_bytes_are_named_and_end_the_connection(self):
        for text in (b"*1\r\n$x\r\n", b"*1\r\n$999999999999\r\n", b"*-5x\r\n", b"*1\r\n+PING\r\n"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
                client.sendall(text)
                answer = b""
                while piece := client.recv(4096):
                    answer += piece
                self.assertTrue(answer.startswith(b"-ERR Protocol error"), (text, answer))

    def test_lines_are_commands_too(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(b'SET "a b" "x\\n"\r\nGET "a b"\r\nQUIT\r\n')
            answer = b""
            while piece := client.recv(4096):
                answer += piece
            self.assertEqual(answer, b"+OK\r\n$2\r\nx\n\r\n+OK\r\n")

    def test_polygons_as_valkey_has_them(self):
        self.ours.ask("GEOADD", "k", 1, 1, "in", 5, 5, "out", 2, 1, "edge")
        got = self.ours.ask("GEOSEARCH", "k", "BYPOLYGON", 4, 0, 0, 2, 0, 2, 2, 0, 2, "ASC")
        self.assertEqual(got[0], b"in")
        self.assertNotIn(b"out", got)
        self.assertIsInstance(self.ours.ask("GEOSEARCH", "k", "BYPOLYGON", 2, 0, 0, 2, 0, "ASC"), Error)

    def test_both_dialects_keep_to_themselves(self):
        self.ours.ask("GEOADD", "fleet", 1, 1, "van")
        self.server.send("PUT", "/v1/collections/fleet/objects/bus",
                         {"type": "Point", "coordinates": [1, 1]})
        self.assertEqual(self.ours.ask("ZRANGE", "fleet", 0, -1), [b"van"])
        self.assertEqual(self.ours.ask("FLUSHALL"), "OK")
        status, _, _ = self.server.get("/v1/collections/fleet/objects/bus")
        self.assertEqual(status, 200)


class Restart(unittest.TestCase):
    def test_what_was_acknowledged_is_there_after_kill(self):
        data = harness.folder / "redis-data"
        server = harness.Server("--data", data, "--redis", "127.0.0.1:0", path=False)
        client = Client(int(server.wait_for(r"redis://127\.0\.0\.1:(\d+)")[1]))
        commands = [("GEOADD", "g", i % 180, i % 80, f"m{i}") for i in range(500)]
        commands += [("SET", "s", "kept"), ("EXPIRE", "g", 1000), ("ZADD", "z", "0.5", "half")]
        client.send(*commands)
        for _ in commands:
            client.read()
        client.close()
        server.stop(9)
        with harness.Server("--data", data, "--redis", "127.0.0.1:0", path=False) as server:
            client = Client(int(server.wait_for(r"redis://127\.0\.0\.1:(\d+)")[1]))
            self.assertEqual(client.ask("ZCARD", "g"), 500)
            self.assertEqual(client.ask("GET", "s"), b"kept")
            self.assertEqual(client.ask("ZSCORE", "z", "half"), b"0.5")
            self.assertGreater(client.ask("TTL", "g"), 900)
            client.close()


if __name__ == "__main__":
    unittest.main()
