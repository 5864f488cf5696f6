"""Finds a Python that has PyTorch. The python3 that comes first in PATH need not be the one that
Debian's python3-torch belongs to.

  import with_torch
  with_torch.ensure()     before `import torch`

Imports PyTorch. Where this Python has none, runs the script again by one that has: /usr/bin/python3,
else the first on PATH. Says on standard error which one was taken.
"""
import os
import subprocess
import sys


def others():
    """Every other python3, each once."""
    paths = ["/usr/bin/python3"] + [os.path.join(folder, "python3")
                                    for folder in os.environ.get("PATH", "").split(os.pathsep)]
    seen = {os.path.realpath(sys.executable)}
    for path in paths:
        real = os.path.realpath(path)
        if os.access(path, os.X_OK) and real not in seen:
            seen.add(real)
            yield path


def has_torch(python):
    try:
        return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    except OSError:
        return False


def ensure():
    script = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    try:
        import torch
    except ImportError as error:
        found = next(filter(has_torch, others()), None)
        if not found:
            sys.exit(f"{script}: no PyTorch in {sys.executable} ({error}) nor in another python3 on "
                     "PATH; on Debian: apt-get install python3-torch")
        sys.stderr.flush()
        os.execv(found, [found, *sys.argv])
    print(f"{script}: PyTorch {torch.__version__} of {sys.executable}", file=sys.stderr)
    return torch
