"""Trips, stops, moves and visits over HTTP: seen fix by fix, computed anew, after kill -9."""
import random
import signal
import time
import unittest

import harness

HOUR = 3600


def day(start):
    """A van: 5 minutes at home, 14 km to the depot, 10 minutes there, and half-way back."""
    fixes = [(start + i * 10, 47.1 + i % 2 * 1e-5, 9.5) for i in range(30)]
    fixes += [(start + 300 + i * 10, 47.1 + i * .001, 9.5 + i * .001) for i in range(101)]
    fixes += [(start + 1400 + i * 10, 47.2, 9.6) for i in range(60)]
    fixes += [(start + 2100 + i * 10, 47.2 - i * .001, 9.6 - i * .001) for i in range(50)]
    return [{"id": "van", "time": int(at * 1000), "lat": round(lat, 7), "lon": round(lon, 7)}
            for at, lat, lon in fixes]


class Trips(unittest.TestCase):

    def setUp(self):
        self.data = harness.folder / f"trips-{time.monotonic_ns()}"
        self.server = harness.Server("--data", self.data, path=False)
        self.start = int(time.time()) - HOUR

    def tearDown(self):
        self.assertEqual(self.server.stop(), 0, self.server.output)

    def send(self, method, target, body=None, expect=200):
        return self.server.send(method, target, body, expect=expect)[1]

    def track(self, fixes):
        self.assertEqual(self.send("POST", "/v1/track?collection=fleet", fixes)["refused"], 0)

    def segments(self, more=""):
        return self.send("GET", f"/v1/collections/fleet/objects/van/segments{more}")["segments"]

    def test_a_trip_starts_approaches_and_arrives(self):
        fixes = day(self.start)
        self.send("PUT", "/v1/fences/depot", {
            "area": {"circle": {"lat": 47.2, "lon": 9.6, "radius": 200}}, "collection": "fleet"},
            expect=201)
        made = self.send("POST", "/v1/trips", {
            "id": "t1", "object": "van", "destination": {"fence": "depot"},
            "metadata": {"order": 7}}, expect=201)
        self.assertEqual((made["status"], made["metadata"]), ("started", {"order": 7}))
        self.track(fixes[:100])
        half = self.send("GET", "/v1/trips/t1")
        self.assertEqual(half["status"], "started")
        self.assertAlmostEqual(half["progress"], .7, delta=.02)
        # 13.5 m/s on average, the straight line.
        self.assertAlmostEqual(half["eta_s"], half["remaining_m"] / 13.45, delta=5)
        self.track(fixes[100:160])
        self.assertEqual(self.send("GET", "/v1/trips/t1")["status"], "arrived")
        self.assertEqual(self.send("PATCH", "/v1/trips/t1", {"status": "completed"})["status"],
                         "completed")
        self.server.send("PATCH", "/v1/trips/t1", {"status": "started"}, expect=404)
        self.assertEqual(self.send("GET", "/v1/trips/t1")["status"], "completed")
        self.assertEqual([trip["id"] for trip in self.send("GET", "/v1/trips?object=van")["trips"]],
                         ["t1"])
        self.assertEqual(self.send("GET", "/v1/trips?status=started")["trips"], [])
        kinds = [event["type"] for event in self.send("GET", "/v1/events?limit=100")["events"]]
        self.assertEqual([kind for kind in kinds if kind.startswith("trip_")],
                         ["trip_started", "trip_approaching", "trip_arrived", "trip_ended"])
        visits = self.send("GET", "/v1/collections/fleet/objects/van/visits")["visits"]
        self.assertEqual([visit["fence"] for visit in visits], ["depot"])

    def test_what_is_wrong_is_said(self):
        for body, said in (
                ({"object": "van"}, "a destination"),
                ({"destination": {"lat": 47, "lon": 9}}, "an object"),
                ({"object": "van", "destination": {"fence": "nowhere"}}, "no fence 'nowhere'"),
                ({"object": "van", "destination": {"lat": 97, "lon": 9}}, "in degrees"),
                ({"object": "van", "destination": {"lat": 47, "lon": 9}, "speed": 1}, "no member"),
                ({"object": "van", "destination": {"lat": 47, "lon": 9}, "status": "arrived"},
                 "pending, started")):
            answer = self.send("POST", "/v1/trips", body, expect=400)
            self.assertIn(said, answer["error"]["message"], body)
        trip = {"id": "t", "object": "van", "destination": {"lat": 47, "lon": 9}}
        self.send("POST", "/v1/trips", trip, expect=201)
        self.send("POST", "/v1/trips", trip, expect=503)

    def test_segments_are_those_of_the_whole_history_also_after_kill(self):
        dice = random.Random(1)
        fixes = day(self.start)
        while fixes:
            count = dice.randrange(1, 60)
            self.track(fixes[:count])
            del fixes[:count]
            if dice.random() < .5:
                self.server.stop(signal.SIGKILL)
                self.server = harness.Server("--data", self.data, path=False)
        seen = self.segments()
        self.assertEqual([segment["kind"] for segment in seen], ["stop", "move", "stop", "move"])
        self.assertTrue(seen[-1]["open"])
        self.assertAlmostEqual(seen[1]["distance_m"], 13450, delta=50)
        self.assertEqual(seen, self.segments("?radius=70"))
        self.assertEqual(self.send("GET", "/v1/collections/fleet/objects/van/stops")["segments"],
                         [segment for segment in seen if segment["kind"] == "stop"])
        # With other eyes: a stop is nothing shorter than 8 minutes.
        self.assertEqual([segment["kind"] for segment in self.segments("?duration=8m")],
                         ["move", "stop", "move"])

    def test_a_purge_leaves_nothing(self):
        self.send("POST", "/v1/trips", {"id": "over", "object": "van",
                                        "destination": {"lat": 47.2, "lon": 9.6}}, expect=201)
        self.track(day(self.start))
        self.send("PATCH", "/v1/trips/over", {"status": "canceled"})
        self.send("POST", "/v1/trips", {"id": "on", "object": "van",
                                        "destination": {"lat": 47.3, "lon": 9.6}}, expect=201)
        self.send("POST", "/v1/trips", {"id": "other", "object": "car",
                                        "destination": {"lat": 47.3, "lon": 9.6}}, expect=201)
        self.server.send("DELETE", "/v1/collections/fleet/objects/van?purge=history", expect=204)
        self.assertEqual(self.segments(), [])
        self.assertEqual([trip["id"] for trip in self.send("GET", "/v1/trips")["trips"]], ["other"])


if __name__ == "__main__":
    unittest.main()
