"""The project itself: layers, what importing costs, what is packaged, what must not be in files."""

import json
import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from jupyter_servers import World, jupyter_server

ROOT = Path(__file__).parents[1]
#: What takes long to import, and what is only needed once somebody mints.
HEAVY = ["anywidget", "boto3", "httpx", "ipywidgets", "jupyter_server", "msgspec", "sqlalchemy"]
HEAVY += ["botocore", "nb_presign.commands", "tornado.web"]
LOAD_EXT = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "nb_presign")
assert "presign" in shell.magics_manager.magics["line"]
"""
#: Alice is made up, jovyan lives in images.
HOME_OF_SOMEBODY = re.compile(r"/(?:home|Users)/(?!(?:alice|jovyan)\b)[a-z][a-z0-9_-]*/")


def run(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


def files_of_the_project():
    """List what is or would be committed."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT)
    if listed.returncode:
        pytest.fail(f"these tests need the repository: {listed.stderr}")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_imports_only_go_down():
    ran = run(Path(sys.executable).with_name("lint-imports"), "--no-cache", cwd=ROOT)
    assert ran.returncode == 0, ran.stdout
    assert "Contracts:" in ran.stdout


@pytest.mark.parametrize("code", ["import nb_presign", LOAD_EXT], ids=["import", "load_ext"])
def test_importing_costs_nothing_heavy(code, tmp_path):
    tell = f"import sys; print([name for name in {HEAVY} if name in sys.modules])"
    env = World(tmp_path).env
    ran = run(sys.executable, "-c", f"{code}\n{tell}", env=env)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_the_version_is_said_once():
    said = json.loads((ROOT / "labextension" / "package.json").read_text())["version"]
    assert said == version("nb_presign")
    assert f'"{said}"' not in (ROOT / "pyproject.toml").read_text()
    again = [
        path.relative_to(ROOT)
        for path in (ROOT / "nb_presign").rglob("*.py")
        if f'"{said}"' in path.read_text()
    ]
    assert again == []


def test_the_changelog_begins_with_this_version():
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first
    assert first[1] == version("nb_presign")


def test_no_file_names_a_place_on_somebodys_machine():
    named = {}
    for path in files_of_the_project():
        text = path.read_text(errors="ignore")
        found = set(HOME_OF_SOMEBODY.findall(text))
        found |= {place for place in (str(ROOT), sys.prefix) if len(place) > 1 and place in text}
        if found:
            named[str(path.relative_to(ROOT))] = found
    assert named == {}


def test_the_lock_knows_public_hosts_only():
    hosts = set(re.findall(r"[a-z+]+://[^/\"]*", (ROOT / "uv.lock").read_text()))
    assert hosts == {"https://pypi.org", "https://files.pythonhosted.org"}


@pytest.mark.parametrize("script", ["run", "core-tests", "install", "python", "chromium", "nginx"])
def test_scripts_can_be_run(script):
    path = ROOT / ".ci" / script
    assert path.stat().st_mode & 0o111
    checked = run("bash", "-n", path)
    assert checked.returncode == 0, checked.stderr


def test_tests_named_in_scripts_exist():
    named = set(re.findall(r"\btests/[\w/.]+\w", (ROOT / ".ci" / "core-tests").read_text()))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_examples_stand_on_their_own():
    for path in (ROOT / "examples").glob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        assert not {"tests", "support"} & set(imported), path


def fetched(uv, pip):
    """Have uv do what needs packages, which it unpacks once; or pip, which knows more mirrors."""
    ran = run(Path(sys.executable).with_name("uv"), *uv)
    if ran.returncode:
        ran = run(sys.executable, "-m", "pip", *pip)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    fetched(
        ["build", "--quiet", "--no-config", "--wheel", "--out-dir", folder, ROOT],
        ["wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT],
    )
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture
def python(wheel, tmp_path):
    """Make a Python that has what was built, what that asks for, and nothing else."""
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    # What is imported is compiled then; all of it would take longer than the rest of the test.
    fetched(
        ["pip", "install", "--quiet", "--no-config", "--python", python, wheel],
        ["--python", python, "install", "--quiet", "--no-compile", wheel],
    )
    return python


def test_the_wheel_holds_what_it_needs_and_no_more(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    data = f"nb_presign-{version('nb_presign')}.data/data/"
    switch = f"{data}etc/jupyter/jupyter_server_config.d/nb_presign.json"
    assert {"nb_presign/py.typed", switch} <= set(names)
    sources = {
        str(path.relative_to(ROOT))
        for path in files_of_the_project()
        if path.is_relative_to(ROOT / "nb_presign")
    }
    assert {name for name in names if name.startswith("nb_presign/")} == sources
    rest = {name.split("/")[0] for name in names} - {"nb_presign"}
    assert all(name.startswith("nb_presign-") for name in rest), rest


@pytest.mark.timeout(300)
def test_installing_is_all_it_takes(python, tmp_path):
    world = World(tmp_path / "home")
    with jupyter_server(world, tmp_path / "root", python=python) as server, server.owner() as owner:
        answer = owner.get("nb-presign/api/server")
        assert answer.status_code == 200, server.logged()
        assert answer.json()["self_hosted"] is True
        assert answer.json()["version"] == version("nb_presign")
    listed = run(python, "-m", "jupyter_server", "extension", "list", env=world.env)
    assert re.search(r"nb_presign.*(?:OK|enabled)", listed.stdout + listed.stderr)


def test_the_wheel_brings_what_jupyterlab_loads(wheel):
    folder = f"nb_presign-{version('nb_presign')}.data/data/share/jupyter/labextensions/nb_presign/"
    with zipfile.ZipFile(wheel) as archive:
        package = json.loads(archive.read(f"{folder}package.json"))
        names = archive.namelist()
    assert package["version"] == version("nb_presign")
    entry = package["jupyterlab"]["_build"]["load"]
    assert {f"{folder}{entry}", f"{folder}install.json"} <= set(names)
    assert [name for name in names if name.endswith((".ts", ".map"))] == []


def test_the_front_end_is_locked_by_hash_and_to_no_host():
    locked = json.loads((ROOT / "labextension" / "package-lock.json").read_text())["packages"]
    own = locked.pop("")
    said = json.loads((ROOT / "labextension" / "package.json").read_text())
    assert (own["version"], own["devDependencies"]) == (said["version"], said["devDependencies"])
    assert len(locked) > 100
    assert [name for name, facts in locked.items() if "resolved" in facts] == []
    assert [name for name, facts in locked.items() if not facts.get("integrity")] == []


def test_python_and_the_front_end_agree_on_names():
    pages = (ROOT / "nb_presign" / "access" / "answers" / "pages.py").read_text()
    widget = (ROOT / "nb_presign" / "widget" / "countdown.py").read_text()
    sources = ROOT / "labextension" / "src"
    (option,) = re.findall(r"GUEST_OPTION = '(.+)'", next(sources.rglob("guest.ts")).read_text())
    (mime_type,) = re.findall(
        r"COUNTDOWN_MIME_TYPE = '(.+)'", next(sources.rglob("savedcountdown.ts")).read_text()
    )
    assert f'"{option}"' in pages
    assert f'"{mime_type}"' in widget


def test_metadata_names_the_command_and_the_providers(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        text = archive.read(entry_points).decode()
    assert "jupyter-presign = nb_presign.cli:main" in text
    assert "[nb_presign.providers]" in text


def test_the_switch_is_for_the_server_alone():
    folder = ROOT / "nb_presign" / "etc" / "jupyter_server_config.d"
    switch = json.loads((folder / "nb_presign.json").read_text())
    assert switch == {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}
