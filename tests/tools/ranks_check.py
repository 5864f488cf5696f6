#!/usr/bin/env python3
"""Trainings and lists of scans over several processes by MPI: the files of one process, byte for byte.

    ranks_check.py PROGRAM [MPIRUN]

Skipped (77) without mpirun, or where the program was built without MPI."""
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

program = os.path.abspath(sys.argv[1])
mpirun = shutil.which(sys.argv[2] if len(sys.argv) > 2 else "mpirun")
failures = []


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def check(holds, what):
    print("ok  " if holds else "FAIL", what, flush=True)
    if not holds:
        failures.append(what)


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout


version = output_of(program, "--version")
if mpirun is None or "several processes: none" in version or "several processes" not in version:
    skip("no mpirun, or built without MPI")
open_mpi = "Open MPI" in output_of(mpirun, "--version") or "OpenRTE" in output_of(mpirun, "--version")
if open_mpi != ("several processes: Open MPI" in version):
    skip("mpirun is of another MPI than the program")

environment = dict(os.environ, OMP_WAIT_POLICY="passive")
if open_mpi:  # as root, and with more ranks than cores
    environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none",
                       OMPI_MCA_btl_vader_single_copy_mechanism="none")
    environment["OMPI_MCA_mpi_yield_when_idle"] = "1"


