#!/usr/bin/env python3
"""Live objects over RESP: ours beside Redis's GEO and, where TILE38 names its binary, Tile38.

usage: bench/live.py BUILD [--points N] [--seconds S] [--fences N,N,...] [--only WORD]

One run starts every server on its own core, fills each with the same points (half all over the
world, half in 2,000 towns), asks all of them the same questions from another core, and prints the
rates side by side with the ratio of ours to each: one connection with 64 commands in flight, then 50
connections with one. Then objects that move among fences, memory, and the time from exec to the first
right answer after a kill -9 under load. Ours writes with durability=commit, Tile38 with its log
on, Redis with neither.
"""
import argparse
import math
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SERVER_CORE, CLIENT_CORE = "0", "1"
CITY = (47.0, 9.0)  # south-west corner of 1 by 1.2 degrees: about 111 by 91 km


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server under load; knows its process, port and dialect."""

    def __init__(self, name, dialect, command, port, folder):
        self.name, self.dialect, self.port, self.folder = name, dialect, port, folder
        self.command = command
        self.start()

    def start(self):
        self.log = open(f"{self.folder}/{self.name}.log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *self.command],
                                        stdout=self.log, stderr=self.log, cwd=self.folder)
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as peer:
                    peer.sendall(b"PING\r\n")
                    if b"PONG" in peer.recv(100):
                        return time.monotonic() - began
            except OSError:
                pass
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended: see {self.folder}/{self.name}.log")
            if time.monotonic() - began > 120:
                sys.exit(f"{self.name} does not answer PING")
            time.sleep(0.002)

    def ask(self, *words):
        """One command, its raw answer: enough for a look."""
        with socket.create_connection(("127.0.0.1", self.port), 60) as peer:
            request = b"*%d\r\n" % len(words)
            for word in map(str, words):
                request += b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode())
            peer.sendall(request)
            return peer.recv(1 << 20)

    def rss(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()


class World:
    """Points and questions, the same for every server."""

    def __init__(self, count, folder):
        self.dice = random.Random(1)
        self.folder = folder
        towns = [self.anywhere() for _ in range(2000)]
        self.points = []
        for i in range(count):
            if i % 2 == 0:
                self.points.append(self.anywhere())
            else:
                lat, lon = towns[self.dice.randrange(len(towns))]
                self.points.append((lat + self.dice.gauss(0, 0.03), lon + self.dice.gauss(0, 0.03)))

    def anywhere(self):
        return self.dice.uniform(-84, 84), self.dice.uniform(-179.9, 179.9)

    def centres(self, count):
        return [self.points[self.dice.randrange(len(self.points))] for _ in range(count)]

    def write(self, name, lines):
        path = f"{self.folder}/{name}"
        with open(path, "w") as out:
            out.writelines(line + "\n" for line in lines)
        return path


def questions(world):
    """title -> {dialect: file of commands}."""
    tables = {}

    def add(title, tile38, redis):
        slug = re.sub(r"\W+", "_", title)
        tables[title] = {"tile38": world.write(slug + ".t", tile38)}
        if redis is not None:
            tables[title]["redis"] = world.write(slug + ".r", redis)

    count = len(world.points)
    some = [world.dice.randrange(count) for _ in range(100000)]
    moved = [(i, world.points[i][0] + 1e-4, world.points[i][1] + 1e-4)
             for i in (world.dice.randrange(count) for _ in range(200000))]
    add("set, moving", [f"SET fleet truck:{i} POINT {lat:.6f} {lon:.6f}" for i, lat, lon in moved],
        [f"GEOADD fleet {lon:.6f} {lat:.6f} truck:{i}" for i, lat, lon in moved])
    add("get", [f"GET fleet truck:{i} POINT" for i in some], [f"GEOPOS fleet truck:{i}" for i in some])
    centres = world.centres(20000)
    add("nearest 10", [f"NEARBY fleet LIMIT 10 IDS POINT {lat:.6f} {lon:.6f}" for lat, lon in centres],
        None)
    for km in (1, 10, 100):
        add(f"radius {km} km, first 10",
            [f"NEARBY fleet LIMIT 10 IDS POINT {lat:.6f} {lon:.6f} {km * 1000}" for lat, lon in centres],
            [f"GEOSEARCH fleet FROMLONLAT {lon:.6f} {lat:.6f} BYRADIUS {km} km ASC COUNT 10"
             for lat, lon in centres])
    for km in (1, 10, 100):
        add(f"radius {km} km, count",
            [f"WITHIN fleet COUNT CIRCLE {lat:.6f} {lon:.6f} {km * 1000}" for lat, lon in centres], None)
    add("box 1 degree, count",
        [f"WITHIN fleet COUNT BOUNDS {lat - .5:.6f} {max(lon - .5, -180):.6f} {lat + .5:.6f} {min(lon + .5, 180):.6f}"
         for lat, lon in centres], None)
    add("box 10 km, ids",
        [f"WITHIN fleet LIMIT 100000 IDS BOUNDS {lat - .045:.6f} {lon - .045:.6f} "
         f"{lat + .045:.6f} {lon + .045:.6f}" for lat, lon in centres],
        [f"GEOSEARCH fleet FROMLONLAT {lon:.6f} {lat:.6f} BYBOX 10 10 km" for lat, lon in centres])
    polygons = []
    for lat, lon in centres[:5000]:
        lat, lon = min(max(lat, -83), 83), min(max(lon, -179), 179)
        ring = [[round(lon + .3 * math.cos(a / 16 * math.tau) * (1 if a % 2 else .6), 6),
                 round(lat + .3 * math.sin(a / 16 * math.tau) * (1 if a % 2 else .6), 6)]
                for a in range(16)]
        ring.append(ring[0])
        shape = str({"type": "Polygon", "coordinates": [ring]}).replace("'", '"').replace(" ", "")
        polygons.append(f"INTERSECTS fleet COUNT OBJECT {shape}")
    add("polygon of 16, count", polygons, None)
    return tables


def load(build, server, path, connections, pipeline, seconds):
    """Rate a second of one file of commands."""
    result = subprocess.run(["taskset", "-c", CLIENT_CORE, f"{build}/bench/resp_load", str(server.port),
                             path, str(connections), str(pipeline), str(seconds)],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{server.name}: {result.stdout}{result.stderr}")
    return float(result.stdout.split("/s")[0]), result.stdout.strip()


def table(rows, servers):
    names = [server.name for server in servers]
    print(f"| {'':34} | " + " | ".join(f"{name:>12}" for name in names) +
          " | " + " | ".join(f"{'/ ' + name:>9}" for name in names[1:]) + " |")
    print("|" + "---|" * (2 * len(names)))
    for title, values in rows:
        cells = [f"{values[name]:12,.0f}" if name in values else f"{'-':>12}" for name in names]
        ratios = [f"{values[names[0]] / values[name]:8.1f}x" if values.get(name) else f"{'-':>9}"
                  for name in names[1:]]
        print(f"| {title:34} | " + " | ".join(cells) + " | " + " | ".join(ratios) + " |", flush=True)


def ask_all(build, servers, tables, seconds, connections, pipeline):
    rows = []
    for title, files in tables.items():
        values = {}
        for server in servers:
            if server.dialect in files:
                runs = sorted(load(build, server, files[server.dialect], connections, pipeline,
                                   seconds)[0] for _ in range(3))
                values[server.name] = runs[1]
        rows.append((title, values))
    table(rows, servers)


def fence_runs(build, start, world, counts, seconds):
    """Moving objects under fences, of each server alone: rates by number of fences."""
    for detect, sizes in (("DETECT enter,exit ", counts), ("", [n for n in counts if n <= 1000])):
        rows = []
        for count in sizes:
            values = {}
            servers = start("fences")
            for server in servers:
                if server.dialect != "tile38":
                    continue
                fences = []
                for i in range(count):
                    lat = CITY[0] + world.dice.random()
                    lon = CITY[1] + 1.2 * world.dice.random()
                    fences.append(f"SETCHAN fence:{i} WITHIN fleet FENCE {detect}BOUNDS {lat:.6f} {lon:.6f} "
                                  f"{lat + .0018:.6f} {lon + .0026:.6f}")
                if fences:
                    load(build, server, world.write("fences.t", fences), 1, 64, 0)
                moves = [f"SET fleet truck:{world.dice.randrange(20000)} POINT "
                         f"{CITY[0] + world.dice.random():.6f} {CITY[1] + 1.2 * world.dice.random():.6f}"
                         for _ in range(100000)]
                path = world.write("moves.t", moves)
                load(build, server, path, 1, 64, 1)
                values[server.name] = sorted(load(build, server, path, 1, 64, seconds)[0]
                                             for _ in range(3))[1]
                print(f"  {count} fences, {server.name}: {server.rss():.0f} MB RSS", flush=True)
            for server in servers:
                server.stop()
            rows.append((f"{count:,} fences, {detect.strip() or 'default detection'}", values))
        table(rows, servers)


def restart(build, server, world, tables):
    """exec to the first right GET after a kill -9 while commands come in."""
    writer = threading.Thread(target=lambda: subprocess.run(
        [f"{build}/bench/resp_load", str(server.port), tables["set, moving"]["tile38"], "1", "64", "30"],
        capture_output=True, check=False))
    writer.start()
    time.sleep(3)
    server.stop(signal.SIGKILL)
    writer.join()
    began = time.monotonic()
    server.start()
    answer = server.ask("GET", "fleet", "truck:1", "POINT")
    taken = time.monotonic() - began
    right = answer.startswith(b"*2")
    print(f"  {server.name}: {taken:.2f} s from exec to {'the first GET' if right else answer!r}, "
          f"{server.ask('STATS', 'fleet')[:200]!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=1000000)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--fences", default="0,1000,100000,1000000")
    parser.add_argument("--only", default="", help="points, fences or restart")
    arguments = parser.parse_args()
    build = str(pathlib.Path(arguments.build).resolve())
    folder = tempfile.mkdtemp(prefix="rhumb-bench-")
    tile38 = os.environ.get("TILE38")
    world = World(arguments.points, folder)

    def start(purpose):
        data = f"{folder}/{purpose}"
        os.makedirs(data, exist_ok=True)
        ports = [free_port() for _ in range(4)]
        servers = [Server("rhumb", "tile38", [f"{build}/rhumb", "serve", "--data", tempfile.mkdtemp(dir=data),
                                              "--threads", "1", "--http", f"127.0.0.1:{ports[0]}",
                                              "--resp", f"127.0.0.1:{ports[1]}"], ports[1], data)]
        if tile38:
            servers.append(Server("tile38", "tile38",
                                  [tile38, "-h", "127.0.0.1", "-p", str(ports[2]), "-d",
                                   tempfile.mkdtemp(dir=data), "-q"], ports[2], data))
        if shutil.which("redis-server"):
            servers.append(Server("redis", "redis", ["redis-server", "--port", str(ports[3]), "--save", "",
                                                     "--appendonly", "no"], ports[3], data))
        return servers

    if arguments.only in ("", "points", "restart"):
        servers = start("points")
        tables = questions(world)
        fills = {"tile38": world.write("fill.t", (f"SET fleet truck:{i} POINT {lat:.6f} {lon:.6f}"
                                                  for i, (lat, lon) in enumerate(world.points))),
                 "redis": world.write("fill.r", (f"GEOADD fleet {lon:.6f} {lat:.6f} truck:{i}"
                                                 for i, (lat, lon) in enumerate(world.points)))}
        print(f"\n{arguments.points:,} points, 1 connection x 64, commands a second, median of 3:\n")
        empty = {server.name: server.rss() for server in servers}
        table([("set, new", {server.name: load(build, server, fills[server.dialect], 1, 64, 0)[0]
                             for server in servers})], servers)
        time.sleep(5)
        full = {server.name: server.rss() for server in servers}
        if arguments.only != "restart":
            ask_all(build, servers, tables, arguments.seconds, 1, 64)
            print("\n50 connections x 1:\n")
            ask_all(build, servers, tables, arguments.seconds, 50, 1)
        print("\nmemory, MB of RSS: empty, with the points, now")
        for server in servers:
            print(f"  {server.name}: {empty[server.name]:.0f}, {full[server.name]:.0f}, {server.rss():.0f}")
        print("\nkill -9 under full load, then again:")
        restart(build, servers[0], world, tables)
        for server in servers[1:]:
            if server.dialect == "tile38":
                restart(build, server, world, tables)
        for server in servers:
            server.stop()
    if arguments.only in ("", "fences"):
        print("\nobjects moving among fences, 1 connection x 64, SETs a second, nobody listening:\n")
        fence_runs(build, start, world, [int(n) for n in arguments.fences.split(",")],
                   arguments.seconds)
    shutil.rmtree(folder)


main()
