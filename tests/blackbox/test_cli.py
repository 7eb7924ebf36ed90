"""The commands of the shell."""
import json
import shutil
import subprocess
import unittest

import harness
from harness import rhumb

COMMANDS = ["build", "serve", "publish", "rollback", "search", "autocomplete", "reverse", "place",
            "verify", "inspect", "backup", "restore", "upgrade", "demo", "help", "completion",
            "version"]


class Help(unittest.TestCase):
    def test_lists_every_command(self):
        shown = rhumb("help").stdout
        for command in COMMANDS:
            self.assertRegex(shown, rf"(?m)^  {command}[ ,]")

    def test_shows_each_command_with_usage_and_examples(self):
        for command in COMMANDS:
            with self.subTest(command):
                done = rhumb("help", command)
                self.assertEqual(done.returncode, 0)
                self.assertIn(f"usage: rhumb {command}", done.stdout)
                self.assertIn("examples:", done.stdout)
                self.assertEqual(rhumb(command, "--help").stdout, done.stdout)

    def test_manual_pages_are_valid(self):
        if shutil.which("mandoc") is None:
            self.skipTest("mandoc is not installed")
        for command in COMMANDS:
            page = rhumb("help", "--man", command).stdout
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page, text=True,
                                  capture_output=True, check=False)
            self.assertEqual(lint.stdout, "", command)

    def test_completion_scripts_are_accepted_by_their_shells(self):
        for shell in ("bash", "zsh", "fish"):
            script = rhumb("completion", shell).stdout
            self.assertIn("autocomplete", script)
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True,
                                      check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_bash_completes_commands_options_and_values(self):
        script = rhumb("completion", "bash").stdout
        for line, expected in (("rhumb auto", "autocomplete"), ("rhumb build --mem", "--memory"),
                               ("rhumb completion z", "zsh"), ("rhumb help pub", "publish")):
            words = line.split(" ")
            done = subprocess.run(
                ["bash", "--norc"], capture_output=True, text=True, check=False,
                input=f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _rhumb; "
                      'echo "${COMPREPLY[*]}"')
            self.assertEqual(done.stdout.strip(), expected, done.stderr)

    def test_version_names_commit_compiler_and_libraries(self):
        shown = rhumb("version").stdout
        for word in ("rhumb ", "commit ", "compiler ", "libraries ", "libuv", "icu"):
            self.assertIn(word, shown)