def start(ranks, *arguments):
    before = [mpirun, "-n", str(ranks)] if ranks > 1 else []
    return subprocess.Popen([*before, program, *arguments, "--threads", "1"], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(ranks, *arguments):
    process = start(ranks, *arguments)
    out, err = process.communicate(timeout=500)
    return process.returncode, out, err


def sha(*path):
    path = pathlib.Path(*path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else f"no {path}"


def lines_of(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def trainings():
    small = ["--width", "4", "--levels", "3", "--quiet", "--checkpoint-every", "2"]
    subprocess.run([program, "pairs", "phantom:1", "--out", "pairs", "--quiet"], check=True)
    recipes = {
        "residual": ["phantom:1", "--steps", "4", "--set", "batch=8", "--adversarial", "0.01",
                     "--set", "adversarial_start=0.5", "--set", "crop=64"],
        "ct2ct": ["phantom:1", "--recipe", "ct2ct", "--steps", "3", "--set", "batch=8", "--size", "32"],
        "pix2pix": ["pairs", "--recipe", "pix2pix", "--steps", "3", "--set", "batch=8", "--size", "32"],
    }
    for name, options in recipes.items():
        code, _, err = run(1, "train", *options, "--out", f"{name}-1", *small)
        check(code == 0, f"{name}: one process {err}")
        for ranks in (2, 3, 4, 8) if name == "residual" else (3, 4):
            run_folder = f"{name}-{ranks}"
            code, _, err = run(ranks, "train", *options, "--out", run_folder, *small)
            check(code == 0, f"{name}: {ranks} ranks end well {err[-500:] if code else ''}")
            for file in ("model.safetensors", "checkpoint.safetensors", "losses.csv", "validation.csv"):
                check(sha(run_folder, file) == sha(f"{name}-1", file), f"{name}: {ranks} ranks, {file}")
    return [*recipes["residual"], *small]


def devices():
    small = ["train", "phantom:1:16:64", "--steps", "2", "--set", "batch=2", "--set", "crop=32",
             "--width", "4", "--levels", "3", "--quiet", "--adversarial", "0.01", "--set", "adversarial_start=0.5"]
    code, _, err = run(1, *small, "--out", "on-cpu")
    check(code == 0, f"one process on the cpu {err}")
    code, _, err = run(2, "--device", "cpu,emulated", *small, "--out", "mixed")
    check(code == 0, f"one rank on the cpu and one emulated {err[-500:] if code else ''}")
    for file in ("model.safetensors", "losses.csv"):
        check(sha("mixed", file) == sha("on-cpu", file), f"one rank on the cpu and one emulated: {file}")
    for ranks, given, said in ((2, "cpu,emulated,cpu", "3 devices for 2 processes"),
                               (1, "cpu,cpu", "2 devices for 1 process"),
                               (2, "ref", "ref, expected cpu, emulated or cuda"),
                               (2, "cpu,ref", "rank 1: --device: ref, expected cpu")):
        code, _, err = run(ranks, "--device", given, *small, "--out", "none")
        lines = lines_of(err, "ct2ct: ")
        check(code == 2 and len(lines) == 1 and said in lines[0], f"--device {given}: {lines}")


def kill_and_resume(options):
    options = [*options, "--steps", "30"]
    options.remove("4")
    options.remove("--steps")
    code, _, err = run(1, "train", *options, "--out", "whole")
    check(code == 0, f"a longer run in one process {err}")
    process = start(4, "train", *options, "--out", "killed")
    checkpoint = pathlib.Path("killed/checkpoint.safetensors")
    while not checkpoint.is_file() and process.poll() is None:
        time.sleep(0.02)
    ranks = [int(p) for p in output_of("pgrep", "-f", f"^{program} train .*killed").split()]
    check(len(ranks) == 4, f"four ranks run: {ranks}")
    if len(ranks) == 4:
        os.kill(ranks[2], signal.SIGKILL)
    process.communicate(timeout=100)
    check(process.returncode != 0, "a rank that is killed ends the run")
    time.sleep(0.5)
    left = output_of("pgrep", "-f", f"^{program} train .*killed").split()
    check(not left, f"no rank stays: {left}")
    for ranks in (2, 1):
        stop = ["--stop-at", "20"] if ranks == 2 else []
        code, _, err = run(ranks, "train", *options, "--out", "killed", "--resume", *stop)
        check(code == 0, f"{ranks} go on {err if code else ''}")
    for file in ("model.safetensors", "losses.csv"):
        check(sha("killed", file) == sha("whole", file), f"killed and taken up by 2 and 1: {file}")


def wrong_use():
    code, _, err = run(2, "train", "phantom:1", "--recipe", "ct2ct", "--size", "32", "--levels", "3",
                       "--steps", "1", "--out", "none")
    said = lines_of(err, "ct2ct: ")
    check(code == 2 and len(said) == 1 and "2 ranks for a batch of 1" in said[0], f"batch of 1: {said}")
    check(not pathlib.Path("none").exists(), "nothing was written")
    code, _, err = run(3, "train", "missing.nii", "--steps", "1", "--out", "none")
    said = lines_of(err, "ct2ct: ")
    check(code == 2 and len(said) == 1, f"a missing scan is said once: {said}")
    code, _, err = run(3, "train", "phantom:1", "--wrong", "--out", "none")
    check(len(lines_of(err, "ct2ct: ")) == 1, "a wrong option is said once")
    code, _, err = run(2, "evaluate", "phantom:1", "--out", "none")
    check(len(lines_of(err, "ct2ct: evaluate: ")) == 1, f"other commands are for one process {err[:300]}")


def list_of_scans():
    names = []
    for i in range(6):
        subprocess.run([program, "phantom", f"s{i}.nii", "--slices", "6", "--size", "32", "--seed", str(i),
                        "--quiet"], check=True)
        names.append(f"s{i}.nii")
    pathlib.Path("broken.nii").write_bytes(pathlib.Path("s0.nii").read_bytes()[:1000])
    pathlib.Path("list").write_text("\n".join([*names, "broken.nii"]))
    job = ["interpolate", "--list", "list", "--method", "cubic"]
    code, out, err = run(1, *job, "--out-dir", "one")
    check(code == 1, "one process: a broken scan")
    for ranks in (2, 4):
        folder = f"many{ranks}"
        code, out, err = run(ranks, *job, "--out-dir", folder)
        check(code == 1, f"{ranks} ranks: exit code {code}")
        check("6 made, 0 already there, 1 failed" in out, f"{ranks} ranks: the table {out}")
        check(len(lines_of(err, "ct2ct: broken")) == 1, "one line says what failed")
        files = sorted(p.name for p in pathlib.Path("one").iterdir())
        check(files == sorted(p.name for p in pathlib.Path(folder).iterdir()), "the same files")
        for name in files:
            if name.endswith(".nii.gz") or name.endswith(".csv"):
                check(sha("one", name) == sha(folder, name), f"{ranks} ranks: {name}")
    pathlib.Path("list").write_text("\n".join(names))
    pathlib.Path("many2/s3_x2.nii.gz").unlink()
    code, out, err = run(3, *job, "--out-dir", "many2", "--force")
    check(code == 0 and "1 made, 5 already there" in out, f"what is missing is made again {out} {err}")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    options = trainings()
    kill_and_resume(options)
    devices()
    wrong_use()
    list_of_scans()
print(f"{len(failures)} failures")
sys.exit(1 if failures else 0)
