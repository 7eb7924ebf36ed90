#!/usr/bin/env python3
"""Asks Rhumb what public suites ask of geocoders, in the words of Photon and Pelias, and says why not.

usage: cases.py [--rhumb PROGRAM] [--atlas FILE] [--publish PAGE] [--only SUITE] [--all]

geocoder-tester's CSV and YAML cases go to /photon/api and /photon/reverse, Pelias' acceptance suites to
/pelias/v1. Of each suite those cases are asked that the shared data can answer:

  - a coordinate that is expected (or reversed, or searched near) lies in the box of an extract;
  - or what is expected is a town of GeoNames' cities15000, a country or a first-level region.

Those that expect nothing but an id of Who's On First are left out; where more is expected, the id is not
looked at. --all asks the others too. The columns are

  cases    in the suite
  asked    that the data can answer
  passed   by the suite's own measure: every expected field is the same text, every coordinate near enough
  loosely  case, accents and punctuation aside

Every case that does not pass even loosely is printed with a cause:

  ranking        it is among the first forty answers, behind the place the suite looks at
  spelling       the place is there, under another name or in another district than expected
  pin            it is there, more than the tolerance away
  parsing        its name alone finds it, the query does not
  feature        a field is expected that this interface never gives
  no data        none of this finds it

The atlas is built once a program, of every extract, GeoNames and the world layer, to build/quality/cases.atlas.
Python's standard library and zstd only.
"""
import argparse
import collections
import csv
import http.client
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import tarfile
import unicodedata
import urllib.parse
import zipfile

from asking import serve

HERE = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = HERE.parent / "shared" / "data"
BOXES = {  # west, south, east, north of what an extract holds whole
    "liechtenstein": (9.47, 47.04, 9.64, 47.28), "andorra": (1.40, 42.42, 1.79, 42.66),
    "monaco": (7.40, 43.72, 7.44, 43.76), "queens village": (-73.77, 40.694, -73.716, 40.74),
    "vancouver": (-123.29, 49.195, -123.02, 49.32), "london": (-0.1142, 51.5107, -0.0931, 51.5233),
    "porto alegre": (-51.267, -30.114, -51.132, -29.987),
    "heidelberg": (8.60, 49.36, 8.76, 49.46), "vermont": (-73.44, 42.72, -71.46, 45.02),
}
PHOTON_FIELDS = {"name", "housenumber", "street", "district", "city", "county", "state", "postcode",
                 "country", "countrycode", "osm_id", "osm_key", "osm_value", "type"}
NEVER = {"macroregion", "macrocounty", "continent",
         "neighbourhood_a", "county_a", "empire"}
FINE = ("housenumber", "street", "address", "venue")


def plain(text):
    spread = unicodedata.normalize("NFKD", str(text).casefold().replace("ß", "ss"))
    return "".join(c for c in spread if c.isalnum())


def distance_m(lat, lon, lat2, lon2):
    x = math.radians(lon2 - lon) * math.cos(math.radians((lat + lat2) / 2))
    return 6371008.8 * math.hypot(x, math.radians(lat2 - lat))


def in_extract(lat, lon):
    return any(west <= lon <= east and south <= lat <= north
               for west, south, east, north in BOXES.values())


class World:
    """What the tables know: towns by every name, countries, regions."""

    def __init__(self):
        self.towns = collections.defaultdict(list)
        with zipfile.ZipFile(next(DATA.glob("geonames/cities15000-*.zip"))) as archive:
            text = archive.read(archive.namelist()[0]).decode()
        for line in text.splitlines():
            row = line.split("\t")
            for name in {plain(n) for n in (row[1], row[2], *row[3].split(","))}:
                self.towns[name].append((float(row[4]), float(row[5])))
        self.larger = set()
        for line in (DATA / "geonames/countryInfo.txt").read_text().splitlines():
            if not line.startswith("#"):
                self.larger.add(plain(line.split("\t")[4]))
        for line in (DATA / "geonames/admin1CodesASCII.txt").read_text().splitlines():
            self.larger.update(plain(n) for n in line.split("\t")[1:3])

    def knows(self, name, near=None):
        if near is None:
            return plain(name) in self.towns or plain(name) in self.larger
        return plain(name) in self.larger or any(
            distance_m(*town, *near) < 25000 for town in self.towns[plain(name)])


class Case:
    def __init__(self, suite, query, parameters, expected, limit):
        self.suite, self.query, self.parameters = suite, query, parameters
        self.expected, self.limit = expected, limit  # [fields of one feature, …]
        self.unexpected = []
        self.points = []     # (lat, lon, metres)
        self.position = None  # reversed

    def shown(self):
        return self.query or f"{self.position[0]},{self.position[1]}"


# --- geocoder-tester


