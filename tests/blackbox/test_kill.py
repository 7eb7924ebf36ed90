"""A server killed again and again while positions stream in and a webhook receiver fails at random.

Nothing acknowledged is lost, every event arrives at least once and in order, and what arrived, without
its repetitions, is what a brute-force reading of the same fixes says.

RHUMB_KILL_TEST=KILLS:FIXES sets the size; 100:100000 unless set.
"""
import collections
import http.client
import json
import os
import random
import re
import select
import signal
import socket
import socketserver
import subprocess
import threading
import time
import unittest

import harness

KILLS, FIXES = map(int, os.environ.get("RHUMB_KILL_TEST", "100:100000").split(":"))
FENCES, OBJECTS, BATCH, WRITERS = 200, 200, 100, 2
BATCHED = int(os.environ.get("RHUMB_KILL_TEST_BATCH", "10"))  # events in one request
WEST, SOUTH, SIZE = 9.0, 47.0, 0.2  # the area everything moves in, degrees
PATIENCE = 120


class Sink(socketserver.ThreadingTCPServer):
    """A receiver that answers 500, hangs up, or takes events and denies it, all at random."""
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, seed):
        super().__init__(("127.0.0.1", 0), SinkPeer)
        self.chance, self.lock = random.Random(seed), threading.Lock()
        self.events, self.requests, self.failed = [], 0, 0
        self.is_calm = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def mood(self):
        with self.lock:
            self.requests += 1
            value = self.chance.random()
        return "ok" if self.is_calm or value < 0.7 else (
            "error" if value < 0.8 else "busy" if value < 0.86 else
            "liar" if value < 0.92 else "hangs up after" if value < 0.96 else "hangs up")

    def take(self, body):
        events = json.loads(body)
        with self.lock:
            self.events.extend(events if BATCHED > 1 else [events])

    def handle_error(self, request, client_address):
        pass  # the peer was killed


