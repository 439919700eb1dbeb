"""A stand-in of the Hugging Face hub: the routes of its API that pushing and pulling a model repository use, over real HTTP."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import yaml

TOKEN = "hf_stand_in"


class StandIn(BaseHTTPRequestHandler):
    """Answers as the hub does; what it holds is the server's."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def handle_any(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            self.body = b"".join(chunks)
        else:
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        self.server.log.append((self.command, path))
        for method, pattern, route in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and self.command in method:
                return route(self, **found.groupdict())
        return self.answer({"error": f"no route {path}"}, 404)

    def answer(self, content, status=200, **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")) if status == 200 else None
        if part and self.server.gives_parts:
            begin, end = int(part[1]), min(int(part[2]) + 1, len(body))
            headers["Content_Range"] = f"bytes {begin}-{end - 1}/{len(body)}"
            body, status = body[begin:end], 206
        if self.command == "GET":
            self.server.sent += len(body)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def may(self, repo, write=False):
        """The repository, or None after the hub's own answer to someone without access."""
        held, known = self.server.repositories.get(repo), self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if held is None or (held["private"] and not known):
            self.answer({"error": "Repository not found"}, 404 if known else 401, X_Error_Code="RepoNotFound")
        elif write and not known:
            self.answer({"error": "Forbidden"}, 403)
        else:
            return held
        return None

    def create(self):
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer({"error": "Invalid username or password."}, 401)
        if asked["organization"] != "someone":
            return self.answer({"error": "You don't have the rights"}, 403)
        if name in self.server.repositories:
            return self.answer(
                {"error": "You already created this model repo", "url": f"{self.server.url}/{name}"}, 409
            )
        self.server.put(name, {}, private=asked.get("visibility") == "private")
        return self.answer({"url": f"{self.server.url}/{name}"})

    def info(self, repo, revision="main"):
        if held := self.may(repo):
            sha = held["refs"].get(revision, revision)
            if sha not in held["commits"]:
                return self.answer({"error": "Invalid rev id"}, 404, X_Error_Code="RevisionNotFound")
            files = [
                {"rfilename": path, "size": held.get("said", {}).get(path, len(content))}
                for path, content in held["commits"][sha].items()
            ]
            return self.answer({"id": repo, "sha": sha, "private": held["private"], "siblings": files})

    def tree(self, repo, revision):
        if held := self.may(repo):
            files = held["commits"][revision].items()
            listed = [{"type": "file", "path": p, "size": len(c), "oid": hashlib.sha1(c).hexdigest()} for p, c in files]
            return self.answer(listed)

    def validate_yaml(self):
        content = json.loads(self.body)["content"]
        try:
            yaml.safe_load(content.split("---\n")[1])
        except yaml.YAMLError as error:
            return self.answer({"errors": [{"message": str(error)}], "warnings": []}, 400)
        return self.answer({"errors": [], "warnings": []})

    def preupload(self, repo):
        if self.may(repo, write=True):
            asked = json.loads(self.body)["files"]
            modes = {f["path"]: "lfs" if f["path"].endswith(".safetensors") else "regular" for f in asked}
            files = [{"path": p, "uploadMode": mode, "shouldIgnore": False} for p, mode in modes.items()]
            return self.answer({"files": files})

    def lfs_batch(self, repo):
        if self.may(repo, write=True):
            objects = [
                {**o, "actions": {"upload": {"href": f"{self.server.url}/large/{o['oid']}"}}}
                for o in json.loads(self.body)["objects"]
            ]
            return self.answer({"transfer": "basic", "objects": objects})

    def large(self, oid):
        if self.command == "PUT":
            assert hashlib.sha256(self.body).hexdigest() == oid
            self.server.large[oid] = self.body
            return self.answer(b"")
        self.server.gate.wait(30)
        return self.answer(self.server.large[oid])

    def commit(self, repo):
        if held := self.may(repo, write=True):
            files = dict(held["commits"][held["refs"]["main"]])
            for line in map(json.loads, self.body.splitlines()):
                if line["key"] == "file":
                    files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                elif line["key"] == "lfsFile":
                    files[line["value"]["path"]] = self.server.large[line["value"]["oid"]]
            sha = self.server.commit(held, files)
            return self.answer({"commitUrl": f"{self.server.url}/{repo}/commit/{sha}", "commitOid": sha})

    def resolve(self, repo, revision, path):
        if held := self.may(repo):
            revision = held["refs"].get(revision, revision)
            content = held["commits"][revision].get(path)
            if content is None:
                return self.answer(
                    {"error": "Entry not found"}, 404, X_Error_Code="EntryNotFound", X_Repo_Commit=revision
                )
            oid = hashlib.sha256(content).hexdigest()
            if not path.endswith(".safetensors"):
                return self.answer(content, ETag=f'"{oid}"', X_Repo_Commit=revision)
            self.server.large[oid] = content
            linked = {"X_Linked_Etag": f'"{oid}"', "X_Linked_Size": str(len(content)), "X_Repo_Commit": revision}
            elsewhere = self.server.url.replace(
                "127.0.0.1", "localhost"
            )  # as the hub's large files are on another host
            return self.answer(b"", 302, Location=f"{elsewhere}/large/{oid}", **linked)


REPO = r"(?P<repo>[^/]+/[^/]+)"
ROUTES = (
    (("POST",), "/api/repos/create", StandIn.create),
    (("POST",), "/api/validate-yaml", StandIn.validate_yaml),
    (("POST",), f"/api/models/{REPO}/preupload/main", StandIn.preupload),
    (("POST",), f"/api/models/{REPO}/commit/main", StandIn.commit),
    (("POST",), rf"/{REPO}\.git/info/lfs/objects/batch", StandIn.lfs_batch),
    (("GET",), f"/api/models/{REPO}/tree/(?P<revision>[^/]+)", StandIn.tree),
    (("GET",), f"/api/models/{REPO}", StandIn.info),
    (("GET",), f"/api/models/{REPO}/revision/(?P<revision>.+)", StandIn.info),
    (("GET", "PUT"), "/large/(?P<oid>[0-9a-f]+)", StandIn.large),
    (("GET", "HEAD"), f"/{REPO}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", StandIn.resolve),
)


class Server(ThreadingHTTPServer):
    """repositories: name -> private, refs, commits (sha -> path -> bytes), and `said`, sizes that it claims; large: files by
    digest; log: requests; sent: bytes; gives_parts: whether it heeds Range;
    gate: large files are given while it is set."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), StandIn)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories, self.large, self.log, self.sent, self.gives_parts = {}, {}, [], 0, True
        self.gate = threading.Event()
        self.gate.set()

    def commit(self, held, files):
        sha = hashlib.sha1(repr(sorted((p, hashlib.sha1(c).digest()) for p, c in files.items())).encode()).hexdigest()
        held["commits"][sha] = files
        held["refs"]["main"] = sha
        return sha

    def put(self, name, files, private=False, **more):
        self.repositories[name] = {"private": private, "refs": {}, "commits": {}, **more}
        return self.commit(self.repositories[name], files)

    def files(self, name):
        held = self.repositories[name]
        return held["commits"][held["refs"]["main"]]