def point_of(text):
    parts = re.split(r"[,/]", text)
    return (float(parts[0]), float(parts[1]), float(parts[2]) if len(parts) > 2 else 1000.0)


def photon_case(suite, row):
    expected = {key[9:]: value for key, value in row.items()
                if key.startswith("expected_") and value}
    where = expected.pop("coordinate", None) or expected.pop("coordinates", None)
    for other in ("location_tolerance",):
        expected.pop(other, None)
    parameters = {key: row[key] for key in ("lat", "lon", "lang") if row.get(key)}
    if "lang" in parameters:
        parameters["lang"] = parameters["lang"].lower()
    case = Case(suite, row.get("query") or "", parameters, [expected], int(row.get("limit") or 1))
    if where:
        case.points = [point_of(where)]
    if "lat" in parameters and "lon" in parameters:
        case.position = (float(parameters["lat"]), float(parameters["lon"]))
    return case


def read_yaml(text):
    """The few forms that the suites use: maps of maps, lists of words, comments."""
    cases, case, inner = [], None, None
    for line in text.splitlines():
        line = re.sub(r"\s+#.*$", "", line)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        key, _, value = line.strip().rpartition(":") if line.strip().endswith(":") else (
            line.strip().partition(": "))
        key, value = key.strip().strip("\"'"), value.strip().strip("\"'")
        if depth == 0:
            case, inner = {"query": key}, None
            cases.append(case)
        elif line.strip().startswith("- "):
            continue
        elif not value:
            inner = key
        elif inner == "expected" and depth > 4:
            case["expected_" + key] = value
        else:
            inner = None
            case[key] = value
    return cases


def photon_cases(folder):
    for path in sorted(folder.rglob("test_*")):
        suite = str(path.relative_to(folder / "geocoder-tester" / "geocoder_tester" / "world"))
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            head = text.split("\n", 1)[0]
            rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
        else:
            rows = read_yaml(text)
        for row in rows:
            row = {key: value for key, value in row.items() if isinstance(value, str)}
            if not row.get("skip") and (row.get("query") or row.get("lat")):
                yield photon_case(suite, row)


def photon_answerable(world, case):
    expected = case.expected[0]
    near = case.points[0][:2] if case.points else None
    if near and in_extract(*near):
        return True
    if not case.query or any(key in expected for key in ("street", "housenumber", "osm_id")):
        return bool(case.position and in_extract(*case.position))
    name = expected.get("name") or expected.get("city") or case.query
    # A theatre of which nothing but its city is expected is still a theatre.
    told = plain(" ".join((name, *expected.values())))
    is_told = "fuzzy" in case.suite or all(plain(word)[:4] in told for word in case.query.split())
    return (is_told and (expected or near) and not {"osm_key", "osm_value"} & set(expected) and
            not re.search("poi|Airport", case.suite + case.query) and world.knows(name, near))


# --- Pelias


def pelias_cases(folder):
    for path in sorted(folder.rglob("*.json")):
        suite = json.loads(path.read_text(encoding="utf-8"))
        for test in suite["tests"]:
            wanted = test.get("expected") or {}
            fields = [p for p in wanted.get("properties") or [] if isinstance(p, dict)]
            limit = wanted.get("priorityThresh") or test.get("priorityThresh") or suite.get(
                "priorityThresh") or 1
            given = test["in"]
            text = given.get("text") or ", ".join(
                str(v) for k, v in given.items() if k not in ("layers", "sources", "size", "lang")
                and "." not in k)
            case = Case(path.name, text, dict(given), fields, limit)
            case.endpoint = test.get("endpoint") or suite.get("endpoint") or "search"
            case.unexpected = [p for p in (test.get("unexpected") or {}).get("properties") or []
                               if isinstance(p, dict)]
            places = wanted.get("coordinates") or []
            if places and not isinstance(places[0], list):
                places = [places]
            case.points = [(lat, lon, wanted.get("distanceThresh", 500)) for lon, lat in places]
            if case.endpoint == "reverse":
                case.position = (float(given["point.lat"]), float(given["point.lon"]))
            case.was_passing = test.get("status") == "pass"
            yield case


def without_ids(fields):
    return {key: value for key, value in fields.items()
            if not key.endswith("gid") and key not in ("id", "source_id", "confidence")}


def pelias_answerable(world, case):
    case.expected = [without_ids(fields) for fields in case.expected]
    if not any(case.expected) and not case.unexpected:
        return False
    if case.points:
        return in_extract(*case.points[0][:2])
    if case.position:
        lat = case.position[0]
        return abs(lat) <= 90 and (in_extract(*case.position) or
                                   case.parameters.get("layers") in ("country", "region"))
    if "boundary.gid" in case.parameters:
        return False
    for fields in case.expected:
        if fields.get("layer") in FINE or any(key in fields for key in FINE):
            return False
        name = fields.get("name") or fields.get("locality") or (
            fields.get("label") or "").split(",")[0] or fields.get("region") or fields.get("country")
        if name and (not world.knows(name) or fields.get("layer") == "postalcode"):
            return False
        if "label" in fields and re.match(r"\d", fields["label"]):
            return False
    return True


