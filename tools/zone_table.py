#!/usr/bin/env python3
"""Writes src/atlas/zone_table.h from zone.tab of the time zone database (public domain).

usage: tools/zone_table.py /usr/share/zoneinfo/zone.tab > src/atlas/zone_table.h
"""

import sys

# Where a country has more zones, the one that stands for all of it: the clocks of the others are the
# same, or concern an exclave, or are not the country's own.
MAIN = {
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "MY": "Asia/Kuala_Lumpur",
    "PS": "Asia/Hebron",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


def main():
    rows = []
    with open(sys.argv[1], encoding="utf-8") as table:
        for line in table:
            if not line.startswith("#") and line.strip():
                columns = line.rstrip("\n").split("\t")
                rows.append((columns[0], columns[2]))
    rows.sort()
    print("// Written by tools/zone_table.py from zone.tab of the time zone database (public domain).")
    print("// Country, zone, whether it stands for all of the country; ascending.")
    print("// clang-format off")
    for country, zone in rows:
        zones = [row for row in rows if row[0] == country]
        is_all = len(zones) == 1 or MAIN.get(country) == zone
        print(f'{{"{country}", {"true" if is_all else "false"}, "{zone}"}},')


if __name__ == "__main__":
    main()
