"""The stream of events as a channel of RESP: from now on, from any point, over a kill."""
import json
import signal
import time
import unittest

import harness
from test_tile38 import Peer, free_port

AREA = {"rectangle": {"south": 47.1, "west": 9.5, "north": 47.2, "east": 9.6}}


class EventChannel(unittest.TestCase):

    def setUp(self):
        self.data = harness.folder / f"channel-{time.monotonic_ns()}"
        self.start()
        self.server.send("PUT", "/v1/fences/depot", {"area": AREA, "collection": "vans",
                                                     "events": ["enter", "exit"]}, expect=201)

    def start(self):
        self.port = free_port()
        self.server = harness.Server("--data", self.data, "--resp", f"127.0.0.1:{self.port}", path=False)

    def tearDown(self):
        self.assertEqual(self.server.stop(), 0, self.server.output)

    def drive(self, times):
        """Into the depot and out again: two events each time."""
        for _ in range(times):
            for lat in (47.15, 47.5):
                self.server.send("POST", "/v1/track?collection=vans", {"id": "van", "lat": lat, "lon": 9.55},
                                 expect=200)

    def follow(self, channel):
        peer = Peer(self.port)
        peer.send("SUBSCRIBE", channel)
        self.assertEqual(peer.reply(), ["subscribe", channel, 1])
        return peer

    def take(self, peer, channel, count):
        events = []
        for _ in range(count):
            kind, name, payload = peer.reply()
            self.assertEqual((kind, name), ("message", channel))
            events.append(json.loads(payload))
        return [event["sequence"] for event in events]

    def test_old_events_come_before_new_ones_without_a_gap(self):
        self.drive(3)
        peer = self.follow("rhumb:events:2")
        self.assertEqual(self.take(peer, "rhumb:events:2", 4), [3, 4, 5, 6])
        self.drive(1)
        self.assertEqual(self.take(peer, "rhumb:events:2", 2), [7, 8])
        peer.close()

    def test_without_a_number_it_begins_with_the_next(self):
        self.drive(1)
        peer = self.follow("rhumb:events")
        self.drive(1)
        self.assertEqual(self.take(peer, "rhumb:events", 2), [3, 4])
        peer.send("UNSUBSCRIBE", "rhumb:events")
        self.assertEqual(peer.reply(), ["unsubscribe", "rhumb:events", 0])
        peer.send("PING")
        self.assertEqual(peer.reply(), "PONG")
        peer.close()

    def test_after_a_kill_it_goes_on_where_it_was(self):
        self.drive(4)
        peer = self.follow("rhumb:events:0")
        self.assertEqual(self.take(peer, "rhumb:events:0", 3), [1, 2, 3])
        self.server.stop(signal.SIGKILL)
        peer.close()
        self.start()
        peer = self.follow("rhumb:events:3")
        self.assertEqual(self.take(peer, "rhumb:events:3", 5), [4, 5, 6, 7, 8])
        peer.close()

    def test_what_is_no_number_is_refused(self):
        peer = Peer(self.port)
        for word in ("rhumb:events:", "rhumb:events:x", "rhumb:events:-1", "rhumb:events:99999999999999999999"):
            peer.send("SUBSCRIBE", word)
            self.assertIn("wants the number of an event", peer.reply())
        peer.close()


if __name__ == "__main__":
    unittest.main()
