"""What the black-box tests share: the program, the demo town, servers, HTTP."""
import contextlib
import functools
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

SECONDS = 60  # more than any single call takes, also under a sanitizer
rhumb_path = None
folder = None


def use(path):
    global rhumb_path
    rhumb_path = pathlib.Path(path).resolve()


@contextlib.contextmanager
def workplace():
    global folder
    with tempfile.TemporaryDirectory(prefix="rhumb-blackbox-") as name:
        folder = pathlib.Path(name)
        yield


def clean_environment(**more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RHUMB_")}
    return {**kept, "XDG_CACHE_HOME": str(folder), **more}


def rhumb(*words, stdin="", environment=None):
    """Runs the program to its end; text in, text out."""
    return subprocess.run([rhumb_path, *map(str, words)], input=stdin, capture_output=True,
                          text=True, timeout=SECONDS, env=clean_environment(**(environment or {})),
                          cwd=folder, check=False)


@functools.cache
def town():
    """The demo town's source files."""
    place = folder / "town"
    done = rhumb("demo", "--write", place)
    assert done.returncode == 0, done.stderr
    return place


def town_inputs():
    return sorted(town().glob("*.pbf"))


@functools.cache
def atlas():
    """An atlas of the demo town."""
    path = folder / "town.atlas"
    done = rhumb("build", "-q", "-o", path, *town_inputs())
    assert done.returncode == 0, done.stderr
    return path


def search(text, *words):
    done = rhumb("search", "--atlas", atlas(), *words, text)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["features"]


@functools.cache
def some_address():
    """(text, feature) of an address of the town, found through reverse at its first places."""
    lon, lat = centre()
    done = rhumb("reverse", "--atlas", atlas(), "--layers", "address", lat, lon)
    assert done.returncode == 0, done.stderr
    feature = json.loads(done.stdout)["features"][0]
    return feature["properties"]["label"], feature


@functools.cache
def centre():
    """The middle of the town, from the box that inspect prints."""
    shown = rhumb("inspect", atlas()).stdout
    west, south, east, north = map(float, re.search(
        r"west (\S+) south (\S+) east (\S+) north (\S+)", shown).groups())
    return (west + east) / 2, (south + north) / 2


class Server:
    """`rhumb serve` on a free port, ended with the context; path=False: without an atlas."""

    def __init__(self, *words, path=None, environment=None):
        self.control = folder / f"control-{time.monotonic_ns()}"
        world = [] if path is False else ["--atlas", path or atlas()]
        self.process = subprocess.Popen(
            [rhumb_path, "serve", *world, "--http", "127.0.0.1:0", "--control",
             self.control, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=clean_environment(**(environment or {})), cwd=folder)
        self.output = ""
        found = self.wait_for(r"http://([0-9.]+|\[[0-9a-f:]+\]):(\d+)")
        self.host, self.port = found[1], int(found[2])
        self.url = found[0]

    def wait_for(self, pattern):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = re.search(pattern, self.output)
            if found:
                return found
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536).decode()
                if not piece:
                    break
                self.output += piece
        raise AssertionError(f"no /{pattern}/ in what the server printed:\n{self.output}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self.output += self.process.stdout.read().decode()
        self.process.stdout.close()
        return code

    def get(self, target, method="GET", **headers):
        """(status, headers, body) of one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, target, headers={
                key.replace("_", "-"): value for key, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def send(self, method, target, body=None, expect=None, **headers):
        """(status, decoded JSON or None) of a request with a body; text, bytes, or what becomes JSON."""
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, target, body=data, headers={
                key.replace("_", "-"): value for key, value in headers.items()})
            answer = connection.getresponse()
            text = answer.read()
        if expect is not None:
            assert answer.status == expect, (method, target, answer.status, text[:2000])
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError:
            return answer.status, text

    def ask(self, route, **parameters):
        """The JSON of a route that answers 200."""
        status, _, body = self.get(f"/v1/{route}?" + urllib.parse.urlencode(parameters))
        assert status == 200, (status, body)
        return json.loads(body)

    def raw(self, data, wait_s=5.0):
        """Everything the server sends for these bytes until it is silent or closes."""
        with socket.create_connection((self.host, self.port), timeout=wait_s) as connection:
            connection.sendall(data)
            received = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while piece := connection.recv(65536):
                    received += piece
                    if received.endswith(b"}") or received.endswith(b"\n"):
                        connection.settimeout(0.3)
            return received
