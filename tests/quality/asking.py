"""Asks Rhumb: over HTTP, or through the NDJSON of its commands."""
import http.client
import json
import re
import subprocess
import sys
import urllib.parse


class Server:
    """The HTTP API at an address, asked one request after the other."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)

    def ask_whole(self, route, **parameters):
        self.connection.request("GET", f"/v1/{route}?" + urllib.parse.urlencode(parameters))
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{route} {parameters}: {answer.status} {body}")
        return body

    def ask(self, route, **parameters):
        return self.ask_whole(route, **parameters)["features"]

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


def serve(rhumb, atlas):
    """Starts a server on a free port; (process, URL)."""
    process = subprocess.Popen([rhumb, "serve", "--atlas", atlas, "--http", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        found = re.search(r"http://[^\s\"/]+", line)
        if found:
            return process, found[0]
    sys.exit("the server did not start")
