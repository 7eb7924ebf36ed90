"""/v1/validate: the decision table of docs/validate.md, on the demo town."""
import unittest

import harness


class Validate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server()
        _, cls.feature = harness.some_address()
        has = cls.feature["properties"]["components"]
        cls.parts = {name: has[name] for name in ("number", "street", "postcode", "locality")}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, **parameters):
        return self.server.ask("validate", **parameters)

    def verdict(self, answer, part):
        return answer["components"][part]["verdict"]

    def reason(self, answer, part):
        return answer["components"][part].get("reason")

    def line(self):
        return "{street} {number}, {postcode} {locality}".format(**self.parts)

    def test_an_address_that_is_there_is_verified(self):
        answer = self.ask(**self.parts)
        self.assertEqual(answer["status"], "verified")
        self.assertEqual(answer["place"]["id"], self.feature["id"])
        for part, text in self.parts.items():
            self.assertEqual(answer["components"][part],
                             {"verdict": "confirmed", "given": text, "value": text})
        self.assertEqual(self.verdict(answer, "country"), "inferred")
        self.assertEqual(answer["unmatched"], [])
        self.assertEqual(answer["alternatives"], [])
        self.assertIn("attribution", answer)

    def test_a_line_is_taken_apart(self):
        answer = self.ask(q=self.line())
        self.assertEqual(answer["status"], "verified")
        self.assertEqual(answer["place"]["id"], self.feature["id"])
        for part in self.parts:
            self.assertEqual(self.verdict(answer, part), "confirmed")

    def test_words_left_over_make_it_partial(self):
        answer = self.ask(q=self.line() + " qwxyz")
        self.assertEqual(answer["status"], "partial")
        self.assertEqual(answer["unmatched"], ["qwxyz"])

    def test_the_number_may_stand_in_the_street(self):
        street = "{street} {number}".format(**self.parts)
        answer = self.ask(street=street, locality=self.parts["locality"],
                          postcode=self.parts["postcode"])
        self.assertEqual(answer["status"], "verified")
        self.assertEqual(self.verdict(answer, "number"), "confirmed")

    def test_a_slip_is_corrected(self):
        street = self.parts["street"]
        slip = street[:2] + street[3] + street[2] + street[4:]
        answer = self.ask(**{**self.parts, "street": slip})
        self.assertEqual(answer["status"], "partial")
        self.assertEqual(answer["components"]["street"],
                         {"verdict": "corrected", "reason": "spelling", "given": slip,
                          "value": street})
        self.assertEqual(answer["place"]["id"], self.feature["id"])

    def test_a_wrong_postcode_is_corrected(self):
        answer = self.ask(**{**self.parts, "postcode": "99999"})
        self.assertEqual(answer["status"], "partial")
        self.assertEqual(self.verdict(answer, "postcode"), "corrected")
        self.assertEqual(answer["components"]["postcode"]["value"], self.parts["postcode"])

    def test_a_number_the_street_has_not_is_unexpected(self):
        answer = self.ask(**{**self.parts, "number": "98765"})
        self.assertEqual(answer["status"], "partial")
        self.assertEqual(self.verdict(answer, "number"), "unexpected")
        self.assertEqual(self.reason(answer, "number"), "unknown")
        self.assertEqual(answer["place"]["properties"]["layer"], "street")

    def test_a_number_is_missing_where_there_are_numbers(self):
        parts = {name: self.parts[name] for name in ("street", "postcode", "locality")}
        answer = self.ask(**parts)
        self.assertEqual(answer["status"], "partial")
        self.assertEqual(answer["components"]["number"], {"verdict": "missing"})

    def test_a_unit_that_no_data_has_is_unexpected(self):
        answer = self.ask(**self.parts, unit="Apt 77Z")
        self.assertEqual(answer["status"], "partial")
        self.assertEqual(self.verdict(answer, "unit"), "unexpected")
        self.assertEqual(self.reason(answer, "unit"), "none_known")

    def test_a_street_that_is_not_there_is_unverified(self):
        answer = self.ask(**{**self.parts, "street": "Qwxyzgasse"})
        self.assertEqual(answer["status"], "unverified")
        self.assertIsNone(answer["place"])
        self.assertEqual(self.verdict(answer, "street"), "unexpected")

    def test_an_address_of_elsewhere_is_unverified(self):
        answer = self.ask(**{**self.parts, "postcode": "00000", "locality": "Ouagadougou"})
        self.assertEqual(answer["status"], "unverified")
        answer = self.ask(q="{street} {number}, Ouagadougou".format(**self.parts))
        self.assertEqual(answer["status"], "unverified")
        self.assertEqual(self.ask(**self.parts, country="AQ")["status"], "unverified")

    def test_nothing_known_is_unverified(self):
        answer = self.ask(q="qwxyz")
        self.assertEqual(answer["status"], "unverified")
        self.assertIsNone(answer["place"])

    def test_a_town_alone_is_verified_as_a_town(self):
        answer = self.ask(locality=self.parts["locality"])
        self.assertEqual(answer["status"], "verified")
        self.assertEqual(answer["place"]["properties"]["layer"], "locality")

    def test_what_several_places_are_called_is_ambiguous(self):
        names = self.ambiguous_street()
        if names is None:
            self.skipTest("every street of the town has a name of its own")
        answer = self.ask(street=names)
        self.assertEqual(answer["status"], "ambiguous")
        self.assertGreater(len(answer["alternatives"]), 0)

    def ambiguous_street(self):
        """A street's name that stands in two towns, from what a search of streets shows."""
        seen = {}
        for letter in "abcdefghijklmnopqrstuvwxyz":
            for feature in self.server.ask("autocomplete", q=letter, layers="street",
                                           limit=100)["features"]:
                has = feature["properties"]["components"]
                town = has.get("locality")
                name = feature["properties"]["name"]
                if seen.setdefault(name, town) != town:
                    return name
        return None

    def test_a_post_says_the_same(self):
        status, answer = self.server.send("POST", "/v1/validate", self.parts)
        self.assertEqual(status, 200)
        self.assertEqual(answer, self.ask(**self.parts))

    def test_nothing_to_validate_is_refused(self):
        status, answer = self.server.send("GET", "/v1/validate")
        self.assertEqual(status, 400)
        self.assertEqual(answer["error"]["parameter"], "q")
        status, answer = self.server.send("GET", "/v1/validate?street=a&country=LI,CH")
        self.assertEqual(status, 400)
        self.assertEqual(answer["error"]["parameter"], "country")

    def test_the_shell_validates_too(self):
        done = harness.rhumb("validate", "--atlas", harness.atlas(), self.line())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"status":"verified"', done.stdout)