class SinkPeer(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            head = b""
            while line := self.rfile.readline():
                head += line
                if line == b"\r\n":
                    break
            if not head:
                return
            body = self.rfile.read(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
            mood = self.server.mood()
            if mood == "hangs up":
                return
            if mood in ("ok", "liar", "hangs up after"):
                self.server.take(body)
            if mood == "hangs up after":
                return
            status = {"ok": "204 No Content", "busy": "503 Busy\r\nRetry-After: 0"}.get(
                mood, "500 Oops")
            self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


class Killed:
    """`rhumb serve` on one port for all of its lives."""

    def __init__(self, data):
        self.data, self.lives, self.port = data, 0, 0
        self.pace = FIXES / KILLS  # fixes that may be written before the next kill
        self.log = open(data.parent / "killed.log", "wb")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.start()

    def start(self):
        self.lives += 1
        self.process = subprocess.Popen(
            [harness.rhumb_path, "serve", "--data", self.data, "--http",
             f"127.0.0.1:{self.port}", "--threads", "2", "--hook-allow", "127.0.0.1"],
            stdout=subprocess.PIPE, stderr=self.log, cwd=harness.folder,
            env=harness.clean_environment())
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with contextless(OSError, http.client.HTTPException):
                if self.ask("GET", "/readyz")[0] in (200, 503):
                    return
            time.sleep(0.005)
        raise AssertionError(f"life {self.lives} did not begin:\n" +
                             (self.data.parent / "killed.log").read_text()[-3000:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def ask(self, method, target, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def must(self, method, target, body=None):
        status, text = self.ask(method, target, body)
        assert status < 300, (method, target, status, text)
        return json.loads(text) if text else None


class contextless:
    """Passes over failures of a server that is dead just now."""

    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        return kind is not None and issubclass(kind, self.kinds)


def make_fences(chance):
    """Rectangles as (west, south, east, north) in 1e-7 degrees."""
    fences = {}
    for index in range(FENCES):
        width, height = chance.uniform(0.005, 0.03), chance.uniform(0.005, 0.03)
        west = WEST + chance.uniform(0, SIZE - width)
        south = SOUTH + chance.uniform(0, SIZE - height)
        fences[f"f{index}"] = tuple(round(value * 1e7) for value in
                                    (west, south, west + width, south + height))
    return fences


def make_tracks(chance):
    """A walk for each object: (lon, lat) in 1e-7 degrees, one fix a second."""
    tracks = {}
    for index in range(OBJECTS):
        lon, lat = WEST + chance.uniform(0, SIZE), SOUTH + chance.uniform(0, SIZE)
        track = []
        for _ in range(FIXES // OBJECTS):
            lon = min(max(lon + chance.gauss(0, 0.002), WEST), WEST + SIZE)
            lat = min(max(lat + chance.gauss(0, 0.002), SOUTH), SOUTH + SIZE)
            track.append((round(lon * 1e7), round(lat * 1e7)))
        tracks[f"o{index}"] = track
    return tracks


def oracle(fences, tracks):
    """{(object, fence): [(type, index of the fix)]}, reading every fix against every fence."""
    expected = {}
    for name, track in tracks.items():
        for fence, (west, south, east, north) in fences.items():
            was_inside, told = False, []
            for index, (lon, lat) in enumerate(track):
                is_inside = west <= lon <= east and south <= lat <= north
                if is_inside != was_inside:
                    told.append(("enter" if is_inside else "exit", index))
                was_inside = is_inside
            if told:
                expected[name, fence] = told
    return expected


class Writer(threading.Thread):
    """Streams the fixes of some objects in batches; a batch is sent until it is acknowledged."""

    def __init__(self, server, names, tracks, begin_ms):
        super().__init__(daemon=True)
        self.server, self.names, self.tracks, self.begin_ms = server, names, tracks, begin_ms
        self.acknowledged, self.resent, self.failure = 0, 0, None

    def run(self):
        try:
            self.stream()
        except Exception as failure:  # told by the main thread
            self.failure = failure

    def stream(self):
        length = FIXES // OBJECTS
        fixes = [(index, name) for index in range(length) for name in self.names]
        connection = None
        for begin in range(0, len(fixes), BATCH):
            body = json.dumps([{
                "id": name, "lon": self.tracks[name][index][0] / 1e7,
                "lat": self.tracks[name][index][1] / 1e7, "time": self.begin_ms + index * 1000}
                for index, name in fixes[begin:begin + BATCH]])
            deadline = time.monotonic() + PATIENCE
            while self.acknowledged > self.server.pace / WRITERS:
                time.sleep(0.002)  # the next kill is due
            while True:
                assert time.monotonic() < deadline, "the server does not come back"
                try:
                    if connection is None:
                        connection = http.client.HTTPConnection("127.0.0.1", self.server.port,
                                                                timeout=30)
                    connection.request("POST", "/v1/track?collection=fleet", body)
                    answer = connection.getresponse()
                    text = answer.read()
                    if answer.status == 200:
                        assert json.loads(text)["refused"] == 0, text[:500]
                        break
                    assert answer.status in (429, 503), (answer.status, text[:500])
                except (OSError, http.client.HTTPException):
                    connection = None
                self.resent += 1
                time.sleep(0.005)
            self.acknowledged += len(fixes[begin:begin + BATCH])


class Kill(unittest.TestCase):
    def test_killed_a_hundred_times_it_loses_and_disorders_nothing(self):
        seed = int(os.environ.get("TEST_SEED", "1"))
        chance = random.Random(seed)
        fences, tracks = make_fences(chance), make_tracks(chance)
        expected = oracle(fences, tracks)
        sink = Sink(seed)
        self.addCleanup(sink.shutdown)
        folder = harness.folder / "kill"
        folder.mkdir(exist_ok=True)
        server = Killed(folder / f"data-{time.monotonic_ns()}")
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        server.must("PUT", "/v1/collections/fleet", {"history": "365d"})
        for name, (west, south, east, north) in fences.items():
            west, south, east, north = (value / 1e7 for value in (west, south, east, north))
            server.must("PUT", f"/v1/fences/{name}", {
                "area": {"type": "Polygon", "coordinates": [[
                    [west, south], [east, south], [east, north], [west, north], [west, south]]]},
                "collection": "fleet", "events": ["enter", "exit"]})
        server.must("PUT", "/v1/hooks/sink", {
            "url": f"http://127.0.0.1:{sink.server_address[1]}/", "batch": BATCHED, "timeout_ms": 5000,
            "retry_ms": 2, "retry_max_ms": 100, "max_age_s": 86400})
        begin_ms = int(time.time() * 1000) - (FIXES // OBJECTS + 60) * 1000
        names = list(tracks)
        writers = [Writer(server, names[i::WRITERS], tracks, begin_ms) for i in range(WRITERS)]
        begun = time.monotonic()
        for writer in writers:
            writer.start()
        kills = self.kill_while_writing(server, sink, writers, chance)
        for writer in writers:
            writer.join(PATIENCE)
            self.assertIsNone(writer.failure, writer.failure)
        written_s = time.monotonic() - begun
        rough = sink.requests
        sink.is_calm = True
        self.wait_for_deliveries(server, sink, expected)
        print(f"         {kills} kills, {FIXES} fixes in {written_s:.1f} s "
              f"({sum(writer.resent for writer in writers)} resent), "
              f"{sum(map(len, expected.values()))} events, {len(sink.events)} arrivals in "
              f"{sink.requests} requests ({rough} while writing), all there after {time.monotonic() - begun:.1f} s")
        self.check_arrivals(sink, expected, begin_ms)
        self.check_stream(server, sink)
        self.check_positions(server, tracks, begin_ms)
        server.process.terminate()
        self.assertEqual(server.process.wait(60), 0)

    def kill_while_writing(self, server, sink, writers, chance):
        kills, asked = 0, sink.requests
        while any(writer.is_alive() for writer in writers):
            done = sum(writer.acknowledged for writer in writers)
            if kills < KILLS and done >= FIXES * (kills + 0.5) / KILLS:
                # In the middle of deliveries, when there are some to be had.
                patience = time.monotonic() + 0.5
                while sink.requests < asked + 5 and time.monotonic() < patience:
                    time.sleep(0.002)
                time.sleep(chance.uniform(0, 0.05))
                server.kill()
                kills, asked = kills + 1, sink.requests
                server.start()
                server.pace = FIXES * (kills + 1) / KILLS if kills < KILLS else FIXES
            else:
                time.sleep(0.002)
        self.assertEqual(kills, KILLS)
        return kills

    def wait_for_deliveries(self, server, sink, expected):
        wanted = sum(map(len, expected.values()))
        deadline = time.monotonic() + PATIENCE
        seen, distinct = 0, set()
        while time.monotonic() < deadline:
            with sink.lock:
                fresh, seen = sink.events[seen:], len(sink.events)
            distinct.update(event["id"] for event in fresh)
            figures = server.must("GET", "/v1/hooks/sink")["figures"]
            if len(distinct) >= wanted and figures["waiting"] == 0:
                return
            time.sleep(0.1)
        self.fail(f"{len(distinct)} of {wanted} events arrived; {figures}")

    def check_arrivals(self, sink, expected, begin_ms):
        """Each pair's events in the order of their first arrival are the oracle's."""
        arrived, seen = collections.defaultdict(list), {}
        for event in sink.events:
            if event["id"] in seen:
                self.assertEqual(event, seen[event["id"]])
                continue
            seen[event["id"]] = event
            index = (parse_ms(event["time"]) - begin_ms) // 1000
            arrived[event["object"], event["fence"]].append(
                (event["type"], index, event["sequence"]))
        for pair in set(arrived) | set(expected):
            told = [event[:2] for event in arrived.get(pair, [])]
            self.assertEqual(told, expected.get(pair, []), pair)
            sequences = [event[2] for event in arrived.get(pair, [])]
            self.assertEqual(sequences, sorted(sequences))

    def check_stream(self, server, sink):
        """The stored stream is numbered without gaps and holds what was delivered."""
        after, events = 0, []
        while True:
            page = server.must("GET", f"/v1/events?after={after}&limit=1000")
            events += page["events"]
            after = page["last"]
            if "next" not in page:
                break
        self.assertEqual([event["sequence"] for event in events],
                         list(range(1, len(events) + 1)))
        self.assertEqual({event["id"] for event in events},
                         {event["id"] for event in sink.events})

    def check_positions(self, server, tracks, begin_ms):
        """Every acknowledged fix is there: the last as the position, all in the history."""
        for name in list(tracks)[::10]:
            track = tracks[name]
            feature = server.must("GET", f"/v1/collections/fleet/objects/{name}")
            self.assertEqual(feature["geometry"]["coordinates"],
                             [value / 1e7 for value in track[-1]])
            past, cursor = [], ""
            while True:
                page = server.must("GET", f"/v1/collections/fleet/objects/{name}/history"
                                          f"?limit=1000{cursor}")
                past += page["features"]
                if "next" not in page:
                    break
                cursor = f"&cursor={page['next']}"
            self.assertEqual([(feature["geometry"]["coordinates"], parse_ms(feature["time"]))
                              for feature in past],
                             [([value / 1e7 for value in fix], begin_ms + index * 1000)
                              for index, fix in enumerate(track)])


def parse_ms(text):
    """Milliseconds of an RFC 3339 time."""
    found = re.fullmatch(r"(\d+-\d+-\d+T\d+:\d+:\d+)(\.\d+)?Z", text)
    seconds = time.strptime(found[1], "%Y-%m-%dT%H:%M:%S")
    import calendar
    return calendar.timegm(seconds) * 1000 + round(float(found[2] or 0) * 1000)