# --- asking


class Asker:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def get(self, path, parameters):
        self.connection.request("GET", path + "?" + urllib.parse.urlencode(parameters))
        answer = self.connection.getresponse()
        body = answer.read()
        return json.loads(body).get("features", []) if answer.status == 200 else []

    def features(self, case, limit, query=None):
        parameters = dict(case.parameters)
        if hasattr(case, "endpoint"):
            parameters["size"] = limit
            if query is not None:
                parameters = {**{k: v for k, v in parameters.items() if "." in k or k == "lang"},
                              "text": query, "size": limit}
                return self.get("/pelias/v1/search", parameters)
            return self.get("/pelias/v1/" + case.endpoint, parameters)
        parameters["limit"] = limit
        if case.query:
            return self.get("/photon/api", {**parameters, "q": query or case.query})
        return self.get("/photon/reverse", parameters)


def same(expected, found, loosely):
    if found is None:
        return False
    return plain(expected) == plain(found) if loosely else str(expected) == str(found)


def fields_match(fields, feature, loosely):
    found = feature["properties"]
    for key, value in fields.items():
        actual = found.get(key)
        if key in ("city", "street") and actual is None and found.get("type") == key:
            actual = found.get("name")  # the thing itself
        if not same(value, actual, loosely):
            return False
    return True


def is_near(point, feature, times=1):
    lon, lat = feature["geometry"]["coordinates"]
    return distance_m(point[0], point[1], lat, lon) <= point[2] * times


def matches(case, features, loosely):
    for unexpected in case.unexpected:
        if any(fields_match(unexpected, f, loosely=False) for f in features[:case.limit]):
            return False
    if hasattr(case, "endpoint"):
        return (all(any(fields_match(fields, f, loosely) for f in features)
                    for fields in case.expected) and
                all(any(is_near(point, f) for f in features) for point in case.points))
    return any(fields_match(case.expected[0], f, loosely) and
               all(is_near(point, f) for point in case.points) for f in features)


def main_name(case):
    fields = case.expected[0] if case.expected else {}
    where = fields.get("city") or fields.get("locality") or ""
    name = fields.get("name") or fields.get("street") or fields.get("label") or where
    number = fields.get("housenumber", "")
    return " ".join(part for part in (number, name, where if where != name else "") if part)


def cause(asker, case):
    if any(key in NEVER for fields in case.expected for key in fields):
        return "feature"
    features = asker.features(case, 40)
    if not case.unexpected and matches(case, features, loosely=True):
        return "ranking"
    near = [f for f in features if any(is_near(point, f) for point in case.points)]
    if case.points and near:
        return "spelling"
    name = main_name(case)
    alone = asker.features(case, 10, query=name) if name and case.query else []
    if matches(case, alone, loosely=True):
        return "parsing"
    if case.points and any(is_near(case.points[0], f, times=10) and fields_match(
            {k: v for k, v in case.expected[0].items() if k == "name"}, f, True)
            for f in features[:5] + alone[:5]):
        return "pin"
    if any(is_called_otherwise(fields, f) for fields in case.expected
           for f in features[:5] + alone[:5]):
        return "spelling"
    return "no data"


def is_called_otherwise(fields, feature):
    """Is it the same kind of thing in the same country, and called so in part?"""
    few = {k: v for k, v in fields.items() if k in ("name", "locality", "city", "country_a",
                                                    "layer", "housenumber", "street")}
    found = feature["properties"]
    if few and fields_match(few, feature, True):
        return True
    if "label" in fields and "label" in found:
        wanted, got = fields["label"].split(", "), found["label"].split(", ")
        return plain(wanted[0]) == plain(got[0]) and plain(wanted[-1]) == plain(got[-1])
    kind = {k: few[k] for k in ("layer", "country_a") if k in few}
    name, shown = plain(fields.get("name", "")), plain(found.get("name", ""))
    return (bool(name) and (len(kind) == 2 or "name" in fields) and
            fields_match(kind, feature, True) and (name in shown or shown in name) and bool(shown))


# --- all of it


