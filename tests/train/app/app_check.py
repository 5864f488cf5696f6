#!/usr/bin/env python3
"""ct2ct app from outside, as its page and as an attacker see it.

    app_check.py PROGRAM attacks     what is refused; the server lives, and its memory stays bounded
    app_check.py PROGRAM jobs        open, fill, save, cancel, kill, train, drop, quit

Only the standard library. `jobs` compares with the command line; its part on DICOM needs
CT2CT_REAL_DATA and is skipped, and counted, without it.
"""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

KIB = 1024


class Server:
    """A server of its own state, and a visitor with its cookie."""

    started = []

    def __init__(self, program, work, *folders):
        self.program, self.work, self.folders = program, pathlib.Path(work), folders
        self.start()

    def start(self):
        words = [self.program, "app", "--no-browser", "--state", str(self.work / "state")]
        for folder in self.folders:
            words += ["--folder", str(folder)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=self.work)
        Server.started.append(self.process)
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.address
        self.port = int(self.address.split(":")[2].split("/")[0])
        self.host = f"127.0.0.1:{self.port}"
        self.token = self.address.split("token=")[1]
        answer = self.ask("GET", f"/?token={self.token}", cookie=None)
        assert answer.status == 200, answer.status
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert "SameSite=Strict" in answer.headers["Set-Cookie"]

    def ask(self, method, path, body=None, cookie="own", **headers):
        """The answer, with its text in `text`. Headers: Host="...", Origin=None leaves one out."""
        known = {"Host": self.host}
        if cookie == "own":
            known["Cookie"] = self.cookie
        elif cookie:
            known["Cookie"] = cookie
        if method in ("POST", "PUT"):
            known["Origin"] = "http://" + self.host
            known["Content-Type"] = "application/json"
        for name, value in headers.items():
            known[name.replace("_", "-")] = value
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            known.setdefault("Content-Length", str(len(data)))
        for name, value in known.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        if data:
            connection.send(data)
        answer = connection.getresponse()
        answer.text = answer.read()
        connection.close()
        return answer

    def get(self, path, expect=200):
        answer = self.ask("GET", path)
        assert answer.status == expect, (path, answer.status, answer.text)
        return json.loads(answer.text)

    def post(self, path, body, expect=200, **headers):
        answer = self.ask("POST", path, body, **headers)
        assert answer.status == expect, (path, body, answer.status, answer.text)
        return json.loads(answer.text)

    def memory(self):
        """The most memory that the server has had, in KiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        return 0

    def wait(self, job, until, seconds=240):
        end = time.time() + seconds
        while time.time() < end:
            now = self.get(f"/api/jobs/{job['id']}")
            if until(now):
                return now
            time.sleep(0.05)
        raise AssertionError(f"after {seconds} s: {now}")

    def ended(self, job, state):
        now = self.wait(job, lambda j: j["state"] not in ("queued", "running"))
        assert now["state"] == state, now
        return now

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


def children_of(pid):
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def run(program, *words, cwd):
    subprocess.run([program, *words, "--quiet"], cwd=cwd, check=True, stderr=subprocess.DEVNULL)


# What is refused.


def strangers(s):
    """Without the cookie, from elsewhere, under another name."""
    evil = "http://evil.example"
    api = "/api/state"
    count = 0
    for expect, (method, path, body, options) in [
            (403, ("GET", api, None, {"cookie": None})),
            (403, ("GET", "/", None, {"cookie": None})),
            (403, ("GET", "/?token=wrong", None, {})),
            (403, ("GET", f"/?token={s.token}x", None, {"cookie": None})),
            (403, ("GET", api, None, {"cookie": f"ct2ct_{s.port}=wrong"})),
            (403, ("GET", api, None, {"cookie": s.cookie.replace("ct2ct", "other")})),
            (403, ("GET", api, None, {"Host": f"evil.example:{s.port}"})),
            (403, ("GET", api, None, {"Host": "127.0.0.1"})),
            (403, ("GET", api, None, {"Host": f"127.0.0.1:{s.port}.evil.example"})),
            (403, ("GET", api, None, {"Host": f"[::1]:{s.port}"})),
            (403, ("GET", f"/?token={s.token}", None, {"Host": f"evil.example:{s.port}"})),
            (403, ("GET", api, None, {"Origin": evil})),
            (403, ("GET", api, None, {"Sec_Fetch_Site": "cross-site"})),
            (403, ("GET", api, None, {"Sec_Fetch_Site": "same-site"})),
            (403, ("POST", "/api/quit", {}, {"Origin": evil})),
            (403, ("POST", "/api/quit", {}, {"Origin": None})),
            (403, ("POST", "/api/quit", {}, {"Origin": "null"})),
            (403, ("POST", "/api/quit", {}, {"Origin": f"http://127.0.0.1:{s.port + 1}"})),
            (403, ("POST", "/api/quit", {}, {"Origin": f"http://localhost:{s.port}"})),
            (403, ("POST", "/api/quit", {}, {"cookie": None})),
            (403, ("POST", "/api/quit", {}, {"Host": "evil.example", "Origin": "http://evil.example"})),
            (405, ("DELETE", api, None, {})),
            (405, ("OPTIONS", api, None, {"Origin": evil})),
            (405, ("PATCH", api, {}, {})),
            (415, ("POST", "/api/quit", {}, {"Content_Type": "text/plain"})),
            (415, ("POST", "/api/quit", {}, {"Content_Type": "application/x-www-form-urlencoded"})),
            (415, ("POST", "/api/quit", {}, {"Content_Type": "multipart/form-data; boundary=x"})),
            (415, ("POST", "/api/quit", {}, {"Content_Encoding": "gzip"})),
            (415, ("PUT", "/api/drop/a?path=b", b"x", {"Content_Type": "multipart/form-data; boundary=x"})),
            (404, ("GET", "/api/nothing", None, {})),
            (404, ("GET", "/index.html", None, {})),
            (404, ("POST", "/api/nothing", {}, {}))]:
        answer = s.ask(method, path, body, **options)
        assert answer.status == expect, (method, path, options, answer.status, answer.text)
        assert "evil" not in answer.headers.get("Access-Control-Allow-Origin", ""), path
        count += 1
    assert s.ask("GET", api, Host=f"localhost:{s.port}").status == 200
    return count


def paths(s, scans, outside):
    """Out of the folder, by dots, from the root, by links, in names of files and of ids."""
    (scans / "link").symlink_to(outside)
    (scans / "link.nii.gz").symlink_to(outside / "secret.nii.gz")
    count = 0
    for path in ["/etc/passwd", "/etc", str(outside), f"{scans}/../outside", f"{scans}/link",
                 f"{scans}/link/secret.nii.gz", f"{scans}/link.nii.gz", f"{scans}x", "/proc/self/mem",
                 "/dev/zero", f"{outside}/not_there"]:
        assert s.ask("POST", "/api/open", {"path": path}).status == 403, path
        assert s.ask("GET", "/api/folder?path=" + path).status in (400, 403), path
        count += 2
    for path in ["", "a", "../a", "file:///etc/passwd", "\0/etc", "-h", "x" * 5000]:
        assert s.ask("POST", "/api/open", {"path": path}).status == 400, path
        count += 1
    assert s.ask("POST", "/api/open", {"path": f"{scans}/not_there"}).status == 404
    names = [e["name"] for e in s.get(f"/api/folder?path={scans}")["entries"]]
    assert "link" not in names and "link.nii.gz" not in names, names
    for path in ["/jobs/../state/lock/view", "/jobs/..%2f..%2flock/view", "/jobs/x/file/..%2fjob.json",
                 "/scans/..%2f..%2fsettings/0.png", "/scans/%2e%2e/0.png", "/scans/a/0.png",
                 "/jobs/x/file/%00", "//etc/passwd", "/../../etc/passwd", "/jobs//view",
                 "/" + "a/" * 2000]:
        assert s.ask("GET", path).status in (400, 404), path
        count += 1
    for path in ["../a", "/etc/a", "a/../../b", "", "a//b", ".", "a\nb", "b" * 2000]:
        drop = {"name": "d", "files": [{"path": path, "bytes": 1}]}
        assert s.ask("POST", "/api/drop", drop).status == 400, path
        drop = {"name": path, "files": [{"path": "a", "bytes": 1}]}
        assert s.ask("POST", "/api/drop", drop).status == 400, path
        count += 2
    drop = s.post("/api/drop", {"name": "d", "files": [{"path": "a", "bytes": 3}]})
    for query, body, expect in [("path=../a", b"abc", 404), ("path=b", b"abc", 404), ("", b"abc", 404),
                                ("path=a", b"abcd", 413), ("path=a", b"ab", 400)]:
        answer = s.ask("PUT", f"{drop['put']}?{query}", body)
        assert answer.status == expect, (query, answer.status, answer.text)
        count += 1
    assert s.ask("POST", f"{drop['put']}/done", {}).status == 409
    big = {"name": "d", "files": [{"path": "a", "bytes": 3 << 30}]}
    assert s.ask("POST", "/api/drop", big).status == 413
    return count + 2


def bodies(s):
    """JSON that is none, or asks for what does not exist."""
    scan = {"kind": "interpolate", "scan": "a" * 16, "factor": 2, "method": "cubic", "formats": []}
    count = 0
    for body in [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"path": "\xff"}', b"[" * 500000,
                 b'{"a":' * 100000, b'"' * 1000, b'{"path": 1}', b'{"path": "/", "path2": 1}',
                 b"{}" + b" " * 900000 + b"x"]:
        assert s.ask("POST", "/api/open", body).status == 400, body[:40]
        count += 1
    for change in [{"factor": 11}, {"factor": 2.5}, {"factor": "2"}, {"factor": 1e300}, {"spacing": 1},
                   {"method": "rm"}, {"formats": ["exe"]}, {"formats": "png"}, {"kind": "quit"},
                   {"scan": "../../x"}, {"scan": 3}, {"model": ["default"]}, {"more": 1},
                   {"factor": None}]:
        assert s.ask("POST", "/api/jobs", {**scan, **change}).status == 400, change
        count += 1
    assert s.ask("POST", "/api/jobs", scan).status == 404  # a scan that nobody has opened
    for what in ["cancel", "resume", "remove"]:
        assert s.ask("POST", f"/api/jobs/none/{what}", {}).status == 404, what
        count += 1
    return count + 1


def raw(s, data, seconds=20):
    """The first line of the answer to bytes; empty if the server closes."""
    with socket.create_connection(("127.0.0.1", s.port), timeout=seconds) as c:
        try:
            c.sendall(data)
            return c.recv(4096).split(b"\r\n")[0].decode(errors="replace")
        except (ConnectionError, socket.timeout):
            return ""


def large(s):
    """A body of 1 GB, with its length said and without."""
    before = s.memory()
    head = (f"POST /api/open HTTP/1.1\r\nHost: {s.host}\r\nOrigin: http://{s.host}\r\n"
            f"Cookie: {s.cookie}\r\nContent-Type: application/json\r\n").encode()
    for extra, piece in [(b"Content-Length: 1000000000\r\n\r\n", b" " * (1 << 20)),
                         (b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b" " * (1 << 20) + b"\r\n")]:
        sent = 0
        with socket.create_connection(("127.0.0.1", s.port), timeout=30) as c:
            try:
                c.sendall(head + extra)
                while sent < 1000:
                    c.sendall(piece)
                    sent += 1
            except (ConnectionError, socket.timeout):
                pass
        assert sent < 1000, "the server has taken 1 GB"
    assert "413" in raw(s, head + b"Content-Length: 1000000000\r\n\r\n")
    assert "4" == raw(s, head + b"Content-Length: -1\r\n\r\n")[9:10]
    long_header = b"GET / HTTP/1.1\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n"
    assert " 200 " not in raw(s, long_header)
    assert " 200 " not in raw(s, b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n")
    assert " 200 " not in raw(s, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500)
    assert " 200 " not in raw(s, b"\0" * 100000)
    grown = s.memory() - before
    assert grown < 64 * KIB, f"{grown} KiB more"
    return grown


def idle(s, count=200):
    """Connections that send nothing, and some that send one byte now and then."""
    before = s.memory()
    held = []
    for i in range(count):
        c = socket.create_connection(("127.0.0.1", s.port), timeout=30)
        if i % 4 == 0:
            c.sendall(b"GET / HTTP/1.1\r\nHo")
        held.append(c)
    began = time.time()
    for _ in range(5):
        s.get("/api/state")
    took = time.time() - began
    for c in held:
        c.close()
    grown = s.memory() - before
    assert grown < 64 * KIB, f"{grown} KiB more"
    return took, grown


def many_headers(s):
    """Headers without end."""
    before = s.memory()
    sent = 0
    with socket.create_connection(("127.0.0.1", s.port), timeout=30) as c:
        try:
            c.sendall(b"GET / HTTP/1.1\r\n")
            while sent < 200:
                c.sendall(b"".join(b"X%d: %s\r\n" % (i, b"a" * 1000) for i in range(1000)))
                sent += 1
        except (ConnectionError, socket.timeout):
            pass
    return sent, s.memory() - before


def attacks(program, work):
    scans, outside = work / "scans", work / "outside"
    for folder in (scans, outside):
        folder.mkdir()
    run(program, "phantom", "scans/a.nii.gz", "--slices", "8", "--size", "32", cwd=work)
    run(program, "phantom", "outside/secret.nii.gz", "--slices", "8", "--size", "32", cwd=work)
    s = Server(program, work, scans)
    print(f"attacks: {strangers(s)} requests of strangers refused")
    print(f"attacks: {paths(s, scans, outside)} paths out of the folder refused")
    print(f"attacks: {bodies(s)} bodies refused")
    print(f"attacks: 1 GB twice refused, {large(s)} KiB more memory")
    took, grown = idle(s)
    print(f"attacks: 200 idle connections, five answers in {took:.2f} s, {grown} KiB more memory")
    sent, grown = many_headers(s)
    print(f"attacks: headers without end cut after {sent} MB, {grown} KiB more memory")
    assert len(s.get("/api/state")["jobs"]) == 0
    assert s.post("/api/open", {"path": str(scans / "a.nii.gz")})["series"][0]["slices"] == 8
    print(f"attacks: the server lives; {s.memory()} KiB at most")
    assert s.stop() == 0
    assert not (work / "state" / "lock").read_text(), "the lock still names a server"


# What is made.


def same_bytes(a, b):
    assert pathlib.Path(a).read_bytes() == pathlib.Path(b).read_bytes(), f"{a} differs from {b}"


def fill(s, scan, method="registered", formats=(), folder=None, model="default"):
    return s.post("/api/jobs", {"kind": "interpolate", "scan": scan["id"], "series": None, "factor": 2,
                                "model": model, "method": method, "formats": list(formats),
                                "folder": folder and str(folder)})


def fill_and_save(s, work):
    """From a file to what was ticked; then everything else that can be saved."""
    out = work / "out"
    scan = s.post("/api/open", {"path": str(work / "scans" / "a.nii.gz")})
    assert [r["path"] for r in s.get("/api/state")["recent"]] == [scan["path"]]
    picture = s.ask("GET", scan["series"][0]["thumbnail"])
    assert picture.status == 200 and picture.text.startswith(b"\x89PNG"), picture.status
    job = s.ended(fill(s, scan, formats=["nifti", "png", "gif"], folder=out), "done")
    result = job["result"]
    assert (result["slices_before"], result["slices"]) == (10, 19), result
    assert result["made_by"] == {"real": 10, "registered": 9}, result["made_by"]
    assert result["verdict"]["sentence"]["en"] and result["verdict"]["sentence"]["es"], result["verdict"]
    run(s.program, "interpolate", "scans/a.nii.gz", "--method", "registered", "--out", "cli/a_x2.nii.gz",
        "--gif", "cli/a_x2.gif", cwd=work)
    run(s.program, "interpolate", "scans/a.nii.gz", "--method", "registered", "--format", "png", "--out",
        "cli/a_x2", cwd=work)
    for name in ["a_x2.nii.gz", "a_x2.gif", "a_x2.slices.csv"]:
        same_bytes(out / name, work / "cli" / name)
    pictures = sorted(p.name for p in (work / "cli" / "a_x2").iterdir())
    assert pictures == sorted(p.name for p in (out / "a_x2").iterdir())
    for name in pictures:
        same_bytes(out / "a_x2" / name, work / "cli" / "a_x2" / name)
    record = json.loads((out / "a_x2.record.json").read_text())
    assert record["outputs"][0]["path"] == str(out / "a_x2.nii.gz"), record["outputs"]
    assert str(out / "a_x2.gif.record.json") in result["saved"], result["saved"]

    save = f"/api/jobs/{job['id']}/save"
    for form, name in [("mesh", "m.stl"), ("page", "p.html"), ("nifti", "n.nii.gz")]:
        saved = s.post(save, {"format": form, "folder": str(out), "name": name, "force": False})["saved"]
        assert saved[0] == str(out / name), saved
        assert any(p.endswith(".record.json") for p in saved) and all(map(os.path.exists, saved)), saved
        s.post(save, {"format": form, "folder": str(out), "name": name, "force": False}, expect=409)
        s.post(save, {"format": form, "folder": str(out), "name": name, "force": True})
    s.post(save, {"format": "dicom", "folder": str(out), "name": None, "force": False}, expect=409)
    s.post(save, {"format": "gif", "folder": "/etc", "name": None, "force": False}, expect=403)
    page = s.ask("GET", result["view"])
    assert page.status == 200 and b"<title>" in page.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    same_bytes(out / "p.html", work / "state" / "jobs" / job["id"] / "view.html")
    gif = s.ask("GET", f"/jobs/{job['id']}/file/a_x2.gif")
    assert gif.text == (out / "a_x2.gif").read_bytes()
    for name in ["job.json", "..%2fjob.json", "a_x2", "x"]:
        assert s.ask("GET", f"/jobs/{job['id']}/file/{name}").status == 404, name
    s.post(f"/api/jobs/{job['id']}/remove", {})
    assert not (work / "state" / "jobs" / job["id"]).exists() and (out / "a_x2.nii.gz").exists()
    s.get(f"/api/jobs/{job['id']}", expect=404)
    print("jobs: NIfTI, PNG, GIF and their table have the bytes of the command line; mesh and page saved")


def fill_dicom(s, work):
    real = os.environ.get("CT2CT_REAL_DATA")
    name = "synthetic_duplicates_cq500_20"
    if not real:
        print("jobs: DICOM skipped: CT2CT_REAL_DATA is not set")
        return
    zipped = work / "scans" / f"{name}.zip"
    zipped.write_bytes((pathlib.Path(real) / "dicom" / f"{name}.zip").read_bytes())
    scan = s.post("/api/open", {"path": str(zipped)})
    if not scan["format"].startswith("DICOM"):
        print("jobs: DICOM skipped: a build without it")
        return
    job = s.ended(fill(s, scan, "cubic", ["dicom", "png"], work / "out"), "done")
    assert not [m for m in job["messages"] if "not saved" in m["text"]], job["messages"]
    assert len(list((work / "out" / f"{name}_x2_pictures").iterdir())) == 39
    run(s.program, "interpolate", str(zipped), "--method", "cubic", "--out", "cli/dicom/", cwd=work)
    files = sorted(p.name for p in (work / "cli" / "dicom").iterdir())
    assert len(files) == 39, files
    for file in files:
        same_bytes(work / "out" / f"{name}_x2" / file, work / "cli" / "dicom" / file)
    print(f"jobs: {len(files)} DICOM files have the bytes of the command line")


def long_job(s, work):
    """Of some seconds, so that something can happen in the middle."""
    path = work / "scans" / "long.nii.gz"
    if not path.exists():
        run(s.program, "phantom", str(path), "--slices", "24", "--size", "96", cwd=work)
    return fill(s, s.post("/api/open", {"path": str(path)}), "model", ["nifti"], work / "out")


def cancel(s, work):
    before = sorted(p.name for p in (work / "out").iterdir())
    job, waits = long_job(s, work), long_job(s, work)
    s.wait(job, lambda j: j["progress"] and j["progress"]["part"] >= 1 / 3)
    assert s.get(f"/api/jobs/{waits['id']}")["place"] == 1
    s.post(f"/api/jobs/{waits['id']}/cancel", {})
    s.post(f"/api/jobs/{job['id']}/cancel", {})
    for one in (job, waits):
        s.ended(one, "cancelled")
        left = sorted(p.name for p in (work / "state" / "jobs" / one["id"]).rglob("*"))
        assert set(left) <= {"job.json", "log.jsonl"}, left
    assert not children_of(s.process.pid)
    assert before == sorted(p.name for p in (work / "out").iterdir())
    print("jobs: cancelled at a third; nothing is left")
    return job


def kill_and_restart(s, work, job):
    s.post(f"/api/jobs/{job['id']}/resume", {})
    s.wait(job, lambda j: j["progress"] and j["progress"]["part"] > 0.05)
    s.post("/api/quit", {}, expect=409)
    child = children_of(s.process.pid)
    assert len(child) == 1, child
    assert s.stop(signal.SIGKILL) == -signal.SIGKILL
    end = time.time() + 10
    while os.path.exists(f"/proc/{child[0]}") and time.time() < end:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{child[0]}"), "the child outlives its server"
    s.start()
    again = s.ended(job, "done")
    assert again["result"]["slices"] == 47, again["result"]
    assert (work / "out" / "long_x2.nii.gz").exists()
    print("jobs: a server that was killed takes its job up, and ends it")


def one_server(s):
    words = [s.program, "app", "--no-browser", "--state", str(s.work / "state")]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == f"runs already: {s.address}\n", said
    print("jobs: a second start says where the first one is")


def train(s, work):
    scan = s.post("/api/open", {"path": str(work / "scans" / "long.nii.gz")})
    job = s.post("/api/jobs", {"kind": "train", "scans": [{"scan": scan["id"], "series": None}],
                               "minutes": 30, "from": None, "name": "mine"})
    steps = []
    for _ in range(2):
        s.wait(job, lambda j: j["progress"] and j["progress"]["part"] > 0)
        time.sleep(1)
        s.post(f"/api/jobs/{job['id']}/cancel", {})
        job = s.ended(job, "stopped")
        steps.append(job["result"]["steps"])
        s.post(f"/api/jobs/{job['id']}/resume", {})
    assert 0 < steps[0] < steps[1], steps
    s.post(f"/api/jobs/{job['id']}/cancel", {})
    s.ended(job, "stopped")
    own = [m for m in s.get("/api/state")["models"] if m["name"] == "mine"]
    assert len(own) == 1 and own[0]["model"].endswith("/model.safetensors"), own
    s.ended(fill(s, scan, "model", model=own[0]["model"]), "done")
    s.post("/api/open", {"path": "phantom:5"})
    print(f"jobs: trained to step {steps[0]}, went on to {steps[1]}, and the model was used at once")


def drop(s, work):
    data = (work / "scans" / "a.nii.gz").read_bytes()
    place = s.post("/api/drop", {"name": "b.nii.gz", "files": [{"path": "b.nii.gz", "bytes": len(data)}]})
    answer = s.ask("PUT", place["put"] + "?path=b.nii.gz", data, Content_Type="application/gzip")
    assert answer.status == 200, answer.text
    assert s.ask("PUT", place["put"] + "?path=b.nii.gz", data).status == 409
    scan = s.post(place["put"] + "/done", {})
    assert scan["series"][0]["slices"] == 10, scan
    s.ended(fill(s, scan, "cubic"), "done")
    folder = {"name": "d", "files": [{"path": f"s/{i}.png", "bytes": 3} for i in range(2)]}
    place = s.post("/api/drop", folder)
    for i in range(2):
        assert s.ask("PUT", f"{place['put']}?path=s/{i}.png", b"abc").status == 200
    answer = s.ask("POST", place["put"] + "/done", {})
    assert answer.status == 400 and json.loads(answer.text)["error"]["what"], answer.text
    print("jobs: a file that was dropped is filled, and one that is no scan is explained")


def shown_in_browser(program, work):
    """xdg-open gets a file that leads to the address; without xdg-open the address is printed alone."""
    home, tools = work / "home", work / "tools"
    home.mkdir()
    tools.mkdir()
    opener = tools / "xdg-open"
    opener.write_text('#!/bin/sh\nprintf "%s\\n" "$1" > "$HOME/opened"\n')
    opener.chmod(0o755)
    for path, opens in [(f"{tools}:/usr/bin:/bin", True), (str(home), False)]:
        environment = {**os.environ, "HOME": str(home), "DISPLAY": ":1", "PATH": path}
        environment.pop("XDG_STATE_HOME", None)
        server = subprocess.Popen([program, "app"], stdout=subprocess.PIPE, text=True, env=environment)
        Server.started.append(server)
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:") and "token=" in address, address
        assert "for you alone" in server.stdout.readline()
        shown = home / "ct2ct-app.html"
        opened = home / "opened"
        end = time.time() + 60
        while (not opened.exists() if opens else shown.exists()) and time.time() < end:
            time.sleep(0.05)
        assert shown.exists() == opens == opened.exists()
        if opens:
            time.sleep(0.2)
            assert opened.read_text() == f"file://{shown}\n", opened.read_text()
            assert address in shown.read_text() and shown.stat().st_mode & 0o777 == 0o600
            opened.unlink()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        assert not shown.exists(), "the file with the token outlives the server"
    print("jobs: xdg-open gets a file of the owner's alone; without it the address is printed")


def jobs(program, work):
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    os.environ["CT2CT_THREADS"] = "1"  # nothing depends on it, and other tests run beside
    for folder in ("scans", "out", "cli"):
        (work / folder).mkdir()
    run(program, "phantom", "scans/a.nii.gz", "--slices", "10", "--size", "48", cwd=work)
    s = Server(program, work, work / "scans", work / "out")
    fill_and_save(s, work)
    fill_dicom(s, work)
    kill_and_restart(s, work, cancel(s, work))
    one_server(s)
    train(s, work)
    drop(s, work)
    shown_in_browser(program, work)
    s.post("/api/quit", {})
    assert s.process.wait(timeout=60) == 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ct2ct_app_") as folder:
        what = {"attacks": attacks, "jobs": jobs}[sys.argv[2]]
        try:
            what(os.path.abspath(sys.argv[1]), pathlib.Path(folder).resolve())
        finally:
            for server in Server.started:
                server.kill()
                server.wait()
