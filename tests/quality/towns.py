"""What an extract says of its addresses, streets, places and postcodes, read with osmium.

Our own reader has no part in it. Python's standard library and osmium only.
"""
import bisect
import collections
import math
import pathlib
import re
import subprocess
import tempfile
import unicodedata

NUMBER_FIRST = {"US", "CA", "GB", "IE", "AU", "NZ", "FR", "MC", "LU"}
NEAR_M = 50.0
POI_KEYS = ("amenity", "shop", "tourism", "leisure", "office")


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

    def __init__(self, points, nodes=()):
        self.points, self.nodes = points, nodes
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
        nodes = []
        if line[0] == "n" and fields.get("x"):
            points = [(float(fields["y"]), float(fields["x"]))]
        elif line[0] == "w":
            found = re.findall(r"n(-?\d+)x(-?[\d.]+)y(-?[\d.]+)", fields.get("N", ""))
            points = [(float(y), float(x)) for _, x, y in found]
            nodes = [node for node, _, _ in found]
        else:
            continue
        if points:
            yield "osm:" + line.split(" ", 1)[0], tags, Shape(points, nodes)


class Town:
    """What an extract says of its addresses."""

    def __init__(self, path):
        self.name = re.sub(r"(-\d{8})?\.osm\.pbf$", "", path.name)
        self.path = path
        self.named = []  # (tags, shape) of what has a name and is no road
        self.left_out = collections.Counter()
        self.addresses, self.streets, self.centres = [], collections.defaultdict(list), {}
        # Everything with that street and number, whatever else it is: these are right answers too.
        self.same = collections.defaultdict(list)
        self.by_id = {}
        countries = collections.Counter()
        for identity, tags, shape in self.things():
            if "addr:housenumber" in tags:
                self.add_address(Address(identity, tags, shape))
                countries[tags.get("addr:country", "").upper()] += 1
            if "highway" in tags and "name" in tags and identity[4] == "w":
                self.streets[plain(tags["name"])].append((tags["name"], shape))
            elif any(key in tags for key in POI_KEYS + ("place",)) and (
                    "name" in tags or "brand" in tags):
                self.named.append(({"name": tags.get("brand"), **tags}, shape))
            if "place" in tags and "name" in tags:
                self.centres.setdefault(plain(tags["name"]), shape.point)
        # The country of the extract, by where it lies, for the order of number and street.
        self.country_code = self.country(countries)
        self.number_first = self.country_code in NUMBER_FIRST
        self.address_count = len(self.addresses)
        self.drop_shared_texts()

    def things(self):
        return objects(self.path, "nw/addr:housenumber", "w/highway", "n/place",
                       *(f"nw/{key}" for key in POI_KEYS))

    def add_address(self, address):
        if not address.street:
            self.left_out["neither street nor place"] += 1
            return
        self.addresses.append(address)
        self.same[address.key].append(address)
        self.by_id[address.id] = address

    def crossings(self):
        """{(name, name): points} of the streets that share a node, each pair once."""
        names, points = collections.defaultdict(dict), {}
        for pieces in self.streets.values():
            for name, shape in pieces:
                for node, point in zip(shape.nodes, shape.points):
                    names[node][plain(name)] = name
                    points[node] = point
        found = collections.defaultdict(list)
        for node, here in names.items():
            if len(here) == 2:
                found[tuple(here[key] for key in sorted(here))].append(points[node])
        return found

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