def build(rhumb, path):
    if path.exists() and path.stat().st_mtime > pathlib.Path(rhumb).stat().st_mtime:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    sources = [*sorted(DATA.glob("osm/*.osm.pbf")),
               *sorted(DATA.glob("geonames/cities15000-*.zip")),
               *(DATA / "geonames" / name for name in
                 ("countryInfo.txt", "admin1CodesASCII.txt", "admin2Codes.txt.gz")),
               DATA / "admin/ne_10m_admin_0_countries.geojson.zst",
               DATA / "admin/ne_50m_admin_1_states_provinces.geojson.zst",
               DATA / "addresses/us-vt-openaddresses-format.csv.gz",
               DATA / "addresses/us-vt-burlington-area-addresses.osm.pbf"]
    done = subprocess.run([rhumb, "build", "-q", "-o", path, *(s for s in sources if s.exists())],
                          check=False)
    if done.returncode != 0:
        sys.exit("the atlas was not built")


def unpack(name):
    folder = HERE / "build" / "quality" / name.split(".")[0]
    if not folder.exists():
        folder.mkdir(parents=True)
        unpacked = subprocess.run(["zstd", "-dc", DATA / "fixtures" / name], check=True,
                                  capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
            archive.extractall(folder, filter="data")
    return folder


def wanted(case):
    parts = [", ".join(f"{key} {value}" for key, value in fields.items())
             for fields in case.expected if fields]
    parts += [f"within {point[2]:.0f} m of {point[0]:.4f},{point[1]:.4f}" for point in case.points]
    return "; ".join(dict.fromkeys(parts))


class Table:
    def __init__(self):
        self.rows = collections.defaultdict(lambda: [0, 0, 0, 0])
        self.failures = []

    def run(self, asker, cases, answerable, all_of_them):
        for case in cases:
            row = self.rows[case.suite]
            row[0] += 1
            if not answerable(case) and not all_of_them:
                continue
            row[1] += 1
            features = asker.features(case, max(case.limit, 1))[:case.limit]
            strictly, loosely = matches(case, features, False), matches(case, features, True)
            row[2] += strictly
            row[3] += loosely
            if not loosely:
                first = features[0]["properties"] if features else {}
                got = first.get("label") or ", ".join(
                    str(first[k]) for k in ("name", "housenumber", "street", "city", "country")
                    if k in first) or "nothing"
                self.failures.append((case.suite, case.shown(), cause(asker, case), got,
                                      wanted(case)))

    def text(self):
        lines = ["| suite | cases | asked | passed | loosely |", "|---|---:|---:|---:|---:|"]
        total = [0, 0, 0, 0]
        for suite, row in sorted(self.rows.items()):
            total = [a + b for a, b in zip(total, row)]
            if row[1]:
                lines.append(f"| {suite} | {row[0]} | {row[1]} | {row[2]} | {row[3]} |")
        silent = sum(1 for row in self.rows.values() if not row[1])
        if silent:
            lines.append(f"| {silent} suites that the data cannot answer | "
                         f"{sum(r[0] for r in self.rows.values() if not r[1])} | 0 | | |")
        share = 100 * total[3] / total[1] if total[1] else 0
        lines.append(f"| **all** | {total[0]} | {total[1]} | {total[2]} | "
                     f"{total[3]} ({share:.0f} %) |")
        return "\n".join(lines)

    def causes(self):
        count = collections.Counter(failure[2] for failure in self.failures)
        return "; ".join(f"{cause}: {n}" for cause, n in count.most_common()) or "none"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rhumb", default=HERE / "build/release/rhumb")
    parser.add_argument("--atlas", type=pathlib.Path,
                        default=HERE / "build/quality/cases.atlas")
    parser.add_argument("--publish", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"skipped: there is no {DATA}")
    build(options.rhumb, options.atlas)
    world = World()
    process, url = serve(options.rhumb, options.atlas)
    asker = Asker(url)
    parts = []
    try:
        for title, name, read, answerable in (
                ("geocoder-tester, asked as Photon", "geocoder-tester-shared.tar.zst", photon_cases,
                 photon_answerable),
                ("Pelias' acceptance suites, asked as Pelias",
                 "pelias-acceptance-tests-shared.tar.zst", pelias_cases, pelias_answerable)):
            cases = [c for c in read(unpack(name)) if options.only in c.suite]
            table = Table()
            table.run(asker, cases, lambda case, f=answerable: f(world, case), options.all)
            parts.append((title, table))
    finally:
        process.terminate()
        process.wait()
    page = []
    for title, table in parts:
        page += [f"## {title}", "", table.text(), "", f"Not passed, by cause: {table.causes()}.", ""]
        page += ["| suite | asked | cause | first answer | expected |", "|---|---|---|---|---|"]
        page += ["| " + " | ".join(cell.replace("|", "/") for cell in failure) + " |"
                 for failure in sorted(table.failures, key=lambda f: (f[2], f[0]))]
        page.append("")
    print("\n".join(page))
    if options.publish:
        head = options.publish.read_text().split("\n## ")[0] if options.publish.exists() else ""
        options.publish.write_text(head.rstrip("\n") + "\n\n" + "\n".join(page))


if __name__ == "__main__":
    main()
