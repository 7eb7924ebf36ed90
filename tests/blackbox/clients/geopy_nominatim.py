"""geopy's Nominatim: geopy_nominatim.py URL '{"text": …}'"""
import json
import sys

from geopy.geocoders import Nominatim

url, wanted = sys.argv[1], json.loads(sys.argv[2])
nominatim = Nominatim(domain=f"{url.removeprefix('http://')}/nominatim", scheme="http",
                      user_agent="a test", timeout=10)
lat, lon = wanted["lat"], wanted["lon"]


def is_there(found):
    return abs(found.latitude - lat) < 1e-4 and abs(found.longitude - lon) < 1e-4


found = nominatim.geocode(wanted["text"], exactly_one=False, limit=3, addressdetails=True,
                          language="en", country_codes=[wanted["country"].lower()],
                          extratags=True, namedetails=True, geometry="wkt")
assert is_there(found[0]) and len(found) <= 3, found
assert wanted["street"] in found[0].address, found[0].address
assert found[0].raw["address"]["house_number"] == wanted["number"]
assert found[0].raw["geotext"].startswith("POINT(")
parts = nominatim.geocode({"street": f"{wanted['number']} {wanted['street']}",
                           "city": wanted["city"]})
assert is_there(parts), parts
box = [(lat - 0.01, lon - 0.01), (lat + 0.01, lon + 0.01)]
assert is_there(nominatim.geocode(wanted["text"], viewbox=box, bounded=True))
assert nominatim.geocode(wanted["text"], viewbox=[(-1, -1), (-0.5, -0.5)], bounded=True) is None
assert nominatim.geocode("zzzqqqxxxzzz") is None
assert is_there(nominatim.reverse((lat, lon), language="en"))
assert wanted["street"] not in nominatim.reverse((lat, lon), zoom=10).address
assert nominatim.reverse((0.5, -150)) is None
print("geopy Nominatim: ok")
