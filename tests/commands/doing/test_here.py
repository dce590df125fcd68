"""A reference to the place, or the notebook, where this runs."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from nb_presign.errors import InputError


@pytest.fixture
def on_sagemaker(tmp_path, monkeypatch):
    """Be a notebook instance, as far as its metadata file goes."""
    arn = "arn:aws:sagemaker:us-west-2:111122223333:notebook-instance/mine"
    file = tmp_path / "resource-metadata.json"
    file.write_text(json.dumps({"ResourceArn": arn, "ResourceName": "mine"}))
    monkeypatch.setattr("nb_presign.aws.machine.metadata.METADATA", file)


@pytest.mark.usefixtures("on_sagemaker")
@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("link .", "[mine](presign:sagemaker:mine?region=us-west-2)"),
        (
            "link ./lab/tree/a.ipynb",
            "[a.ipynb](presign:sagemaker:mine/lab/tree/a.ipynb?region=us-west-2)",
        ),
    ],
)
def test_this_place_on_sagemaker(do, api, line, written):
    assert do(line).text == written
    assert api.calls == []


def test_a_space_of_which_nobody_says_whose_it_is(do, tmp_path, monkeypatch):
    arn = "arn:aws:sagemaker:us-west-2:111122223333:space/d-1/shared"
    file = tmp_path / "resource-metadata.json"
    file.write_text(json.dumps({"ResourceArn": arn, "DomainId": "d-1", "SpaceName": "shared"}))
    monkeypatch.setattr("nb_presign.aws.machine.metadata.METADATA", file)
    with pytest.raises(InputError) as caught:
        do("link .")
    assert caught.value.hint == "Name the user: studio:d-1/<user>/shared"


@pytest.mark.usefixtures("on_sagemaker")
@pytest.mark.parametrize(
    ("session", "written"),
    [
        ("work/a b.ipynb", "mine/lab/tree/work/a%20b.ipynb?region=us-west-2"),
        ("work/gone.ipynb", "mine?region=us-west-2"),
        ("../outside.ipynb", "mine?region=us-west-2"),
        ("work/console-1-0a1b", "mine?region=us-west-2"),
    ],
)
def test_this_notebook_on_sagemaker(do, tmp_path, monkeypatch, session, written):
    root = tmp_path / "SageMaker"
    (root / "work").mkdir(parents=True)
    for name in ("work/a b.ipynb", "work/console-1-0a1b", "../outside.ipynb"):
        (root / name).touch()
    monkeypatch.setattr("nb_presign.commands.doing.here.ROOTS", (root,))
    monkeypatch.setenv("JPY_SESSION_NAME", os.path.normpath(root / session))
    assert do("link .").text.endswith(f"(presign:sagemaker:{written})")
    assert do("link ./lab").target.path == "lab"


@pytest.fixture
def on_a_hub(tmp_path, monkeypatch):
    """Be a kernel of alice's server, which shows a directory."""
    runtime, root = tmp_path / "runtime", tmp_path / "files"
    runtime.mkdir(mode=0o700)
    root.mkdir()
    facts = {"url": "http://127.0.0.1:1/user/alice/", "pid": os.getpid(), "root_dir": str(root)}
    file = runtime / f"jpserver-{os.getpid()}.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(facts))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:1/hub/api")
    monkeypatch.setenv("JUPYTERHUB_USER", "alice")
    return root


def test_this_server_of_a_hub(do, api, on_a_hub, monkeypatch):
    assert do("link .").text == "[alice](presign:hub:alice)"
    assert do("link ./lab/tree/a.ipynb").text == "[a.ipynb](presign:hub:alice/-/lab/tree/a.ipynb)"
    monkeypatch.setenv("JPY_SESSION_NAME", str(on_a_hub / "b c.ipynb"))
    assert do("link .").text == "[alice](presign:hub:alice)"
    (on_a_hub / "b c.ipynb").touch()
    written = "[b c.ipynb](presign:hub:alice/-/lab/tree/b%20c.ipynb)"
    assert do("link .").text == written
    monkeypatch.setenv("JUPYTERHUB_SERVER_NAME", "gpu")
    assert do("link .").text == written.replace("-", "gpu", 1)
    monkeypatch.delenv("JPY_PARENT_PID")
    assert do("link .").text.endswith("(presign:hub:alice/gpu)")
    assert api.calls == []


def test_this_place_on_a_server_and_on_none(do, api):
    assert do("link .").text == "[a](presign:jupyter:a)"
    assert do("link ./lab/tree/a.ipynb").text == "[a.ipynb](presign:jupyter:a/lab/tree/a.ipynb)"
    api.info = replace(api.info, name="")
    with pytest.raises(InputError, match="belongs to no server"):
        do("link .")
