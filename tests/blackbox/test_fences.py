"""/v1/fences: what docs/fences.md says, over HTTP: rules, events, members, order, restarts."""
import signal
import time
import unittest

import harness

INSIDE, OUTSIDE = (47.1, 9.5), (47.2, 9.5)
CIRCLE = {"circle": {"lat": 47.1, "lon": 9.5, "radius": 200}}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3000 + seconds))


class Fences(unittest.TestCase):
    """Against one server; each test in a collection and with fences of its own."""

    @classmethod
    def setUpClass(cls):
        cls.data = harness.folder / f"fences-{time.monotonic_ns()}"
        cls.server = harness.Server("--data", cls.data, path=False)

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def setUp(self):
        self.name = self._testMethodName[5:40]
        self.after = self.server.ask("events", limit=1000)["last"]

    def send(self, method, target, body=None, expect=None):
        """Decoded JSON of an answer with this status, or of any that says it was done."""
        status, answer = self.server.send(method, target, body)
        self.assertIn(status, [expect] if expect else (200, 201, 204), (method, target, answer))
        return answer

    def put(self, name=None, **rule):
        rule = {"area": CIRCLE, "collection": self.name, **rule}
        return self.send("PUT", f"/v1/fences/{name or self.name}", rule)

    def track(self, place, identity="van", **more):
        fix = {"id": identity, "lat": place[0], "lon": place[1], **more}
        return self.send("POST", f"/v1/track?collection={self.name}", fix)

    def store(self, identity, load):
        feature = {"type": "Feature", "properties": {"load": load},
                   "geometry": {"type": "Point", "coordinates": [INSIDE[1], INSIDE[0]]}}
        self.send("PUT", f"/v1/collections/{self.name}/objects/{identity}", feature)

    def events(self, *names):
        """(type, object) or what else is named of the events of this test."""
        names = names or ("type", "object")
        found = self.server.ask("events", after=self.after, limit=1000)["events"]
        mine = [event for event in found if event["collection"] == self.name]
        return [tuple(event.get(name) for name in names) for event in mine]

    # --- rules

    def test_a_rule_is_made_shown_replaced_and_deleted(self):
        made = self.put(events=["enter"], tags=["north"], metadata={"site": 7})
        self.assertEqual(made["id"], self.name)
        self.assertEqual(self.send("GET", f"/v1/fences/{self.name}"), made)
        self.assertEqual(made["metadata"], {"site": 7})
        again = self.put(events=["exit"])
        self.assertEqual(again["events"], ["exit"])
        self.assertNotIn("tags", again)
        self.send("DELETE", f"/v1/fences/{self.name}", expect=204)
        self.send("GET", f"/v1/fences/{self.name}", expect=404)
        self.send("DELETE", f"/v1/fences/{self.name}", expect=404)

    def test_rules_are_listed_by_tag_and_page_by_page(self):
        for i in range(5):
            self.put(name=f"{self.name}-{i}", tags=["even" if i % 2 == 0 else "odd", self.name])
        listed = self.server.ask("fences", tag=self.name)["fences"]
        self.assertEqual([one["id"] for one in listed], [f"{self.name}-{i}" for i in range(5)])
        found, cursor = [], {}
        while True:
            page = self.server.ask("fences", tag=self.name, limit=2, **cursor)
            self.assertLessEqual(len(page["fences"]), 2)
            found += page["fences"]
            if not page.get("next"):
                break
            cursor = {"cursor": page["next"]}
        self.assertEqual(found, listed)

    def test_rules_travel_as_geojson(self):
        self.put(events=["enter", "dwell"], dwell_s=60, tags=[self.name])
        taken = self.server.ask("fences", tag=self.name, format="geojson")
        self.assertEqual(taken["type"], "FeatureCollection")
        before = self.send("GET", f"/v1/fences/{self.name}")
        self.send("DELETE", f"/v1/fences/{self.name}", expect=204)
        self.send("POST", "/v1/fences", taken)
        self.assertEqual(self.send("GET", f"/v1/fences/{self.name}"), before)

    def test_what_is_no_rule_is_refused_with_a_sentence(self):
        wrong = [
            ({"area": None}, "area"), ({"collection": None}, "collection"),
            ({"area": {"circle": {"lat": 91, "lon": 0, "radius": 1}}}, "lat"),
            ({"area": {"circle": {"lat": 1, "lon": 0, "radius": -1}}}, "radius"),
            ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}, "ring"),
            ({"area": {"place": "osm:r1"}}, ""), ({"events": ["vanish"]}, "events"),
            ({"surprise": 1}, "surprise"), ({"filter": "speed >"}, "filter"),
            ({"events": ["dwell"]}, "dwell"), ({"schedule": {"time_zone": "Mars/Base"}}, ""),
            ({"accuracy": "wish"}, "accuracy"), ({"dwell_s": "x"}, "dwell_s"),
        ]
        for members, word in wrong:
            rule = {"area": CIRCLE, "collection": self.name, **members}
            rule = {key: value for key, value in rule.items() if value is not None}
            with self.subTest(members):
                status, answer = self.server.send("PUT", f"/v1/fences/{self.name}", rule)
                self.assertTrue(400 <= status < 500, (status, answer))
                self.assertIn(word, answer["error"]["message"])
        self.send("GET", f"/v1/fences/{self.name}", expect=404)

    # --- events

    def test_enter_and_exit_come_once_and_alternate(self):
        self.put()
        for place in (OUTSIDE, INSIDE, INSIDE, OUTSIDE, OUTSIDE, INSIDE):
            self.track(place)
        self.assertEqual(self.events("type"), [("enter",), ("exit",), ("enter",)])
        ends = self.events("type", "reason", "fence", "lat")
        self.assertEqual(ends[1], ("exit", "moved", self.name, OUTSIDE[0]))

    def test_members_are_who_is_inside(self):
        self.put()
        for i in range(3):
            self.track(INSIDE, f"van-{i}")
        self.track(OUTSIDE, "van-1")
        members = self.send("GET", f"/v1/fences/{self.name}/members")["members"]
        self.assertEqual(sorted(one["object"] for one in members), ["van-0", "van-2"])
        self.assertTrue(all(one["since"] for one in members))

    def test_the_boundary_of_a_rectangle_belongs_to_it_also_across_the_antimeridian(self):
        self.put(area={"rectangle": {"south": -1, "west": 179, "north": 1, "east": -179}})
        for place in ((0, 178.9), (0, 179), (0, 180), (1, -179), (0, -178.9)):
            self.track(place)
        self.assertEqual(self.events("type", "lon"), [("enter", 179), ("exit", -178.9)])

    def test_holes_of_polygons_are_outside(self):
        ring = lambda half: [[9.5 - half, 47.1 - half], [9.5 + half, 47.1 - half],
                             [9.5 + half, 47.1 + half], [9.5 - half, 47.1 + half],
                             [9.5 - half, 47.1 - half]]
        self.put(area={"type": "Polygon", "coordinates": [ring(0.1), ring(0.01)]})
        self.track((47.15, 9.5))
        self.track((47.1, 9.5))
        self.assertEqual(self.events("type"), [("enter",), ("exit",)])

    def test_only_ids_that_match_and_objects_that_pass_the_filter(self):
        self.put(match="van-*", filter="load > 3")
        self.store("bike-1", 9)
        self.store("van-1", 1)
        self.store("van-2", 5)
        self.assertEqual(self.events(), [("enter", "van-2")])
        self.store("van-2", 2)
        self.assertEqual(self.events("type", "reason")[1:], [("exit", "conditions")])

    def test_only_the_events_that_are_asked_for(self):
        self.put(events=["exit"])
        self.track(INSIDE)
        self.track(OUTSIDE)
        self.assertEqual(self.events(), [("exit", "van")])

    def test_inside_and_outside_come_with_every_fix(self):
        self.put(events=["inside", "outside"])
        for place in (OUTSIDE, INSIDE, INSIDE):
            self.track(place)
        self.assertEqual(self.events("type"), [("outside",), ("inside",), ("inside",)])

    def test_who_passes_through_between_two_fixes_crosses(self):
        self.put(events=["cross"])
        self.track((47.1, 9.4))
        self.track((47.1, 9.6))
        self.assertEqual(self.events("type"), [("cross",)])

    def test_dwell_needs_no_further_fix(self):
        self.put(events=["dwell"], dwell_s=1)
        self.track(INSIDE)
        deadline = time.monotonic() + 20
        while not self.events() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.events(), [("dwell", "van")])

    def test_who_is_inside_leaves_only_beyond_the_exit_distance(self):
        self.put(exit_distance_m=1000)
        self.track(INSIDE)
        self.track((47.105, 9.5))  # 556 m away: beyond the radius, not beyond the distance
        self.assertEqual(self.events("type"), [("enter",)])
        self.track(OUTSIDE)
        self.assertEqual(self.events("type"), [("enter",), ("exit",)])

    def test_a_change_may_want_several_fixes(self):
        self.put(confirm={"fixes": 2})
        self.track(INSIDE)
        self.track(OUTSIDE)
        self.assertEqual(self.events(), [])
        self.track(INSIDE)
        self.track(INSIDE)
        self.assertEqual(self.events(), [("enter", "van")])

    def test_near_counts_a_pair(self):
        self.put(area={"near": {"collection": self.name, "radius": 100}}, events=["enter", "exit"])
        self.track(INSIDE, "a")
        self.track(INSIDE, "b")
        self.assertEqual(len(self.events()), 1)
        self.assertEqual(set(self.events("object", "other")[0]), {"a", "b"})
        self.track(OUTSIDE, "a")
        self.assertEqual(self.events("type")[-1], ("exit",))

    def test_what_is_deleted_leaves(self):
        self.put()
        self.track(INSIDE)
        self.send("DELETE", f"/v1/collections/{self.name}/objects/van", expect=204)
        self.assertEqual(self.events("type", "reason"), [("enter", None), ("exit", "deleted")])

    def test_a_rule_that_changes_or_goes_lets_leave(self):
        self.put()
        self.track(INSIDE)
        self.put(area={"circle": {"lat": 1, "lon": 1, "radius": 10}})
        self.put()
        self.send("DELETE", f"/v1/fences/{self.name}", expect=204)
        self.assertEqual(self.events("type", "reason"),
                         [("enter", None), ("exit", "fence_changed"), ("enter", None),
                          ("exit", "fence_removed")])

    def test_changes_of_sides_may_be_silent(self):
        self.track(INSIDE)
        self.put(initial=False)
        self.assertEqual(self.events(), [])
        members = self.send("GET", f"/v1/fences/{self.name}/members")["members"]
        self.assertEqual([one["object"] for one in members], ["van"])

    # --- order and time

    def test_late_fixes_are_put_in_order(self):
        self.put(lateness_s=600)
        self.track(OUTSIDE, time=stamp(0))
        self.track(OUTSIDE, time=stamp(100))
        self.track(INSIDE, time=stamp(50))  # a visit that nobody knew of
        self.assertEqual(self.events("type", "time"),
                         [("enter", stamp(50)[:-1] + ".000Z"), ("exit", stamp(100)[:-1] + ".000Z")])
        self.track(INSIDE, time=stamp(50))
        self.assertEqual(len(self.events()), 2)

    def test_a_fix_that_is_too_late_announces_nothing(self):
        self.put(lateness_s=10)
        self.track(OUTSIDE, time=stamp(0))
        self.track(OUTSIDE, time=stamp(100))
        self.track(INSIDE, time=stamp(50))
        self.assertEqual(self.events(), [])

    # --- trying, and the past

    def test_what_would_be_announced_changes_nothing(self):
        self.put()
        fix = {"id": "van", "lat": INSIDE[0], "lon": INSIDE[1]}
        target = f"/v1/fences/test?collection={self.name}"
        for _ in range(2):
            told = self.send("POST", target, fix)["events"]
            self.assertEqual([event["type"] for event in told], ["enter"])
        self.assertEqual(self.events(), [])
        self.assertEqual(self.send("GET", f"/v1/fences/{self.name}/members")["members"], [])

    def test_a_backfill_says_what_would_have_been_announced(self):
        self.send("PUT", f"/v1/collections/{self.name}", {"history": "1d"})
        for i, place in enumerate((OUTSIDE, INSIDE, INSIDE, OUTSIDE)):
            self.track(place, time=stamp(10 * i))
        self.put()
        told = self.send("POST", f"/v1/fences/{self.name}/backfill")["events"]
        self.assertEqual([event["type"] for event in told], ["enter", "exit"])
        rule = {"area": CIRCLE, "collection": self.name, "events": ["exit"]}
        told = self.send("POST", "/v1/fences/backfill", rule)["events"]
        self.assertEqual([event["type"] for event in told], ["exit"])
        self.assertEqual(self.events(), [])


class Restart(unittest.TestCase):
    def test_a_killed_server_announces_nothing_twice_and_forgets_nobody(self):
        data = harness.folder / f"fences-{time.monotonic_ns()}"
        rule = {"area": CIRCLE, "collection": "fleet"}
        fix = lambda place: {"id": "van", "lat": place[0], "lon": place[1]}
        server = harness.Server("--data", data, path=False)
        server.send("PUT", "/v1/fences/depot", rule, expect=201)
        server.send("POST", "/v1/track?collection=fleet", fix(INSIDE), expect=200)
        before = server.ask("events")["events"]
        server.stop(signal.SIGKILL)
        with harness.Server("--data", data, path=False) as server:
            self.assertEqual(server.ask("events")["events"], before)
            members = server.ask("fences/depot/members")["members"]
            self.assertEqual([one["object"] for one in members], ["van"])
            server.send("POST", "/v1/track?collection=fleet", fix(INSIDE), expect=200)
            self.assertEqual(server.ask("events")["events"], before)
            server.send("POST", "/v1/track?collection=fleet", fix(OUTSIDE), expect=200)
            self.assertEqual([event["type"] for event in server.ask("events")["events"]],
                             ["enter", "exit"])
