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
import bisect
import collections
import http.client
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse

NUMBER_FIRST = {"US", "CA", "GB", "IE", "AU", "NZ", "FR", "MC", "LU"}
NEAR_M = 50.0
FEWEST = 200


def plain(text):
    """Case, accents and punctuation off: for comparing tags, not for asking."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(c for c in spread if c.isalnum())


def distance_m(a, b):
    (lat, lon), (lat2, lon2) = a, b
    x = math.radians(lon2 - lon) * math.cos(math.radians((lat + lat2) / 2))
    return 6371008.8 * math.hypot(x, math.radians(lat2 - lat))


class Shape:
    """An object's points; its own point lies inside when it is closed."""

    def __init__(self, points):
        self.points = points
        lats, lons = [p[0] for p in points], [p[1] for p in points]
        self.south, self.north, self.west, self.east = min(lats), max(lats), min(lons), max(lons)
        self.point = self.inside() or points[len(points) // 2]

    def inside(self):
        """The middle of the widest piece of a line of latitude through a closed outline."""
        if len(self.points) < 4 or self.points[0] != self.points[-1]:
            return None
        lat = (self.south + self.north) / 2
        cuts = sorted(lon + (lat - a) * (lon2 - lon) / (b - a)
                      for (a, lon), (b, lon2) in zip(self.points, self.points[1:])
                      if (a > lat) != (b > lat))
        pieces = [(b - a, (a + b) / 2) for a, b in zip(cuts[::2], cuts[1::2])]
        return (lat, max(pieces)[1]) if pieces else None

    def distance_m(self, point):
        """To the box of the object: 0 inside."""
        lat = min(max(point[0], self.south), self.north)
        lon = min(max(point[1], self.west), self.east)
        return distance_m(point, (lat, lon))

    def line_distance_m(self, point):
        best = distance_m(point, self.points[0])
        scale = math.cos(math.radians(point[0]))
        for (lat, lon), (lat2, lon2) in zip(self.points, self.points[1:]):
            x, y = (lon2 - lon) * scale, lat2 - lat
            length = x * x + y * y
            t = 0 if length == 0 else ((point[1] - lon) * scale * x + (point[0] - lat) * y) / length
            t = min(max(t, 0), 1)
            best = min(best, distance_m(point, (lat + t * y, lon + t * (lon2 - lon))))
        return best


class Address:
    def __init__(self, identity, tags, shape):
        self.id, self.shape = identity, shape
        self.number = tags["addr:housenumber"].split(";")[0].strip()
        self.street = tags.get("addr:street") or tags.get("addr:place") or ""
        self.postcode = tags.get("addr:postcode", "").split(";")[0]
        self.city = tags.get("addr:city", "")
        self.country = tags.get("addr:country", "")
        self.key = (plain(self.street), plain(self.number))

    def fits(self, other):
        """True when the other has every tag that this one's text says."""
        return (self.key == other.key and self.city in ("", other.city) and
                self.postcode in ("", other.postcode))

    def text(self, number_first):
        head = f"{self.number} {self.street}" if number_first else f"{self.street} {self.number}"
        tail = " ".join(filter(None, [self.postcode, self.city]))
        return f"{head}, {tail}" if tail else head


def unescape(text):
    """OPL writes %hex% for what would end a field."""
    return re.sub(r"%([0-9a-fA-F]+)%", lambda found: chr(int(found[1], 16)), text)


def objects(path, *filters):
    """(id, tags, shape) of the tagged nodes and ways, through osmium."""
    with tempfile.TemporaryDirectory() as folder:
        # --ignore-missing-nodes: a city cut out of a country has ways that leave it.
        whole = pathlib.Path(folder, "located.osm.pbf")
        subprocess.run(["osmium", "add-locations-to-ways", "--ignore-missing-nodes", "-o", whole, path], check=True, stderr=subprocess.DEVNULL)
        found = subprocess.run(["osmium", "tags-filter", "-R", "-f",
                                "opl,locations_on_ways=true", "-o", "-", whole, *filters], check=True, capture_output=True, text=True).stdout
    for line in found.splitlines():
        fields = {field[0]: field[1:] for field in line.split(" ")[1:] if field}
        tags = dict(map(unescape, pair.split("=", 1)) for pair in fields.get("T", "").split(",")
                    if pair)
        if line[0] == "n" and fields.get("x"):
            points = [(float(fields["y"]), float(fields["x"]))]
        elif line[0] == "w":
            points = [(float(y), float(x)) for x, y in
                      re.findall(r"n-?\d+x(-?[\d.]+)y(-?[\d.]+)", fields.get("N", ""))]
        else:
            continue
        if points:
            yield "osm:" + line.split(" ", 1)[0], tags, Shape(points)


class Town:
    """What an extract says of its addresses."""

    def __init__(self, path):
        self.name = re.sub(r"(-\d{8})?\.osm\.pbf$", "", path.name)
        self.path = path
        self.left_out = collections.Counter()
        self.addresses, self.streets, self.centres = [], collections.defaultdict(list), {}
        # Everything with that street and number, whatever else it is: these are right answers too.
        self.same = collections.defaultdict(list)
        self.by_id = {}
        countries = collections.Counter()
        for identity, tags, shape in objects(path, "nw/addr:housenumber", "w/highway", "n/place"):
            if "addr:housenumber" in tags:
                self.add_address(Address(identity, tags, shape))
                countries[tags.get("addr:country", "").upper()] += 1
            if "highway" in tags and "name" in tags and identity[4] == "w":
                self.streets[plain(tags["name"])].append((tags["name"], shape))
            if "place" in tags and "name" in tags:
                self.centres.setdefault(plain(tags["name"]), shape.point)
        # The country of the extract, by where it lies, for the order of number and street.
        self.country_code = self.country(countries)
        self.number_first = self.country_code in NUMBER_FIRST
        self.address_count = len(self.addresses)
        self.drop_shared_texts()

    def add_address(self, address):
        if not address.street:
            self.left_out["neither street nor place"] += 1
            return
        self.addresses.append(address)
        self.same[address.key].append(address)
        self.by_id[address.id] = address

    def country(self, countries):
        lats = sorted(a.shape.point for a in self.addresses) or [(0, 0)]
        lat, lon = lats[len(lats) // 2]
        for code, west, south, east, north in (
                ("LI", 9.4, 47.0, 9.7, 47.3), ("AD", 1.4, 42.4, 1.8, 42.7),
                ("MC", 7.3, 43.7, 7.5, 43.8), ("BR", -74, -34, -34, 5), ("GB", -8, 50, 2, 60),
                ("CA", -141, 49, -52, 70), ("US", -125, 24, -66, 49), ("DE", 6, 47.3, 15, 55)):
            if west <= lon <= east and south <= lat <= north:
                return code
        return countries.most_common(1)[0][0] if countries else ""

    def drop_shared_texts(self):
        """A text that means two places more than 50 m apart cannot be answered."""
        kept, seen = [], set()
        for address in self.addresses:
            meant = [other for other in self.same[address.key] if address.fits(other)]
            text = plain(address.text(False))
            if any(other.shape.distance_m(address.shape.point) > NEAR_M for other in meant):
                self.left_out["text that means several places"] += 1
            elif text in seen:
                self.left_out["the same address again"] += 1
            else:
                seen.add(text)
                kept.append(address)
        self.addresses = sorted(kept, key=lambda a: a.id)

    def centre(self, address):
        found = self.centres.get(plain(address.city))
        if found is None:
            points = [a.shape.point for a in self.addresses]
            found = tuple(sorted(p[i] for p in points)[len(points) // 2] for i in (0, 1))
        return found


def slip(text, dice):
    """One insertion, deletion, change or swap inside a word of five letters or more."""
    words = [found for found in re.finditer(r"[^\W\d_]{5,}", text)]
    if not words:
        return None
    word = dice.choice(words)
    at = dice.randrange(word.start() + 1, word.end() - 1)
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + letter + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    if kind == 2 and text[at].casefold() != letter:
        return text[:at] + letter + text[at + 1:]
    if text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    return text[:at] + text[at + 1:]


def cut(text, number, dice):
    """The text up to a random place after the first digit of its number."""
    digit = re.search(r"\d", number)
    start = text.find(number) + (digit.start() if digit else 0) + 1
    return text[:dice.randint(start, len(text))]


class Server:
    """The HTTP API at an address, asked one request after the other."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def ask(self, route, **parameters):
        self.connection.request("GET", f"/v1/{route}?" + urllib.parse.urlencode(parameters))
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{route} {parameters}: {answer.status} {body}")
        return body["features"]

    def close(self):
        self.connection.close()


class Pipe:
    """`rhumb COMMAND --atlas FILE -`: NDJSON in, NDJSON out."""

    def __init__(self, rhumb, atlas):
        self.processes = {}
        self.rhumb, self.atlas = rhumb, atlas

    def ask(self, route, **parameters):
        if route not in self.processes:
            self.processes[route] = subprocess.Popen(
                [self.rhumb, route, "--atlas", self.atlas, "-"], text=True, bufsize=1,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process = self.processes[route]
        process.stdin.write(json.dumps(parameters, ensure_ascii=False) + "\n")
        process.stdin.flush()
        body = json.loads(process.stdout.readline())
        if "error" in body:
            raise RuntimeError(f"{route} {parameters}: {body['error']}")
        return body["features"]

    def close(self):
        for process in self.processes.values():
            process.stdin.close()
            process.wait()


def judge(town, address, feature):
    """None for a hit, else the reason it is a miss."""
    properties = feature["properties"]
    components = properties.get("components", {})
    lon, lat = feature["geometry"]["coordinates"][:2]
    found = town.by_id.get(feature.get("id") or properties.get("id"))
    key = found.key if found else (plain(components.get("street", "")),
                                   plain(components.get("number", "")))
    if key != address.key:
        if key[0] == address.key[0]:
            return f"number {components.get('number') or 'missing'}"
        return "other street" if key[1] else f"no address ({properties.get('layer')})"
    away = found.shape.distance_m(address.shape.point) if found else 1e9
    away = min(away, address.shape.distance_m((lat, lon)))
    return None if away <= NEAR_M else f"same tags {away:.0f} m away"


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


class Beginnings:
    """How many addresses of a town begin with a text."""

    def __init__(self, town):
        self.texts = sorted({a.text(town.number_first).casefold() for a in town.addresses})

    def chance(self, text, answers):
        """Of naming the one meant among so many answers, when nothing else tells them apart."""
        text = text.casefold()
        first = bisect.bisect_left(self.texts, text)
        count = bisect.bisect_left(self.texts, text + "\U0010ffff") - first
        return min(1, answers / max(count, 1))


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


def serve(rhumb, atlas):
    """Starts a server on a free port; (process, URL)."""
    process = subprocess.Popen([rhumb, "serve", "--atlas", atlas, "--http", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        found = re.search(r"http://[^\s\"/]+", line)
        if found:
            return process, found[0]
    sys.exit("the server did not start")


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
