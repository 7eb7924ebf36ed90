#!/usr/bin/env python3
"""Asks Rhumb for what is in real data, in the ways people ask, and prints one table a city.

usage: table.py [--rhumb PROGRAM] [--limit 400] [--only KINDS] [--publish PAGE] [CITY…]

The cities are the extracts in ../shared/data; the truth is read with osmium (towns.py), not with our
reader. An answer is right when it is the object asked for, or one of the same address or name, within
50 m. Each kind of question is drawn with a fixed seed; the columns are

  asked     questions of that kind
  top 1     the first answer is right
  top 5     one of the first five is
  wrong     the first answer has a confidence of 0.8 or more and is more than 500 m off

  exact         "street number, postcode city" from the tags present
  permuted      the same parts in another order, with commas or without; a street's words shuffled
  abbreviated   full words shortened as people do, or short forms written out
  one typo      one letter put in, left out, changed or two swapped, in any word of 5 letters or more
  two typos     two such slips, also in one word
  spaces        a space left out between two words, or put into one
  by ear        two spellings changed to others that sound alike ("ph" f, "ck" k, "nn" n …)
  accents       without the accents
  absent        the address with a number its street has not, or of another city of this list: no answer
                can be right, only sure or not; a street in another place is wrong
  prefix        autocomplete: the text cut anywhere after the first digit of the number, near the
                town's centre (a street: after its fourth letter, near one of its pieces)
  prefix here   the same near the address: at most 500 m off
  prefix typo   the same with one slip before its end
  structured    the same parts, each in its own parameter
  language      a place, street or shop by its name in another language, asked in that language
  name          a shop, school … by its name, near the town's centre
  category      "restaurant" near a random place: the nearest there is, or one at most 50 m farther
  intersection  "A & B" of two streets that share a node
  postcode      a postcode alone

At the end: how often answers of each confidence are right. Every miss is written to DIR/CITY.tsv with
its cause (DIR is build/quality/misses). Python's standard library, osmium and zstd only.
"""
import argparse
import collections
import csv
import gzip
import io
import json
import math
import pathlib
import pickle
import random
import re
import subprocess
import sys
import tarfile

from asking import Server, serve
from changes import (SHORT_FORMS, abbreviated, by_ear, cut, permuted, slip_anywhere, slip_twice,
                     spaced, without_accents)
from towns import NEAR_M, Beginnings, Shape, Town, distance_m, judge, plain

FAR_M = 500.0
SURE = 0.8
FEWEST = 200  # addresses; a town with fewer is asked for its streets
TARGETS = {"exact": 98, "permuted": 95, "abbreviated": 95, "one typo": 92, "two typos": 75,
           "prefix": 95, "intersection": 90}
WORDS_OF_CATEGORIES = {
    ("amenity", "restaurant"): "restaurant", ("amenity", "cafe"): "cafe",
    ("amenity", "pharmacy"): "pharmacy", ("amenity", "bank"): "bank",
    ("amenity", "school"): "school", ("amenity", "parking"): "parking",
    ("amenity", "fuel"): "gas station", ("amenity", "place_of_worship"): "church",
    ("shop", "bakery"): "bakery", ("shop", "supermarket"): "supermarket",
    ("shop", "hairdresser"): "hairdresser", ("tourism", "hotel"): "hotel",
    ("tourism", "museum"): "museum", ("amenity", "pub"): "pub", ("leisure", "park"): "park",
}


