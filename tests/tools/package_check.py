#!/usr/bin/env python3
"""What tools/package.sh gives away, as far as no long build is needed.

    package_check.py PROGRAM

The manual page and the completions name every command and option, the list of pinned sources can be
read, and the SBOM of a small made-up link holds what it should and nothing else.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "package"))
sys.dont_write_bytecode = True
import sbom  # noqa: E402


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def help_of(program, *command):
    """All of it: a build whose help is divided prints the whole under --help-all."""
    return output(program, *command, "--help-all") or output(program, *command, "--help")


def options_in(text):
    return set(re.findall(r"^ +(?:-\w, ?)?(--[a-z][a-z0-9-]+)", text, re.MULTILINE))


def part(text, begin, end):
    start = text.index(begin) + len(begin)
    return text[start:text.index(end, start)] if end in text[start:] else text[start:]


def check_manual(program):
    man, bash, zsh, fish = (output(program, "manual", form) for form in ("man", "bash", "zsh", "fish"))
    commands = re.findall(r"^\| `([a-z]+)` \|", text_of("docs/use/README.md"), re.MULTILINE)
    assert len(commands) > 10, commands
    seen = 0
    for command in commands:
        manual = part(man, f"\n.SS ct2ct {command}\n", "\n.SS ").replace("\\-", "-")
        in_bash = part(bash, f"'{command}') words+='", "'").split()
        in_zsh = part(zsh, f"\n    {command})\n", ";;")
        lines = [line for line in fish.splitlines() if f"_from {command}'" in line]
        in_fish = re.findall(r" -l ([a-z0-9-]+)", "\n".join(lines))
        assert f" -a {command} " in fish, command
        options = options_in(help_of(program, command))
        assert options, f"no option in the help of {command}"
        for option in options - options_in(help_of(program)):
            seen += 1
            assert re.search(rf"\.B .*{option}\b", manual), f"{command} {option}: not in the manual page"
            assert option in in_bash, f"{command} {option}: not completed by bash"
            assert f"'{option}[" in in_zsh, f"{command} {option}: not completed by zsh"
            assert option[2:] in in_fish, f"{command} {option}: not completed by fish"
    assert seen > 80, seen
    for option in options_in(help_of(program)):
        assert option.replace("-", "\\-") in man and option in bash, option
    for shell, text in (("bash", bash), ("zsh", zsh), ("fish", fish)):
        if shutil.which(shell):
            with tempfile.NamedTemporaryFile("w", suffix=shell) as file:
                file.write(text)
                file.flush()
                subprocess.run([shell, "-n", file.name], check=True)
    script = f"{bash}\nCOMP_WORDS=(ct2ct train --ste); COMP_CWORD=2; _ct2ct; echo \"${{COMPREPLY[*]}}\""
    assert output("bash", "-c", script).split() == ["--steps"], output("bash", "-c", script)
    print(f"manual page and completions: {len(commands)} commands, {seen} options of their own")


def check_desktop():
    """The entry of the menu starts a command that exists, and its picture is a picture."""
    entry = dict(line.split("=", 1) for line in text_of("tools/package/ct2ct.desktop").splitlines()
                 if "=" in line)
    assert entry["Exec"] == "ct2ct app" and entry["Terminal"] == "false", entry
    icon = xml.etree.ElementTree.fromstring(text_of(f"tools/package/{entry['Icon']}.svg"))
    assert icon.tag.endswith("svg"), icon.tag
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", ROOT / "tools/package/ct2ct.desktop"], check=True)
    print("entry of the menu: ct2ct app, with a picture")


def check_sources():
    pinned = text_of("tools/package/sources.txt")
    lines = [line for line in pinned.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[0-9a-f]{64}  [\w.+~-]+", line) for line in lines), lines
    versions = sbom.pinned_versions(pinned)
    assert set(versions) == {"cpp-httplib", "dcmtk", "libzip", "musl", "tiff"}, versions
    licence = sbom.licences_from(text_of("tools/package/licences.txt"))
    assert set(versions) <= set(licence), licence
    for name in versions:
        assert sum(line.split("  ")[1].startswith(name + "_") for line in lines) >= 3, name
    print(f"pinned sources: {len(lines)} files of {len(versions)} packages")


def check_sbom():
    map_text = ("Archive member included to satisfy reference by file (symbol)\n\n"
                "libct2ct_nn.a(var.cpp.o)\n                              main.o (x)\n"
                "/usr/lib/libz.a(inflate.o)\n                              (inflate)\n"
                "/usr/lib/libz.a(adler32.o)\n                              (adler32)\n"
                "/deps/lib/libdcmdata.a(a.o)\n                              (b)\n"
                "/deps/lib/libiconv.a(iconv.o)\n                              (iconv)\n\n"
                "LOAD /usr/lib/libunused.a\n")
    deps = ("a.o: #deps 5\n    ../error.h\n    /deps/include/httplib.h\n    /deps/include/zip.h\n    /usr/include/zlib.h\n    /usr/include/Eigen/Core\n"
            "    /usr/include/linux/errno.h\n")
    owned = {"/usr/lib/libz.a": ("zlib", "1:1.2", "zlib1g-dev"),
             "/usr/include/zlib.h": ("zlib", "1:1.2", "zlib1g-dev"),
             "/usr/include/Eigen/Core": ("eigen3", "3.4.0-4", "libeigen3-dev"),
             "/usr/include/linux/errno.h": ("linux", "6", "linux-libc-dev")}
    parts = sbom.components_of(
        sbom.archives_in(map_text), sbom.headers_in(deps), "/deps", {"dcmtk": "3.6.7", "musl": "1.2.3", "cpp-httplib": "0.11.4"},
        lambda paths: {p: owned[p] for p in paths}, hash_of=lambda path: "0" * 64)
    assert [(p.name, p.version, p.kind) for p in parts] == [
        ("cpp-httplib", "0.11.4", "header-only"), ("dcmtk", "3.6.7", "linked"), ("eigen3", "3.4.0-4", "header-only"), ("musl", "1.2.3", "linked"),
        ("zlib", "1:1.2", "linked")], parts
    assert list(parts[4].files) == ["/usr/lib/libz.a"]
    licence = sbom.licences_from(text_of("tools/package/licences.txt"))
    text = "@a/b 1.2.3 (MIT)\n\nText (c) 2020\n\n---\n\nfflate 0.8 (ISC)\n"
    page, more = sbom.parts_of(text, {"view.html": "2" * 64})
    assert [(p.name, p.version, sbom.purl(p)) for p in page] == [
        ("@a/b", "1.2.3", "pkg:npm/%40a/b@1.2.3"), ("fflate", "0.8", "pkg:npm/fflate@0.8")], page
    assert more == {"@a/b": "MIT", "fflate": "ISC"}, more
    real, _ = sbom.parts_of(text_of("tools/web/dist/LICENSES-view.txt"), {"view.html": "2" * 64})
    assert "@niivue/niivue" in [p.name for p in real], real
    fonts, of_fonts = sbom.parts_of(text_of("data/draw/font/LICENSE.txt"), {"a.ttf": "3" * 64}, "font")
    assert [(p.name, sbom.purl(p)) for p in fonts] == [
        ("dejavu-fonts", f"pkg:generic/dejavu-fonts@{fonts[0].version}")], fonts
    assert of_fonts == {"dejavu-fonts": "Bitstream-Vera AND LicenseRef-Arev"}, of_fonts
    parts += page + fonts
    licence.update(more | of_fonts)
    program = {"version": "1", "sha256": "1" * 64}
    serial = "12345678-1234-5234-9234-123456789abc"
    documents = [make(program, parts, licence, "2026-01-01T00:00:00Z", serial)
                 for make in (sbom.spdx, sbom.cyclonedx)]
    assert not sbom.check(*documents), sbom.check(*documents)
    documents[1]["components"].pop()
    documents[0]["packages"][1]["checksums"][0]["checksumValue"] = "short"
    assert len(sbom.check(*documents)) == 3, sbom.check(*documents)
    print("SBOM: five parts of a made-up link, two of a page and a font, in both formats")


if __name__ == "__main__":
    check_manual(sys.argv[1])
    check_desktop()
    check_sources()
    check_sbom()
