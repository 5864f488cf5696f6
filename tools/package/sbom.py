#!/usr/bin/env python3
"""Writes what a static program consists of: SPDX 2.3 and CycloneDX 1.5, and the licences.

    tools/package/sbom.py BUILD MAP PREFIX OUT

BUILD is the build folder of the program, MAP the linker's map (which archives it took something
from), PREFIX the folder of the libraries that were built from pinned sources. OUT gets sbom.spdx.json,
sbom.cyclonedx.json and the folder licences. Header-only libraries come from the build's record of the
headers that were read. Packages and their versions are those of dpkg. What the page of `ct2ct view`
consists of comes from the list of licences that its build writes, tools/web/dist/LICENSES-view.txt, and
what the letters of pictures come from stands in data/draw/font/LICENSE.txt.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
# Interfaces of the kernel: constants, and nothing that becomes part of a program.
NOT_A_PART = {"linux"}
# Of the libraries in PREFIX, those that are not DCMTK's.
PINNED = {"libzip.a": "libzip", "libtiff.a": "tiff", "libiconv.a": "musl"}
# Headers in PREFIX that are a part by themselves.
PINNED_HEADERS = {"httplib.h": "cpp-httplib"}
PUBLIC_DOMAIN = "LicenseRef-Public-Domain"
AREV = "LicenseRef-Arev"  # of a part of DejaVu Sans


class Component:
    """A source package of which files became part of the program: archives, or headers only."""

    def __init__(self, name, version, kind):
        self.name, self.version, self.kind = name, version, kind
        self.files = {}  # path -> SHA-256

    def sha256(self):
        """Over the list "SHA-256  name" of its files, by name, one a line."""
        lines = sorted(f"{h}  {os.path.basename(p)}\n" for p, h in self.files.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def sha256_of(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def archives_in(map_text):
    """Archives that the linker took a member from, as absolute paths; ours have relative ones."""
    return sorted(set(re.findall(r"^(/\S+\.a)\(\S+\)", map_text, re.MULTILINE)))


def headers_in(deps_text):
    """Headers of the system and of pinned sources, from what `ninja -t deps` prints."""
    found = set(re.findall(r"^    (/\S+)$", deps_text, re.MULTILINE))
    return sorted(h for h in found if h.startswith("/usr/") or os.path.basename(h) in PINNED_HEADERS)


def owners(paths):
    """path -> (source package, version), by dpkg; files of no package are left out."""
    real = {os.path.realpath(p): p for p in paths}
    found, binaries = {}, {}
    names = list(real)
    for i in range(0, len(names), 500):
        out = subprocess.run(["dpkg-query", "-S", *names[i:i + 500]], capture_output=True, text=True,
                             check=False).stdout
        for line in out.splitlines():
            package, _, path = line.partition(": ")
            if path in real:
                found[real[path]] = package.split(",")[0]
    for package in set(found.values()):
        shown = subprocess.run(
            ["dpkg-query", "-W", "-f", "${source:Package} ${source:Version}\n", package],
            capture_output=True, text=True, check=True).stdout
        binaries[package] = tuple(shown.split("\n")[0].split(" "))
    return {path: (*binaries[package], package) for path, package in found.items()}


def pinned_versions(text):
    return {m[1]: m[2] for m in re.finditer(r"^\w{64}  ([^_\n]+)_(\S+)\.dsc$", text, re.MULTILINE)}


def components_of(archives, headers, prefix, versions, owner_of, hash_of=sha256_of):
    """The components, by name. `owner_of` maps paths to (source package, version, binary package)."""
    parts, packages = {}, {}
    outside = [a for a in archives if not a.startswith(prefix + "/")]
    for archive in archives:
        if archive in outside:
            continue
        name = PINNED.get(os.path.basename(archive), "dcmtk")
        part = parts.setdefault(name, Component(name, versions[name], "linked"))
        part.files[archive] = hash_of(archive)
    for header in headers:
        name = PINNED_HEADERS.get(os.path.basename(header))
        if name and header.startswith(prefix + "/"):
            parts[name] = Component(name, versions[name], "header-only")
            parts[name].files[header] = hash_of(header)
    headers = [h for h in headers if not h.startswith(prefix + "/")]
    for kind, paths in (("linked", outside), ("header-only", headers)):
        owned = owner_of(paths)
        missing = [p for p in paths if p not in owned]
        if kind == "linked" and missing:
            sys.exit(f"sbom: {missing[0]} belongs to no package, expected Debian's or one of sources.txt")
        for path, (name, version, package) in owned.items():
            part = parts.get(name)
            if name in NOT_A_PART or (part and part.kind != kind):
                continue
            part = parts.setdefault(name, Component(name, version, kind))
            part.files[path] = hash_of(path)
            packages[name] = package
    for name, part in parts.items():
        part.package = packages.get(name)
    return [parts[name] for name in sorted(parts)]


def parts_of(text, files, kind="in the page"):
    """Components of the page or of the fonts, which are `files` with their hashes, and their licences,
    from "name version (licence)" above each text."""
    parts, licence = [], {}
    for m in re.finditer(r"^(\S+) (\d[\w.-]*) \((.+)\)$", text, re.MULTILINE):
        part = Component(m[1], m[2], kind)
        part.files.update(files)
        part.package = None
        parts.append(part)
        licence[m[1]] = m[3]
    return parts, licence


def licences_from(text):
    return dict(re.split(r"\s+", line, maxsplit=1) for line in text.splitlines()
                if line and not line.startswith("#"))


def purl(part):
    if part.kind == "in the page":
        return f"pkg:npm/{part.name.replace('@', '%40')}@{part.version}"
    if part.kind == "font":
        return f"pkg:generic/{part.name}@{part.version}"
    return f"pkg:deb/debian/{part.name}@{part.version.replace('+', '%2B').replace(':', '%3A')}?arch=source"


def spdx(program, parts, licence, created, serial):
    def package(ident, name, version, sha256, expression, comment):
        return {"SPDXID": ident, "name": name, "versionInfo": version,
                "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                "licenseConcluded": expression, "licenseDeclared": expression,
                "copyrightText": "NOASSERTION", "comment": comment,
                "checksums": [{"algorithm": "SHA256", "checksumValue": sha256}]}

    packages = [package("SPDXRef-ct2ct", "ct2ct", program["version"], program["sha256"], "Apache-2.0",
                        "The checksum is that of the program.")]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-ct2ct")]
    for part in parts:
        ident = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", part.name)
        listed = ", ".join(sorted(os.path.basename(p) for p in part.files))
        comment = {"linked": f"Linked: {listed}.", "header-only": "Header-only.",
                   "in the page": "Part of the page of `ct2ct view`.",
                   "font": f"Letters of pictures: {listed}, of which they hold a part."}[part.kind]
        packages.append({
            **package(ident, part.name, part.version, part.sha256(), licence[part.name],
                      comment + " The checksum is over the list 'SHA-256  name' of its files."),
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": purl(part)}]})
        relations.append(("SPDXRef-ct2ct", "STATIC_LINK" if part.kind == "linked" else "CONTAINS", ident))
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"ct2ct-{program['version']}", "documentNamespace": f"urn:uuid:{serial}",
            "creationInfo": {"created": created, "creators": ["Tool: ct2ct-sbom"]},
            "hasExtractedLicensingInfos": [
                {"licenseId": PUBLIC_DOMAIN, "name": "Public domain",
                 "extractedText": "The authors placed it in the public domain; see licences/nifticlib."},
                {"licenseId": AREV, "name": "Arev Fonts",
                 "extractedText": "As Bitstream Vera, with other names; see licences/dejavu-fonts."}],
            "packages": packages,
            "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                              for a, kind, b in relations]}


def cyclonedx(program, parts, licence, created, serial):
    def hashes(value):
        return [{"alg": "SHA-256", "content": value}]

    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}",
            "version": 1,
            "metadata": {"timestamp": created,
                         "component": {"type": "application", "bom-ref": "ct2ct", "name": "ct2ct",
                                       "version": program["version"], "hashes": hashes(program["sha256"]),
                                       "licenses": [{"expression": "Apache-2.0"}]}},
            "components": [
                {"type": "library", "bom-ref": purl(p), "name": p.name, "version": p.version,
                 "purl": purl(p), "hashes": hashes(p.sha256()),
                 "licenses": [{"expression": licence[p.name]}],
                 "properties": [{"name": "ct2ct:how", "value": p.kind}]} for p in parts],
            "dependencies": [{"ref": "ct2ct", "dependsOn": [purl(p) for p in parts]}]}


def check(s, c):
    """Findings: what the two documents lack of what their specifications demand."""
    bad = [f"SPDX lacks {k}" for k in ("spdxVersion", "dataLicense", "SPDXID", "name",
                                       "documentNamespace", "creationInfo", "packages") if not s.get(k)]
    ids = [p["SPDXID"] for p in s["packages"]]
    bad += [f"SPDX id {i}" for i in ids if ids.count(i) > 1 or not re.fullmatch(r"SPDXRef-[\w.-]+", i)]
    for relation in s["relationships"]:
        for end in (relation["spdxElementId"], relation["relatedSpdxElement"]):
            if end not in [*ids, "SPDXRef-DOCUMENT"]:
                bad.append(f"SPDX relationship with {end}, which is no package")
    bad += [f"CycloneDX {k} is {c.get(k)}" for k, v in (("bomFormat", "CycloneDX"), ("specVersion", "1.5"),
                                                        ("version", 1)) if c.get(k) != v]
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", c["serialNumber"]):
        bad.append("CycloneDX serialNumber")
    refs = [x["bom-ref"] for x in c["components"]]
    bad += [f"CycloneDX component {r} twice" for r in refs if refs.count(r) > 1]
    bad += [f"CycloneDX dependency {r}" for r in c["dependencies"][0]["dependsOn"] if r not in refs]
    if [x["name"] for x in c["components"]] != [p["name"] for p in s["packages"][1:]]:
        bad.append("the two documents name different packages")
    for p in s["packages"]:
        if not re.fullmatch(r"[0-9a-f]{64}", p["checksums"][0]["checksumValue"]):
            bad.append(f"SPDX checksum of {p['name']}")
        if not p["versionInfo"] or not p["licenseConcluded"]:
            bad.append(f"SPDX version or licence of {p['name']}")
    return bad


def write(path, value):
    pathlib.Path(path).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def main(build, map_file, prefix, out):
    sources = (HERE / "sources.txt").read_text(encoding="utf-8")
    deps = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True,
                          check=True).stdout
    map_text = pathlib.Path(map_file).read_text(encoding="utf-8", errors="replace")
    parts = components_of(archives_in(map_text), headers_in(deps), prefix, pinned_versions(sources), owners)
    licence = licences_from((HERE / "licences.txt").read_text(encoding="utf-8"))
    web = HERE.parent / "web" / "dist"
    page_licences = (web / "LICENSES-view.txt").read_text(encoding="utf-8")
    page, more = parts_of(page_licences, {"view.html": sha256_of(web / "view.html")})
    font = HERE.parent.parent / "data" / "draw" / "font"
    font_licence = (font / "LICENSE.txt").read_text(encoding="utf-8")
    fonts, of_fonts = parts_of(font_licence, {f.name: sha256_of(f) for f in font.glob("*.ttf")}, "font")
    parts += page + fonts
    licence.update(more | of_fonts)
    for part in parts:
        if part.name not in licence:
            sys.exit(f"sbom: {part.name} has no licence in tools/package/licences.txt; add a line")
    binary = pathlib.Path(out) / "bin" / "ct2ct"
    said = subprocess.run([binary, "--version", "--json"], capture_output=True, text=True, check=True)
    program = {"version": json.loads(said.stdout)["version"], "sha256": sha256_of(binary)}
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    serial = uuid.uuid5(uuid.NAMESPACE_OID, program["sha256"])
    documents = [make(program, parts, licence, created, serial) for make in (spdx, cyclonedx)]
    findings = check(*documents)
    if findings:
        sys.exit("sbom: " + "; ".join(findings))
    doc = pathlib.Path(out) / "share" / "doc" / "ct2ct"
    write(doc / "sbom.spdx.json", documents[0])
    write(doc / "sbom.cyclonedx.json", documents[1])
    (doc / "licences").mkdir(exist_ok=True)
    (doc / "licences" / "view_page").write_text(page_licences, encoding="utf-8")
    (doc / "licences" / "dejavu-fonts").write_text(font_licence, encoding="utf-8")
    for part in parts:
        if part in page + fonts:
            continue
        text = pathlib.Path(prefix) / "share/doc" / part.name / "copyright"
        if part.package:
            text = pathlib.Path("/usr/share/doc") / part.package.split(":")[0] / "copyright"
        shutil.copyfile(text, doc / "licences" / part.name)
    linked = [p.name for p in parts if p.kind == "linked"]
    print(f"sbom: {len(parts)} packages, linked {', '.join(linked)}; header-only "
          + ", ".join(p.name for p in parts if p.kind == "header-only") + "; in the page "
          + ", ".join(p.name for p in page) + "; fonts " + ", ".join(p.name for p in fonts))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