FOREIGN = [  # (countries, address)
    ("US", "1600 Pennsylvania Avenue NW, Washington, DC 20500"),
    ("US", "350 5th Avenue, New York, NY 10118"), ("US", "233 S Wacker Drive, Chicago, IL 60606"),
    ("GB", "10 Downing Street, London SW1A 2AA"), ("GB", "221B Baker Street, London NW1 6XE"),
    ("GB", "4 Princes Street, Edinburgh"), ("CA", "290 Bremner Boulevard, Toronto"),
    ("CA", "111 Wellington Street, Ottawa"), ("FR", "5 Avenue Anatole France, 75007 Paris"),
    ("FR", "55 Rue du Faubourg Saint-Honoré, Paris"), ("FR", "12 Quai des Belges, 13001 Marseille"),
    ("DE", "Friedrichstraße 43, 10117 Berlin"), ("DE", "Marienplatz 8, 80331 München"),
    ("DE", "Hauptstraße 12, 69117 Heidelberg"), ("CH", "Bahnhofstrasse 45, 8001 Zürich"),
    ("AT", "Mariahilfer Straße 103, 1060 Wien"), ("ES", "Calle de Alcalá 42, 28014 Madrid"),
    ("ES", "Carrer de Mallorca 401, 08013 Barcelona"), ("BR", "Avenida Paulista 1578, São Paulo"),
    ("BR", "Rua da Assembleia 10, Rio de Janeiro"), ("IT", "Via del Corso 12, 00186 Roma"),
    ("PT", "Rua Augusta 100, Lisboa"), ("NL", "Damrak 1, 1012 LG Amsterdam"),
    ("JP", "東京都千代田区丸の内1丁目"), ("AU", "1 Macquarie Street, Sydney"),
]


class Question:
    """What is asked, and what is right: `judge` gives None or a cause, `away` metres."""

    def __init__(self, kind, text, judge, away, route="search", **parameters):
        self.kind, self.text, self.judge, self.away = kind, text, judge, away
        self.route, self.parameters = route, parameters


def point_of(feature):
    return feature["geometry"]["coordinates"][1::-1]


def near_text(point):
    return "{:.7f},{:.7f}".format(*point)


# --- questions ---------------------------------------------------------------------------------


def structured(town, address):
    number = {"number": address.number, "street": address.street}
    more = {"postcode": address.postcode, "locality": address.city}
    return {**number, **{key: value for key, value in more.items() if value}}


def address_questions(town, limit, dice):
    chosen = town.addresses if len(town.addresses) <= limit else dice.sample(town.addresses, limit)
    for address in chosen:
        text = address.text(town.number_first)
        meant = [other for other in town.same[address.key] if address.fits(other)] or [address]
        right = lambda feature, address=address: judge(town, address, feature)
        away = lambda feature, meant=meant: min(
            other.shape.distance_m(point_of(feature)) for other in meant)
        for kind, asked in (("exact", text), ("permuted", permuted(address, dice)),
                            ("abbreviated", abbreviated(text, town.country_code, dice)),
                            ("one typo", slip_anywhere(text, dice)),
                            ("two typos", slip_twice(text, dice)),
                            ("spaces", spaced(text, dice)), ("by ear", by_ear(text, dice)),
                            ("accents", without_accents(text))):
            if asked is not None:
                yield Question(kind, asked, right, away)
        yield Question("prefix", cut(text, address.number, dice), right, away, "autocomplete",
                       near=near_text(town.centre(address)))
        here = (address.shape.point[0] + dice.uniform(-1, 1) * 0.004,
                address.shape.point[1] + dice.uniform(-1, 1) * 0.004)
        yield Question("prefix here", cut(text, address.number, dice), right, away, "autocomplete",
                       near=near_text(here))
        begun = cut(text, address.number, dice)
        wrong = slip_anywhere(begun[:-1], dice)
        if wrong is not None and len(begun) > 8:
            yield Question("prefix typo", wrong + begun[-1], right, away, "autocomplete",
                           near=near_text(here))
        yield Question("structured", None, right, away, **structured(town, address))


