"""/v1/hooks: what docs/hooks.md says, with receivers of HTTP on this machine."""
import base64
import hashlib
import hmac
import http.server
import json
import signal
import threading
import time
import unittest

import harness

CIRCLE = {"circle": {"lat": 47.1, "lon": 9.5, "radius": 200}}
INSIDE, OUTSIDE = (47.1, 9.5), (47.2, 9.5)
PATIENCE_S = 20


class Receiver:
    """Takes what is posted; `codes` are the next answers, then 200."""

    def __init__(self):
        self.requests, self.codes, self.fields = [], [], {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                code = receiver.codes.pop(0) if receiver.codes else 200
                receiver.requests.append((code, dict(self.headers), body))
                self.send_response(code)
                for name, value in receiver.fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/events"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def accepted(self):
        """The events of the requests that were answered by 200, in order."""
        events = []
        for code, _, body in list(self.requests):
            if code == 200:
                one = json.loads(body)
                events += one if isinstance(one, list) else [one]
        return events


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def lower(fields):
    return {name.lower(): value for name, value in fields.items()}


class Hooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = harness.folder / f"hooks-{time.monotonic_ns()}"
        cls.server = harness.Server("--data", cls.data, "--hook-allow", "127.0.0.1", path=False)

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        assert code == 0, (code, cls.server.output)

    def setUp(self):
        self.name = self._testMethodName[5:40]
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.addCleanup(self.server.send, "DELETE", f"/v1/hooks/{self.name}")
        self.send("PUT", f"/v1/fences/{self.name}",
                  {"area": CIRCLE, "collection": self.name, "tags": [self.name]})

    def send(self, method, target, body=None, expect=None):
        status, answer = self.server.send(method, target, body)
        self.assertIn(status, [expect] if expect else (200, 201, 202, 204),
                      (method, target, answer))
        return answer

    def put(self, **settings):
        settings = {"url": self.receiver.url, "fences": [self.name], "retry_ms": 50,
                    "retry_max_ms": 200, **settings}
        return self.send("PUT", f"/v1/hooks/{self.name}", settings)

    def act(self, action, expect=None):
        return self.send("POST", f"/v1/hooks/{self.name}/{action}", expect=expect)

    def shown(self):
        return self.send("GET", f"/v1/hooks/{self.name}")

    def visit(self, identity="van"):
        """An enter and an exit."""
        for lat, lon in (INSIDE, OUTSIDE):
            self.send("POST", f"/v1/track?collection={self.name}",
                      {"id": identity, "lat": lat, "lon": lon})

    def await_events(self, count):
        wait_until(lambda: len(self.receiver.accepted()) >= count)
        return [(event["type"], event["object"]) for event in self.receiver.accepted()]

    def test_events_arrive_signed_and_in_order(self):
        made = self.put()
        self.visit()
        self.assertEqual(self.await_events(2), [("enter", "van"), ("exit", "van")])
        key = base64.b64decode(made["secrets"][0].removeprefix("whsec_"))
        for _, fields, body in self.receiver.requests:
            fields = lower(fields)
            signed = b".".join([fields["webhook-id"].encode(),
                                fields["webhook-timestamp"].encode(), body])
            wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            self.assertEqual(fields["webhook-signature"], wanted)
            self.assertEqual(fields["webhook-id"], json.loads(body)["id"])
            self.assertLess(abs(time.time() - int(fields["webhook-timestamp"])), 300)
        self.assertTrue(wait_until(lambda: self.shown()["figures"]["delivered"] == 2))

    def test_secrets_are_shown_whole_once_and_turn_in_pairs(self):
        made = self.put()
        self.assertNotEqual(self.shown()["secrets"], made["secrets"])
        mine = ["whsec_" + base64.b64encode(bytes([i]) * 32).decode() for i in (1, 2)]
        self.put(secrets=mine)
        self.visit()
        self.await_events(2)
        given = lower(self.receiver.requests[0][1])["webhook-signature"].split()
        self.assertEqual(len(given), 2)
        self.assertNotEqual(*given)

    def test_settings_that_are_none_are_refused(self):
        good = {"url": self.receiver.url}
        for wrong in ({"url": None}, {"url": "gopher://host/"}, {"url": "http://"}, {"url": 7},
                      {"batch": 0}, {"timeout_ms": "x"}, {"surprise": 1}, {"kinds": ["vanish"]},
                      {"secrets": ["short"]}, {"secrets": ["x"] * 9}, {"concurrency": -1},
                      {"headers": ["a"]}):
            settings = {key: value for key, value in {**good, **wrong}.items() if value is not None}
            with self.subTest(wrong):
                status, answer = self.server.send("PUT", f"/v1/hooks/{self.name}", settings)
                self.assertTrue(400 <= status < 500, (status, answer))
                self.assertTrue(answer["error"]["message"])
        self.send("GET", f"/v1/hooks/{self.name}", expect=404)

    def test_only_the_events_it_wants(self):
        self.put(kinds=["exit"], objects=["van-*"])
        self.visit("bike")
        self.visit("van-1")
        self.assertEqual(self.await_events(1), [("exit", "van-1")])

    def test_a_fence_is_named_by_tag_too(self):
        self.send("PUT", f"/v1/hooks/{self.name}", {"url": self.receiver.url, "tags": [self.name]})
        self.visit()
        self.assertEqual(len(self.await_events(2)), 2)

    def test_what_fails_comes_again_in_order(self):
        self.receiver.codes = [500, 302, 404]
        self.put()
        self.visit()
        self.assertEqual(self.await_events(2), [("enter", "van"), ("exit", "van")])
        first = [json.loads(body)["id"] for _, _, body in self.receiver.requests[:4]]
        self.assertEqual(len(set(first)), 1)  # the exit waited for the enter

    def test_gone_disables_and_resume_goes_on(self):
        self.receiver.codes = [410]
        self.put()
        self.visit()
        self.assertTrue(wait_until(lambda: self.shown()["state"] == "disabled"), self.shown())
        self.visit()
        self.act("resume")
        self.assertEqual(self.shown()["state"], "active")
        self.visit("late")
        wait_until(lambda: ("exit", "late") in [
            (event["type"], event["object"]) for event in self.receiver.accepted()])
        self.assertIn(("exit", "late"), self.await_events(2))

    def test_paused_events_wait(self):
        self.put()
        self.act("pause")
        self.assertEqual(self.shown()["state"], "paused")
        self.visit()
        time.sleep(0.3)
        self.assertEqual(self.receiver.accepted(), [])
        self.act("resume")
        self.assertEqual(self.await_events(2), [("enter", "van"), ("exit", "van")])

    def test_what_was_given_up_is_a_dead_letter_and_is_sent_again(self):
        self.receiver.codes = [500] * 2
        self.put(max_attempts=2)
        self.visit()
        letters = lambda: self.send("GET", f"/v1/hooks/{self.name}/dead-letters")["dead_letters"]
        self.assertTrue(wait_until(lambda: len(letters()) == 1), letters())
        self.assertEqual(self.await_events(1), [("exit", "van")])
        self.act("redrive")
        self.assertEqual(self.await_events(2)[-1], ("enter", "van"))
        self.assertTrue(wait_until(lambda: letters() == []))

    def test_a_test_event_arrives(self):
        self.put()
        self.act("test")
        wait_until(lambda: self.receiver.accepted())
        self.assertEqual(self.receiver.accepted()[0]["type"], "test")

    def test_several_events_in_one_request(self):
        self.put(batch=100, concurrency=1)
        self.act("pause")
        for i in range(10):
            self.visit(f"van-{i}")
        self.act("resume")
        events = self.await_events(20)
        self.assertEqual(len(events), 20)
        self.assertLess(len(self.receiver.requests), 20)
        for i in range(10):
            own = [kind for kind, identity in events if identity == f"van-{i}"]
            self.assertEqual(own, ["enter", "exit"])

    def test_the_second_url_takes_what_the_first_does_not(self):
        self.send("PUT", f"/v1/hooks/{self.name}",
                  {"urls": ["http://127.0.0.1:1/nobody", self.receiver.url],
                   "fences": [self.name]})
        self.visit()
        self.assertEqual(len(self.await_events(2)), 2)

    def test_own_header_fields_are_sent(self):
        self.put(headers={"Authorization": "Bearer secret"})
        self.visit()
        self.await_events(2)
        self.assertEqual(lower(self.receiver.requests[0][1])["authorization"], "Bearer secret")

    def test_hooks_are_listed_and_deleted(self):
        self.put()
        listed = self.server.ask("hooks", limit=1000)["hooks"]
        self.assertIn(self.name, [one["id"] for one in listed])
        self.send("DELETE", f"/v1/hooks/{self.name}", expect=204)
        self.send("GET", f"/v1/hooks/{self.name}", expect=404)
        self.visit()
        time.sleep(0.3)
        self.assertEqual(self.receiver.requests, [])
        for action in ("test", "pause", "resume", "redrive"):
            self.act(action, expect=404)


class Where(unittest.TestCase):
    def test_private_addresses_are_refused_unless_allowed(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        data = harness.folder / f"hooks-{time.monotonic_ns()}"
        with harness.Server("--data", data, path=False) as server:
            server.send("PUT", "/v1/hooks/inward", {"url": receiver.url})
            server.send("POST", "/v1/hooks/inward/test")
            time.sleep(0.5)
            self.assertEqual(receiver.requests, [])
            figures = lambda: server.ask("hooks/inward")["figures"]
            self.assertTrue(wait_until(lambda: figures().get("last_failure")), figures())
            self.assertIn("--hook-allow", figures()["last_failure"]["reason"])

    def test_events_survive_a_killed_server(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        data = harness.folder / f"hooks-{time.monotonic_ns()}"
        words = ("--data", data, "--hook-allow", "127.0.0.1")
        server = harness.Server(*words, path=False)
        server.send("PUT", "/v1/fences/depot", {"area": CIRCLE, "collection": "fleet"})
        server.send("PUT", "/v1/hooks/out", {"url": receiver.url})
        server.send("POST", "/v1/hooks/out/pause")
        for lat, lon in (INSIDE, OUTSIDE):
            server.send("POST", "/v1/track?collection=fleet", {"id": "van", "lat": lat, "lon": lon},
                        expect=200)
        server.stop(signal.SIGKILL)
        self.assertEqual(receiver.requests, [])
        with harness.Server(*words, path=False) as server:
            self.assertEqual(server.ask("hooks/out")["state"], "paused")
            server.send("POST", "/v1/hooks/out/resume")
            wait_until(lambda: len(receiver.accepted()) >= 2)
            self.assertEqual([event["type"] for event in receiver.accepted()], ["enter", "exit"])
