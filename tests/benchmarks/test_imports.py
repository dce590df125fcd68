"""What importing costs, against an IPython that has just started."""

import subprocess
import sys

import pytest
from benchmarks.figure import compare
from jupyter_servers import World

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

IPYTHON = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
"""


@pytest.fixture
def start(tmp_path):
    env = World(tmp_path).env

    def run(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, env=env)

    return run


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("import nb_presign", "import nb_presign"),
        ("%load_ext nb_presign", "shell.run_line_magic('load_ext', 'nb_presign')"),
    ],
)
def test_importing(keep, start, what, code):
    keep(compare(what, "bare IPython start", start(IPYTHON + code), start(IPYTHON), rounds=21))
