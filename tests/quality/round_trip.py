#!/usr/bin/env python3
"""Asks Rhumb for the addresses of an extract, and counts how often it finds them.

usage: round_trip.py [--rhumb PROGRAM] [--server URL] [--limit 1000] [--misses DIR] EXTRACT.osm.pbf...

The addresses are read with osmium, not with our reader. For each extract an atlas is built (or, with
--server, assumed to be served already) and up to --limit addresses, drawn with a fixed seed, are
asked for in four ways:

  search        "street number, postcode city" from the tags present (number first where the country
                writes so); the first answer counts
  reverse       the point of the address, limit 1
  complete      the same text cut at a random place after the first digit of its number, near the
                town's centre; the first five answers count
  typo          the same text with one random slip in a word of five letters or more; the first counts

An answer is a hit when it is an object with the same street and number tags within 50 m. Extracts
with fewer than 200 addresses are asked for their streets instead. What is left out is counted:
addresses without street and place, and texts that mean several places of the extract ("Landstrasse
43" without a city, where three villages have one).

Every miss is written to DIR/NAME.tsv with its reason. Python's standard library and osmium only.
"""
import argparse
import collections
import pathlib
import random
import re
import subprocess
import tempfile

from asking import Pipe, Server, serve
from changes import cut, slip
from towns import NEAR_M, Beginnings, Town, judge, plain

FEWEST = 200


class Tally:
    def __init__(self, town, question):
        self.town, self.question = town, question
        self.asked, self.hits, self.reasons, self.lines = 0, 0, collections.Counter(), []
        self.best = 0.0  # hits to be expected of one who knows only the text

    def take(self, address, text, features):
        self.asked += 1
        reasons = [judge(self.town, address, feature) for feature in features]
        if None in reasons:
            self.hits += 1
            return
        reason = reasons[0] if reasons else "no answer"
        self.reasons[re.sub(r"\d+ m", "… m", re.sub(r"number .+", "other number", reason))] += 1
        got = features[0]["properties"].get("label", "") if features else ""
        self.lines.append("\t".join([self.question, reason, str(text), got, address.id]))

    def __str__(self):
        return f"{100 * self.hits / self.asked:6.1f}%" if self.asked else "      -"


def ask_addresses(town, source, limit, dice):
    beginnings = Beginnings(town)
    chosen = town.addresses if len(town.addresses) <= limit else dice.sample(town.addresses, limit)
    tallies = [Tally(town, question) for question in ("search", "reverse", "complete", "typo")]
    search, reverse, complete, typo = tallies
    for address in chosen:
        text = address.text(town.number_first)
        search.take(address, text, source.ask("search", q=text, limit=1))
        lat, lon = address.shape.point
        reverse.take(address, f"{lat:.7f},{lon:.7f}",
                     source.ask("reverse", lat=f"{lat:.7f}", lon=f"{lon:.7f}", limit=1))
        near = "{:.7f},{:.7f}".format(*town.centre(address))
        begun = cut(text, address.number, dice)
        complete.best += beginnings.chance(begun, 5)
        complete.take(address, begun, source.ask("autocomplete", q=begun, near=near, limit=5))
        wrong = slip(text, dice)
        if wrong is not None:
            typo.take(address, wrong, source.ask("search", q=wrong, limit=1))
    return tallies


def ask_streets(town, source, limit, dice):
    """For extracts with few addresses: every named street, by its name; any piece within 50 m."""
    tally = {question: [0, 0] for question in ("search", "typo")}
    lines = []
    names = sorted(town.streets)
    for name in names if len(names) <= limit else dice.sample(names, limit):
        pieces = town.streets[name]
        for question, text in (("search", pieces[0][0]), ("typo", slip(pieces[0][0], dice))):
            if text is None:
                continue
            near = "{:.7f},{:.7f}".format(*pieces[0][1].point)
            features = source.ask("search", q=text, near=near, limit=1)
            point = features[0]["geometry"]["coordinates"][1::-1] if features else None
            right = features and plain(features[0]["properties"].get("name", "")) == name and min(
                shape.line_distance_m(point) for _, shape in pieces) <= NEAR_M
            tally[question][0] += 1
            tally[question][1] += bool(right)
            if not right:
                got = features[0]["properties"].get("label", "") if features else ""
                lines.append("\t".join([question, "street", text, got, ""]))
    rates = [f"{100 * hits / asked:6.1f}%" if asked else "      -"
             for asked, hits in tally.values()]
    return rates, lines


def measure(town, options, folder):
    process = None
    if options.server:
        source = Server(options.server)
    else:
        atlas = pathlib.Path(folder, town.name + ".atlas")
        country = ["--country", town.country_code] if town.country_code else []
        subprocess.run([options.rhumb, "build", "-q", "-o", atlas, *country, *options.also,
                        town.path], check=True)
        if options.pipe:
            source = Pipe(options.rhumb, atlas)
        else:
            process, url = serve(options.rhumb, atlas)
            source = Server(url)
    dice = random.Random(options.seed)
    try:
        return report(town, source, options, dice)
    finally:
        source.close()
        if process is not None:
            process.terminate()
            process.wait()


def report(town, source, options, dice):
    lines = []
    if town.address_count >= FEWEST:
        tallies = ask_addresses(town, source, options.limit, dice)
        for tally in tallies:
            lines += tally.lines
        rates, asked = [str(tally) for tally in tallies], tallies[0].asked
        reasons = [f"  {tally.question}: " + ", ".join(
            f"{count} {reason}" for reason, count in tally.reasons.most_common(6))
            for tally in tallies if tally.reasons]
        best = tallies[2]
        reasons.append(f"  complete: {100 * best.best / best.asked:.1f}% at best, where more than "
                       "five addresses begin with the text")
    else:
        (search, typo), lines = ask_streets(town, source, options.limit, dice)
        rates, asked = [search, "      -", "      -", typo], min(len(town.streets), options.limit)
        reasons = [f"  streets, not addresses: the extract has {town.address_count} addresses"]
    print(f"{town.name:34}{asked:6} " + " ".join(rates), flush=True)
    for reason, count in (+town.left_out).items():
        reasons.append(f"  left out: {count} {reason}")
    if options.reasons:
        print("\n".join(reasons), flush=True)
    if options.misses:
        pathlib.Path(options.misses).mkdir(parents=True, exist_ok=True)
        pathlib.Path(options.misses, town.name + ".tsv").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", nargs="+", type=pathlib.Path, metavar="EXTRACT")
    parser.add_argument("--rhumb", default="build/release/rhumb")
    parser.add_argument("--server", help="ask this server; it serves the one extract")
    parser.add_argument("--pipe", action="store_true", help="ask through NDJSON, not HTTP")
    parser.add_argument("--also", action="append", default=[], metavar="INPUT",
                        help="build the atlas with this input too")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", metavar="DIR", help="write every miss to DIR/NAME.tsv")
    parser.add_argument("--reasons", action="store_true", help="count the misses by reason")
    options = parser.parse_args()
    print(f"seed {options.seed}; a hit is an object with the same street and number within 50 m")
    print(f"{'extract':34}{'asked':>6} {'search':>7} {'reverse':>7} {'complete':>7} {'typo':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for path in options.extracts:
            measure(Town(path), options, folder)


if __name__ == "__main__":
    main()
