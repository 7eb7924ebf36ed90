"""New generations: published without a failed request, refused when bad, rolled back."""
import contextlib
import stat
import threading
import unittest

import harness
from harness import rhumb


class Publish(unittest.TestCase):
    def setUp(self):
        # The same town, told to be in another country where it does not say.
        self.other = harness.folder / "other.atlas"
        if not self.other.exists():
            small = harness.folder / "small-town"
            done = rhumb("demo", "--write", small)
            self.assertEqual(done.returncode, 0, done.stderr)
            done = rhumb("build", "-q", "-o", self.other, "--country", "LI", *sorted(small.glob("*.pbf")))
            self.assertEqual(done.returncode, 0, done.stderr)

    def publish(self, server, *words):
        return rhumb(*words, "--control", server.control)

    def test_swaps_without_a_failed_request_and_goes_back(self):
        with harness.Server() as server:
            statuses, is_over = [], threading.Event()

            def ask():
                while not is_over.is_set():
                    statuses.append(server.get("/v1/search?q=street")[0])

            asking = [threading.Thread(target=ask) for _ in range(4)]
            for thread in asking:
                thread.start()
            with contextlib.ExitStack() as end:
                end.callback(lambda: [thread.join() for thread in asking])
                end.callback(is_over.set)
                for _ in range(3):
                    done = self.publish(server, "publish", self.other)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("other.atlas", done.stdout)
                    self.assertIn("town.atlas", done.stdout)
                    done = self.publish(server, "rollback")
                    self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreater(len(statuses), 20)
            self.assertEqual(set(statuses), {200})

    def test_a_bad_file_leaves_the_old_one_serving(self):
        whole = self.other.read_bytes()
        bad = harness.folder / "bad.atlas"
        bad.write_bytes(whole[:len(whole) // 2] + b"\xff" + whole[len(whole) // 2 + 1:])
        label, _ = harness.some_address()
        with harness.Server() as server:
            for words in (["publish", bad], ["publish", harness.folder / "nowhere.atlas"]):
                done = self.publish(server, *words)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(words[1].name, done.stderr)
            self.assertTrue(server.ask("search", q=label)["features"])

    def test_rollback_without_an_older_one_fails(self):
        with harness.Server() as server:
            self.assertEqual(self.publish(server, "rollback").returncode, 1)

    def test_only_the_owner_may_control(self):
        with harness.Server() as server:
            self.assertEqual(stat.S_IMODE(server.control.stat().st_mode), 0o600)

    def test_nobody_listening_is_an_error(self):
        done = rhumb("publish", self.other, "--control", harness.folder / "no-control")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no-control", done.stderr)