def absent_questions(town, limit, dice):
    """What is not in the atlas: nobody's answer is right, and none should be sure."""
    elsewhere = [text for text in FOREIGN if town.country_code not in text[0]]
    chosen = dice.sample(town.addresses, min(limit // 2, len(town.addresses)))
    for address in chosen if town.address_count >= FEWEST else []:
        number = str(dice.randint(2000, 9000))
        text = address.text(town.number_first).replace(address.number, number, 1)
        # The street itself is as right as can be; another street or town is not.
        meant = [other for other in town.by_id.values() if other.key[0] == address.key[0]]
        yield Question("absent", text, lambda feature: None, lambda feature, meant=meant: min(
            other.shape.distance_m(point_of(feature)) for other in meant))
    for _, text in elsewhere:
        yield Question("absent", text, lambda feature: None, lambda feature: math.inf)


def street_judge(name, pieces):
    def right(feature):
        if plain(feature["properties"].get("name", "")) != name:
            return f"other name ({feature['properties'].get('layer')})"
        away = min(shape.line_distance_m(point_of(feature)) for _, shape in pieces)
        return None if away <= NEAR_M else f"same name {away:.0f} m away"
    return right


def shuffled(text, dice):
    words = text.split()
    dice.shuffle(words)
    return " ".join(words) if len(words) > 1 else None


def street_questions(town, limit, dice):
    names = sorted(town.streets)
    for name in names if len(names) <= limit else dice.sample(names, limit):
        pieces = town.streets[name]
        text = pieces[0][0]
        near = near_text(pieces[0][1].point)
        right = street_judge(name, pieces)
        away = lambda feature, pieces=pieces: min(
            shape.line_distance_m(point_of(feature)) for _, shape in pieces)
        for kind, asked in (("exact", text), ("permuted", shuffled(text, dice)),
                            ("abbreviated", abbreviated(text, town.country_code, dice)),
                            ("one typo", slip_anywhere(text, dice)),
                            ("two typos", slip_twice(text, dice)),
                            ("spaces", spaced(text, dice)), ("by ear", by_ear(text, dice)),
                            ("accents", without_accents(text))):
            if asked is not None:
                yield Question(kind, asked, right, away, near=near)
        if len(text) > 4:
            yield Question("prefix", text[:dice.randint(4, len(text))], right, away,
                           "autocomplete", near=near)


def name_judge(town, names, shapes, radius):
    wanted = {plain(name) for name in names}

    def right(feature):
        away = min(shape.distance_m(point_of(feature)) for shape in shapes)
        if plain(feature["properties"].get("name", "")) not in wanted:
            return f"other name ({feature['properties'].get('layer')})"
        return None if away <= radius else f"same name {away:.0f} m away"
    return right


def name_questions(town, limit, dice):
    by_name, centre = collections.defaultdict(list), town.middle()
    for tags, shape in town.named:
        by_name[plain(tags["name"])].append((tags, shape))
    chosen = sorted(key for key in by_name if key and "place" not in by_name[key][0][0])
    for key in chosen if len(chosen) <= limit else dice.sample(chosen, limit):
        tags = by_name[key][0][0]
        shapes = [shape for _, shape in by_name[key]] + [s for _, s in town.streets.get(key, ())]
        yield Question("name", tags["name"], name_judge(town, [tags["name"]], shapes, NEAR_M),
                       lambda feature, shapes=shapes: min(
                           shape.distance_m(point_of(feature)) for shape in shapes),
                       near=near_text(centre))


def language_questions(town, limit, dice):
    found = []
    for tags, shape in town.named:
        for tag, name in tags.items():
            if re.fullmatch(r"name:[a-z]{2}", tag) and plain(name) and \
                    plain(name) != plain(tags["name"]):
                found.append((tag[5:], name, tags, shape))
    same = collections.defaultdict(list)
    for _, name, _, shape in found:
        same[plain(name)].append(shape)
    for language, name, tags, shape in found if len(found) <= limit else dice.sample(found, limit):
        shapes = same[plain(name)]
        # The pins of a town's node and of its area lie apart; the country has many names.
        radius = 6000 if "place" in tags else NEAR_M
        right = name_judge(town, [name, tags["name"]], shapes, radius)
        if tags.get("place") == "country":
            right = lambda feature: None if feature["properties"]["layer"] == "country" else (
                f"other name ({feature['properties']['layer']})")
        yield Question("language", name, right,
                       lambda feature, shapes=shapes, radius=radius: max(0, min(
                           s.distance_m(point_of(feature)) for s in shapes) - radius),
                       lang=language, near=near_text(town.middle()))


def category_questions(town, limit, dice):
    by_category = collections.defaultdict(list)
    for tags, shape in town.named:
        for key, value in WORDS_OF_CATEGORIES:
            if tags.get(key) == value:
                by_category[key, value].append((tags, shape))
    spots = [shape.point for _, shape in town.named]
    kinds = sorted(by_category)
    for _ in range(limit if kinds else 0):
        category, spot = dice.choice(kinds), dice.choice(spots)
        ranked = sorted(((shape.distance_m(spot), plain(tags["name"]), shape)
                         for tags, shape in by_category[category]), key=lambda item: item[:2])
        nearest = ranked[0][0]
        fit = [(name, shape) for far, name, shape in ranked if far <= nearest + NEAR_M]

        def right(feature, fit=fit, ranked=ranked):
            for name, shape in fit:
                if plain(feature["properties"].get("name", "")) == name and \
                        shape.distance_m(point_of(feature)) <= NEAR_M:
                    return None
            known = any(plain(feature["properties"].get("name", "")) == name
                        for _, name, _ in ranked)
            return "one farther away" if known else "other kind"
        yield Question("category", WORDS_OF_CATEGORIES[category], right,
                       lambda feature, fit=fit: min(
                           shape.distance_m(point_of(feature)) for _, shape in fit),
                       near=near_text(spot))


def crossing_questions(town, limit, dice):
    crossings = town.crossings()
    pairs = sorted(crossings)
    for pair in pairs if len(pairs) <= limit else dice.sample(pairs, limit):
        points = crossings[pair]
        first, second = pair if dice.random() < 0.5 else pair[::-1]
        away = lambda feature, points=points: min(
            distance_m(point, point_of(feature)) for point in points)
        right = lambda feature, away=away: None if away(feature) <= NEAR_M else (
            f"{feature['properties'].get('layer')} elsewhere")
        near = near_text(dice.choice(points))
        yield Question("intersection", f"{first} & {second}", right, away, near=near)


def postcode_questions(town, limit, dice):
    def bare(code):
        """Some write the country before it: "AD500"."""
        return re.sub(f"^{town.country_code.lower()}(?=[0-9])", "", plain(code))

    shapes = collections.defaultdict(list)
    for address in town.by_id.values():
        if address.postcode:
            shapes[address.postcode].append(address.shape)
    codes = sorted(shapes)
    for code in codes if len(codes) <= limit else dice.sample(codes, limit):
        whole = Shape([shape.point for other in codes if bare(other) == bare(code)
                       for shape in shapes[other]])

        def right(feature, code=code, whole=whole):
            if bare(feature["properties"].get("name", "")) != bare(code):
                return f"other name ({feature['properties'].get('layer')})"
            away = whole.distance_m(point_of(feature))
            return None if away <= NEAR_M else f"same name {away:.0f} m away"
        yield Question("postcode", code, right, lambda feature, whole=whole: whole.distance_m(
            point_of(feature)))


def questions(town, limit, seed):
    """Every kind with dice of its own, so that one kind alone asks the same."""
    few = town.address_count < FEWEST
    makers = [absent_questions, street_questions if few else address_questions, language_questions, name_questions,
              category_questions, crossing_questions, postcode_questions, town.more_questions]
    for number, make in enumerate(makers):
        yield from make(town, limit, random.Random(seed * 100 + number))


# --- towns -------------------------------------------------------------------------------------


class City(Town):
    """An OpenStreetMap extract."""

    def middle(self):
        points = [a.shape.point for a in self.addresses] or [
            shape.point for pieces in self.streets.values() for _, shape in pieces]
        return tuple(sorted(p[i] for p in points)[len(points) // 2] for i in (0, 1))

    @staticmethod
    def more_questions(town, limit, dice):
        return ()


class Vermont(City):
    """Vermont's E911 addresses in OpenAddresses form; other text for them from Who's On First."""

    def __init__(self, path):
        self.venues_path = path.parents[1] / "wof/whosonfirst-data-venue-us-vt.tar.zst"
        super().__init__(path)
        self.name = "vermont-openaddresses"

    def things(self):
        with gzip.open(self.path, "rt", encoding="utf-8", newline="") as file:
            for at, row in enumerate(csv.DictReader(file), 1):
                tags = {"addr:housenumber": row["NUMBER"], "addr:street": row["STREET"],
                        "addr:city": row["CITY"], "addr:postcode": row["POSTCODE"],
                        "addr:unit": row["UNIT"]}
                tags = {key: value for key, value in tags.items() if value}
                yield f"osm:n{at}", tags, Shape([(float(row["LAT"]), float(row["LON"]))])

    def venues(self):
        """(number, street, city, postcode) as a directory of shops writes them."""
        unpacked = subprocess.run(["zstd", "-dcq", self.venues_path], check=True,
                                  capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
            for member in archive:
                if member.name.endswith(".geojson"):
                    of = json.load(archive.extractfile(member))["properties"]
                    if of.get("addr:housenumber") and of.get("addr:street") and of.get("sg:city"):
                        yield (of["addr:housenumber"], of["addr:street"], of["sg:city"],
                               of.get("sg:postcode", ""))

    @staticmethod
    def more_questions(town, limit, dice):
        """Addresses of shops from another source, of which the atlas has number, street and town."""
        full = {form.casefold(): word for word, form in SHORT_FORMS["en"].items()}

        def key(number, street, city):
            words = [full.get(w.strip("."), w.strip(".")) for w in street.casefold().split()]
            return plain(number), plain(" ".join(words)), plain(city)
        known = collections.defaultdict(list)
        for address in town.by_id.values():
            known[key(address.number, address.street, address.city)].append(address)
        found = sorted({venue for venue in town.venues() if key(*venue[:3]) in known})
        for number, street, city, postcode in dice.sample(found, min(limit, len(found))):
            meant = known[key(number, street, city)]
            away = lambda feature, meant=meant: min(
                other.shape.distance_m(point_of(feature)) for other in meant)
            causes = lambda feature, meant=meant: [judge(town, other, feature) for other in meant]
            right = lambda feature, causes=causes: (
                None if None in causes(feature) else causes(feature)[0])
            yield Question("other source", f"{number} {street}, {city} {postcode}".strip(), right,
                           away)


CITIES = {
    "liechtenstein": (City, "osm/liechtenstein-20211028.osm.pbf"),
    "andorra": (City, "osm/andorra-20211028.osm.pbf"),
    "monaco": (City, "osm/monaco-20260309.osm.pbf"),
    "vancouver": (City, "osm/vancouver-20150501.osm.pbf"),
    "london": (City, "osm/london-centre-20200720.osm.pbf"),
    "queens": (City, "osm/queens-village-nyc-20160713.osm.pbf"),
    "porto-alegre": (City, "osm/porto-alegre-20200812.osm.pbf"),
    "vermont": (Vermont, "addresses/us-vt-openaddresses-format.csv.gz"),
}


# --- asking ------------------------------------------------------------------------------------


KINDS = ["exact", "permuted", "abbreviated", "accents", "one typo", "two typos", "spaces", "by ear",
         "structured", "other source", "absent", "prefix", "prefix here", "prefix typo", "language", "name",
         "category", "intersection", "postcode"]


class Row:
    def __init__(self):
        self.asked = self.first = self.five = self.sure = self.wrong = 0
        self.causes = collections.Counter()


class Table:
    def __init__(self, town):
        self.town, self.rows, self.lines = town, {}, []
        self.trust = [[0, 0] for _ in range(11)]  # of a confidence of i / 10: answers, right ones

    def take(self, question, features):
        row = self.rows.setdefault(question.kind, Row())
        causes = [question.judge(feature) for feature in features[:5]]
        row.asked += 1
        row.five += None in causes
        far = False
        if question.route == "search" and features:
            confidence = features[0]["properties"]["confidence"]
            place = self.trust[min(int(confidence * 10), 10)]
            place[0] += question.kind != "absent"
            place[1] += causes[0] is None and question.kind != "absent"
            far = confidence >= SURE and question.away(features[0]) > FAR_M
            row.wrong += far
        if causes and causes[0] is None:
            row.first += 1
            if not far:
                return
        if question.kind.startswith("prefix") and None in causes:
            return
        cause = causes[0] if causes and causes[0] else "no answer" if not causes else "far"
        row.causes[re.sub(r"\d+ m\b", "… m", re.sub(r"^number .+", "other number", cause))] += 1
        got = features[0]["properties"] if features else {}
        text = question.text or " / ".join(question.parameters.values())
        self.lines.append("\t".join([
            question.kind, cause, text, got.get("label", ""), str(got.get("confidence", "")),
            "in five" if None in causes else "", question.parameters.get("near", "")]))

    def __str__(self):
        self.rows = dict(sorted(self.rows.items(), key=lambda item: KINDS.index(item[0])))
        lines = [f"### {self.town.name}", "",
                 "| question | asked | top 1 | top 5 | wrong but sure | asked for | misses by cause |",
                 "|---|---|---|---|---|---|---|"]
        for kind, row in self.rows.items():
            share = lambda count: f"{100 * count / row.asked:.1f} %"
            wanted = TARGETS.get(kind)
            got = row.five if kind == "prefix" else row.first
            mark = "" if wanted is None else f">= {wanted} %"
            if wanted is not None and 100 * got < wanted * row.asked:
                mark = f"**{mark}**"
            causes = ", ".join(f"{count} {cause}" for cause, count in row.causes.most_common(4))
            wrong = "" if kind.startswith("prefix") else share(row.wrong)
            first, five = (share(n) if kind != "absent" else "" for n in (row.first, row.five))
            lines.append(f"| {kind} | {row.asked} | {first} | {five} | {wrong} | {mark} "
                         f"| {causes} |")
        if self.best:
            lines += ["", f"Prefix: {self.best} at best, where more than five addresses begin "
                      "with the text."]
        return "\n".join(lines) + "\n"

    best = ""


def load(name, data, kept):
    """Reading an extract takes seconds in Python: what was read is kept beside the atlas."""
    kind, path = CITIES[name]
    path = data / path
    if not path.exists():
        return None
    store = kept / f"{name}.pickle"
    newest = max(pathlib.Path(__file__).parent.joinpath("towns.py").stat().st_mtime,
                 path.stat().st_mtime)
    if store.exists() and store.stat().st_mtime > newest:
        with open(store, "rb") as file:
            return pickle.load(file)
    town = kind(path)
    with open(store, "wb") as file:
        pickle.dump(town, file)
    return town


def ask_all(town, server, options):
    table = Table(town)
    begun, expected = Beginnings(town), []
    for question in questions(town, options.limit, options.seed):
        if options.only and question.kind not in options.only:
            continue
        parameters = dict(question.parameters, limit=5)
        if question.text is not None:
            parameters["q"] = question.text
        if question.kind == "prefix" and town.address_count >= FEWEST:
            expected.append(begun.chance(question.text, 5))
        table.take(question, server.ask(question.route, **parameters))
    if expected:
        table.best = f"{100 * sum(expected) / len(expected):.1f} %"
    return table


def measure(town, options, kept):
    atlas = kept / f"{town.name}.atlas"
    country = ["--country", town.country_code] if town.country_code else []
    subprocess.run([options.rhumb, "build", "-q", "-o", atlas, *country, town.path], check=True)
    process, url = serve(options.rhumb, atlas)
    server = Server(url)
    try:
        return ask_all(town, server, options)
    finally:
        server.close()
        process.terminate()
        process.wait()


def trust_table(tables):
    lines = ["### How far to trust a confidence", "",
             "| confidence | first answers | right |", "|---|---|---|"]
    for at in range(11):
        count = sum(table.trust[at][0] for table in tables)
        right = sum(table.trust[at][1] for table in tables)
        if count:
            name = "1.0" if at == 10 else f"{at / 10:.1f} to {at / 10 + 0.1:.1f}"
            lines.append(f"| {name} | {count} | {100 * right / count:.1f} % |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cities", nargs="*", metavar="CITY")
    parser.add_argument("--rhumb", default="build/release/rhumb")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("../shared/data"))
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("build/quality"),
                        help="where atlases, what was read, and misses go")
    parser.add_argument("--limit", type=int, default=400, help="questions of a kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="kinds, separated by commas")
    parser.add_argument("--publish", type=pathlib.Path, metavar="PAGE",
                        help="write the tables behind the line '## Tables' of this page")
    parser.add_argument("--misses", type=pathlib.Path, help="every miss to DIR/CITY.tsv")
    options = parser.parse_args()
    options.only = set(options.only.split(",")) if options.only else None
    options.keep.mkdir(parents=True, exist_ok=True)
    misses = options.misses or options.keep / "misses"
    misses.mkdir(parents=True, exist_ok=True)
    tables = []
    for name in options.cities or CITIES:
        town = load(name, options.data, options.keep)
        if town is None:
            print(f"{name}: skipped, its data is not in {options.data}\n")
            continue
        table = measure(town, options, options.keep)
        tables.append(table)
        (misses / f"{name}.tsv").write_text("\n".join(table.lines) + "\n")
        print(table, flush=True)
    print(trust_table(tables))
    if options.publish:
        head = options.publish.read_text().split("\n## Tables\n")[0]
        options.publish.write_text("\n\n".join([head + "\n## Tables", *(
            str(table).strip() for table in tables), trust_table(tables).strip()]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
