"""geopy's Photon and Pelias: geopy_clients.py URL '{"text": …}'"""
import json
import sys

from geopy.geocoders import Pelias, Photon

url, wanted = sys.argv[1], json.loads(sys.argv[2])
place = url.removeprefix("http://")


def is_there(found):
    return abs(found.latitude - wanted["lat"]) < 1e-4 and abs(found.longitude - wanted["lon"]) < 1e-4


photon = Photon(domain=f"{place}/photon", scheme="http", timeout=10)
found = photon.geocode(wanted["text"], exactly_one=False, limit=3, language="en",
                       location_bias=(wanted["lat"], wanted["lon"]))
assert is_there(found[0]) and len(found) <= 3, found
assert wanted["city"] in found[0].address, found[0].address
assert found[0].raw["properties"]["housenumber"] == wanted["number"]
assert is_there(photon.reverse((wanted["lat"], wanted["lon"]), language="en"))
assert photon.geocode("zzzqqqxxxzzz") is None

pelias = Pelias(domain=f"{place}/pelias", scheme="http", timeout=10)
found = pelias.geocode(wanted["text"], exactly_one=False, language="en",
                       countries=[wanted["country"]])
assert is_there(found[0]), found
assert found[0].raw["properties"]["locality"] == wanted["city"]
assert is_there(pelias.reverse((wanted["lat"], wanted["lon"])))
assert pelias.geocode(wanted["text"], boundary_rect=[[-1, -1], [-0.5, -0.5]]) is None
print("geopy: ok")
