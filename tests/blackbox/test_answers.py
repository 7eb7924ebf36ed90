"""Are the answers right? The demo town knows where each of its addresses is."""
import json
import math
import random
import unittest

import harness

ASKED = 400
NEAR_M = 50


@harness.functools.cache
def questions():
    """Addresses as people write them, with the point that answers each."""
    lines = (harness.town() / "queries.ndjson").read_text().splitlines()
    asked = [json.loads(line) for line in lines]
    return asked[:: max(1, len(asked) // ASKED)]


def answers(command, requests):
    """One answer a request, asked in one go: NDJSON in, NDJSON out."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = harness.rhumb(command, "--atlas", harness.atlas(), "-", stdin=lines)
    return [json.loads(line)["features"] for line in done.stdout.splitlines()]


def is_hit(question, features):
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        x = math.radians(lon - question["lon"]) * math.cos(math.radians(lat))
        y = math.radians(lat - question["lat"])
        if 6371008.8 * math.hypot(x, y) <= NEAR_M:
            return True
    return False


def share(command, requests):
    found = answers(command, requests)
    hits = sum(map(is_hit, questions(), found))
    return hits / len(questions())


def slip(text, dice):
    """A letter left out of the longest word."""
    word = max(text.replace(",", " ").split(), key=lambda w: sum(map(str.isalpha, w)))
    at = text.index(word) + dice.randrange(1, len(word) - 1)
    return text[:at] + text[at + 1:]


class Addresses(unittest.TestCase):
    def test_a_point_answers_as_itself(self):
        lat, lon = harness.centre()
        for text in (f"{lat:.5f}, {lon:.5f}", f"{lat:.5f} {lon:.5f}", f"geo:{lat:.5f},{lon:.5f}"):
            first = answers("search", [{"q": text}])[0][0]
            self.assertEqual(first["properties"]["layer"], "point", text)

    def test_are_found_as_they_are_written(self):
        requests = [{"q": q["text"], "limit": 1} for q in questions()]
        self.assertGreaterEqual(share("search", requests), 0.97)

    def test_are_found_with_the_town_first(self):
        requests = [{"q": " ".join(reversed(q["text"].split(", "))), "limit": 1} for q in questions()]
        self.assertGreaterEqual(share("search", requests), 0.95)

    def test_are_found_in_capitals(self):
        requests = [{"q": q["text"].upper(), "limit": 1} for q in questions()]
        self.assertGreaterEqual(share("search", requests), 0.97)

    def test_are_found_with_a_letter_left_out(self):
        dice = random.Random(1)
        requests = [{"q": slip(q["text"], dice), "limit": 1} for q in questions()]
        self.assertGreaterEqual(share("search", requests), 0.85)

    def test_are_completed(self):
        requests = [{"q": q["text"][:-2], "near": f"{q['lat']},{q['lon']}", "limit": 5}
                    for q in questions()]
        self.assertGreaterEqual(share("autocomplete", requests), 0.90)

    def test_are_found_by_their_place(self):
        requests = [{"lat": q["lat"], "lon": q["lon"], "layers": "address"} for q in questions()]
        self.assertGreaterEqual(share("reverse", requests), 0.97)


class Filters(unittest.TestCase):
    def test_a_country_keeps_others_away(self):
        for country in ("XL", "XV"):
            for features in answers("search", [{"q": "1000", "country": country, "limit": 20}]):
                codes = {f["properties"]["components"].get("country_code") for f in features}
                self.assertLessEqual(codes, {country})

    def test_explanations_add_up(self):
        text = questions()[0]["text"]
        (features,) = answers("search", [{"q": text, "explain": "1", "limit": 1}])
        terms = features[0]["properties"]["explanation"]
        score = terms.pop("score")
        self.assertAlmostEqual(sum(terms.values()), score, places=2)

    def test_confidence_is_a_share(self):
        for features in answers("search", [{"q": q["text"]} for q in questions()[:50]]):
            for feature in features:
                self.assertTrue(0 <= feature["properties"]["confidence"] <= 1)


class StrangeTexts(unittest.TestCase):
    def test_are_answered_or_refused_line_by_line(self):
        texts = ["", " ", ",", "1", "a", "#", "12345678901234567890", "straße " * 30, "\u202e", "🏠",
                 "ﬁ ﬂ", "東京", "x" * 500, "x" * 5000, "1 " * 1000, "1/2/3/4/5", "- - -"]
        lines = "".join(json.dumps({"q": text}) + "\n" for text in texts)
        done = harness.rhumb("search", "--atlas", harness.atlas(), "-", stdin=lines)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(found), len(texts))
        for text, answer in zip(texts, found):
            if "features" not in answer:
                self.assertEqual(answer["error"]["parameter"], "q", text)


if __name__ == "__main__":
    unittest.main()