class Units(unittest.TestCase):
    """A house of 200 flats and one of none."""

    @classmethod
    def setUpClass(cls):
        table = harness.folder / "units.csv"
        with table.open("w") as file:
            file.write("LON,LAT,NUMBER,STREET,UNIT,CITY,DISTRICT,REGION,POSTCODE,ID\n")
            for flat in range(1, 201):
                file.write(f"{-73.2 + flat * 1e-6:.6f},44.5,10,Main Street,APT {flat},"
                           f"Springfield,,VT,05401,{flat}\n")
            file.write("-73.201,44.501,12,Main Street,,Springfield,,VT,05401,1000\n")
        atlas = harness.folder / "units.atlas"
        done = harness.rhumb("build", "-q", "-o", atlas, "--country", "US", table)
        assert done.returncode == 0, done.stderr
        cls.server = harness.Server(path=atlas)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def unit(self, **parameters):
        answer = self.server.ask("validate", **parameters)
        verdict = answer["components"].get("unit", {})
        return answer["status"], verdict.get("verdict"), verdict.get("reason")

    def test_units_that_are_there_missing_and_unknown(self):
        parts = {"street": "Main St", "number": "10", "locality": "Springfield"}
        for unit in ("Apt 150", "#150", "150", "Suite 150"):
            self.assertEqual(self.unit(**parts, unit=unit), ("verified", "confirmed", None))
            found = self.server.ask("search", **parts, unit=unit)["features"][0]["properties"]
            self.assertEqual(found["components"]["unit"], "APT 150")
            self.assertEqual(found["confidence"], 1)
        self.assertEqual(self.unit(**parts), ("partial", "missing", None))
        self.assertEqual(self.unit(**parts, unit="999"), ("partial", "unexpected", "unknown"))
        self.assertEqual(self.unit(**{**parts, "number": "12"}, unit="3"),
                         ("partial", "unexpected", "none_known"))

    def test_units_in_a_line(self):
        for line in ("10 Main St Apt 150, Springfield 05401", "10 Main St #150, Springfield"):
            self.assertEqual(self.unit(q=line), ("verified", "confirmed", None))
        self.assertEqual(self.unit(q="10 Main St, Springfield"), ("partial", "missing", None))