class Usage(unittest.TestCase):
    def test_wrong_usage_exits_2_and_says_why(self):
        for words, says in (
                ([], "usage"), (["frobnicate"], "no command 'frobnicate'"),
                (["build"], "INPUT… is missing"), (["build", "x.pbf"], "-o FILE is missing"),
                (["build", "-o", "x", "--memory", "much", "y"], "--memory"),
                (["build", "-o", "x", "--memroy=1G", "y"], "did you mean --memory?"),
                (["build", "-o", "x", "--country", "Liechtenstein", "y"], "--country"),
                (["verify"], "FILE… is missing"), (["inspect", "a", "b"], "one word too many"),
                (["completion", "tcsh"], "tcsh"), (["help", "frobnicate"], "frobnicate"),
                (["search"], "say what to ask"), (["autocomplete"], "is missing"), (["reverse", "1"], ""), (["publish"], "is missing"),
                (["backup", "x"], "say --control SOCKET"), (["restore", "x"], "--data DIR is missing"),
                (["restore", "x", "--data", "y", "--to", "noon"], "--to 'noon'")):
            with self.subTest(words):
                done = rhumb(*words)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_failed_work_exits_1_and_names_the_file(self):
        for words in (["build", "-o", "out.atlas", "nowhere.pbf"], ["inspect", "nowhere.atlas"],
                      ["verify", "nowhere.atlas"], ["search", "--atlas", "nowhere.atlas", "x"]):
            with self.subTest(words):
                done = rhumb(*words)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("nowhere", done.stderr)

    def test_variables_say_options(self):
        done = rhumb("build", "x.pbf", environment={"RHUMB_MEMORY": "little"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("RHUMB_MEMORY", done.stderr)


class Build(unittest.TestCase):
    def test_the_same_input_gives_the_same_bytes_with_any_number_of_threads(self):
        contents = []
        for threads in (1, 2):
            path = harness.folder / f"threads-{threads}.atlas"
            done = rhumb("build", "-q", "--threads", threads, "-o", path, *harness.town_inputs())
            self.assertEqual(done.returncode, 0, done.stderr)
            contents.append(path.read_bytes())
        self.assertEqual(contents[0], contents[1])
        self.assertEqual(contents[0], harness.atlas().read_bytes())

    def test_a_small_budget_gives_the_same_bytes(self):
        path = harness.folder / "little-memory.atlas"
        done = rhumb("build", "-q", "--memory", "64M", "-o", path, *harness.town_inputs())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(path.read_bytes(), harness.atlas().read_bytes())

    def test_says_size_seconds_and_peak_memory(self):
        path = harness.folder / "said.atlas"
        done = rhumb("build", "-o", path, *harness.town_inputs())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"said\.atlas: [\d.]+ MB from [\d.]+ MB of input")
        self.assertRegex(done.stdout, r"peak memory \d+ MB")

    def test_broken_input_names_the_file_and_leaves_nothing_behind(self):
        town = next(path for path in harness.town_inputs() if path.name.endswith(".pbf"))
        whole = town.read_bytes()
        broken = {"cut.osm.pbf": whole[:len(whole) // 2],
                  "flipped.osm.pbf": whole[:5000] + bytes([whole[5000] ^ 0x40]) + whole[5001:],
                  "empty.osm.pbf": b"", "text.osm.pbf": b"hello, this is not an extract\n"}
        for name, content in broken.items():
            with self.subTest(name):
                place = harness.folder / "broken"
                place.mkdir(exist_ok=True)
                (harness.folder / name).write_bytes(content)
                done = rhumb("build", "-q", "-o", place / "x.atlas", harness.folder / name)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(name, done.stderr)
                self.assertEqual(list(place.iterdir()), [])

    def test_reads_standard_input_and_compressed_files(self):
        import gzip
        town = next(path for path in harness.town_inputs() if path.name.endswith(".pbf"))
        packed = harness.folder / "packed.osm.pbf.gz"
        packed.write_bytes(gzip.compress(town.read_bytes(), 1))
        done = rhumb("build", "-q", "-o", harness.folder / "packed.atlas", packed)
        self.assertEqual(done.returncode, 0, done.stderr)
        with town.open("rb") as source:
            piped = subprocess.run([harness.rhumb_path, "build", "-q", "-o",
                                    harness.folder / "piped.atlas", "-"], stdin=source,
                                   capture_output=True, check=False)
        self.assertEqual(piped.returncode, 0, piped.stderr)


class Files(unittest.TestCase):
    def test_verify_accepts_a_sound_atlas(self):
        done = rhumb("verify", harness.atlas())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sound", done.stdout)

    def test_verify_refuses_one_changed_byte_anywhere(self):
        whole = harness.atlas().read_bytes()
        path = harness.folder / "changed.atlas"
        for at in (0, 9, 40, len(whole) // 3, len(whole) // 2, len(whole) - 1):
            with self.subTest(at):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                done = rhumb("verify", path)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("changed.atlas", done.stderr)

    def test_verify_refuses_a_file_cut_anywhere(self):
        whole = harness.atlas().read_bytes()
        path = harness.folder / "cut.atlas"
        for size in (0, 1, 64, 4096, len(whole) // 2, len(whole) - 1):
            with self.subTest(size):
                path.write_bytes(whole[:size])
                self.assertEqual(rhumb("verify", path).returncode, 1)
                self.assertEqual(rhumb("search", "--atlas", path, "x").returncode, 1)

    def test_inspect_shows_sections_counts_and_provenance(self):
        shown = rhumb("inspect", harness.atlas()).stdout
        for word in ("source", "street", "address", "section", "checksum", "built"):
            self.assertIn(word, shown)


class Questions(unittest.TestCase):
    def test_search_finds_an_address_by_its_label(self):
        label, feature = harness.some_address()
        found = harness.search(label, "--limit", 1)[0]
        self.assertEqual(found["properties"]["id"], feature["properties"]["id"])

    def test_geocode_is_search(self):
        label, _ = harness.some_address()
        one = rhumb("search", "--atlas", harness.atlas(), label)
        two = rhumb("geocode", "--atlas", harness.atlas(), label)
        self.assertEqual(one.stdout, two.stdout)

    def test_reverse_takes_two_numbers_or_a_pair(self):
        lon, lat = harness.centre()
        one = rhumb("reverse", "--atlas", harness.atlas(), lat, lon)
        two = rhumb("reverse", "--atlas", harness.atlas(), f"{lat},{lon}")
        self.assertEqual(one.returncode, 0, one.stderr)
        self.assertEqual(one.stdout, two.stdout)

    def test_negative_numbers_are_numbers(self):
        done = rhumb("reverse", "--atlas", harness.atlas(), "-33.86", "-151.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["features"], [])

    def test_an_atlas_may_be_named_by_a_variable(self):
        label, _ = harness.some_address()
        done = rhumb("search", label, environment={"RHUMB_ATLAS": str(harness.atlas())})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_without_a_source_it_says_which_there_are(self):
        done = rhumb("search", "x")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--atlas", done.stderr)
        self.assertIn("--server", done.stderr)

    def test_lines_in_lines_out(self):
        label, feature = harness.some_address()
        lines = [json.dumps({"q": label, "limit": 1}), json.dumps({"q": ""}), "not json",
                 json.dumps({"q": label, "colour": "red"})]
        done = rhumb("search", "--atlas", harness.atlas(), "-", stdin="\n".join(lines) + "\n")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(lines))
        self.assertEqual(answers[0]["features"][0]["properties"]["id"],
                         feature["properties"]["id"])
        self.assertEqual(answers[1]["error"]["parameter"], "q")
        self.assertIn("error", answers[2])
        self.assertEqual(answers[3]["error"]["parameter"], "colour")

    def test_a_server_answers_like_the_file(self):
        label, _ = harness.some_address()
        with harness.Server() as server:
            one = rhumb("search", "--server", server.url, label)
        two = rhumb("search", "--atlas", harness.atlas(), label)
        self.assertEqual(one.returncode, 0, one.stderr)
        self.assertEqual(json.loads(one.stdout)["features"], json.loads(two.stdout)["features"])
