"""The verbs against AWS as real boto3 sees it: on the command line, and in a real kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from support.aws import ACCOUNT, CANARY, faults
from support.command_line import command_line

#: For how long it pauses between two looks, and that a Tab has time.
BEFORE = """
from nb_presign import cli
from nb_presign.commands.doing import starting
starting.PAUSE, starting.SOON, cli._TAB = 0.2, 0.2, 60.0
"""
#: The command line, but for that.
PROGRAM = f"{BEFORE}\nraise SystemExit(cli.main())"
COST = "ml.t3.medium is paid for until it is stopped."


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("DATA", "CONFIG", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)


@pytest.fixture(scope="module")
def lines():
    with command_line(BEFORE) as ready:
        yield ready


@pytest.fixture
def cli(aws, lines):
    """Run the command line as a process; nothing secret may be where it does not belong."""

    def cli(line, *, reveals=False):
        done = lines(*line.split())
        secrets = [one for one in aws.secrets() if one in done.stderr + done.stdout * (not reveals)]
        assert not secrets
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return cli


def test_mint_prints_just_the_url(cli, aws):
    code, out, err = cli("sagemaker:my-instance/lab/tree/a%20b.ipynb --session 1h", reveals=True)
    assert code == 0
    (minted,) = aws.mint.urls
    host, _, query = minted.partition("?")
    assert out == f"{host}/lab/tree/a%20b.ipynb?{query}\n"
    assert "session  1 h after it is opened" in err
    (call,) = [c for c in aws.calls if c.operation == "CreatePresignedNotebookInstanceUrl"]
    assert call.parameters["SessionExpirationDurationInSeconds"] == 3600


def test_json_of_athena_has_the_token_and_the_clocks(cli, aws):
    session = next(iter(aws.world.sessions))
    code, out, _ = cli(f"athena:{session} --json", reveals=True)
    minted = json.loads(out)
    assert code == 0
    assert CANARY in minted["auth_token"]
    assert minted["session_seconds"] == 0
    assert minted["created_at"] < minted["renew_by"] < minted["expires_at"]
    (listed,) = json.loads(cli("list --json")[1])
    assert "auth_token" not in listed
    assert listed["renew_by"] == minted["renew_by"]


def test_targets_with_state_and_machine(cli):
    code, out, _ = cli("targets sagemaker")
    assert code == 0
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert rows["sagemaker:my-instance"] == ["ready", "my-instance", "ml.t3.medium"]
    assert rows["sagemaker:sleeping"][0] == "stopped"
    assert out.count("jupyter presign mint sagemaker:sleeping --start") == 1


def test_whose_and_where(cli, aws):
    key = aws.add_key("eve", account="210987654321")
    aws.add_profile("other", key, region="eu-west-1")
    aws.place("eu-west-1", account="210987654321").add_instance("theirs", "InService")
    code, out, _ = cli("targets sagemaker --profile other --region eu-west-1 -q")
    reference = "sagemaker:theirs?profile=other&region=eu-west-1"
    assert (code, out) == (0, f"{reference}\n")
    shown = cli("targets sagemaker --profile other --region eu-west-1")[1]
    assert shown.splitlines()[0].split()[3:6] == ["machine", "region", "profile"]
    assert cli(f"{reference} -q", reveals=True)[0] == 0
    assert cli("sagemaker:theirs --profile other --region eu-west-1 -q", reveals=True)[0] == 0
    assert {c.access_key for c in aws.calls} == {key.id}
    assert cli("sagemaker:theirs")[0] == 3
    assert cli("__complete sagemaker:theirs --profile oth")[1] == "other\n"


def test_start_says_what_it_costs_and_waits(cli, aws):
    sleeping = aws.world.instances["sleeping"]
    sleeping.life.looks = 1
    code, _, err = cli("sagemaker:sleeping")
    assert code == 4
    assert "'jupyter presign mint sagemaker:sleeping --start'" in err
    assert aws.count("StartNotebookInstance") == 0
    code, out, err = cli("sagemaker:sleeping --start", reveals=True)
    assert code == 0, err
    assert err.splitlines()[0] == f"Starting sleeping: {COST}"
    assert err.splitlines()[1].startswith("sleeping is ready after ")
    assert out.strip() == aws.mint.urls[0]
    assert aws.count("StartNotebookInstance") == 1


def test_terms_that_are_refused_start_nothing(cli, aws):
    assert cli("sagemaker:sleeping --start --scope read")[0] == 2
    assert cli("sagemaker:sleeping --start --session 1m")[0] == 2
    assert aws.count("StartNotebookInstance") == 0


def test_a_bare_name_starts_too(cli, aws):
    aws.world.instances["sleeping"].life.looks = 0
    code, out, err = cli("sleeping --start -q", reveals=True)
    assert (code, err) == (0, "")
    assert out.strip() == aws.mint.urls[0]


def test_what_cannot_be_started_is_not(cli, aws):
    code, _, err = cli("sagemaker:broken --start")
    assert code == 4
    assert "Failed" in err
    assert aws.count("StartNotebookInstance") == 0


def test_the_doctor_shows_the_first_thing_that_is_wrong(cli, aws):
    aws.key.denied.append("sagemaker:Describe*")
    code, out, _ = cli("doctor sagemaker:my-instance --json")
    *well, wrong = json.loads(out)
    assert code == 1
    assert all(step["ok"] for step in well)
    assert (wrong["check"], wrong["ok"]) == ("permission", False)
    assert "presign policy sagemaker:my-instance" in wrong["mend"]
    assert "jupyter presign policy sagemaker:my-instance" in cli("doctor sagemaker:my-instance")[1]


def test_the_doctor_of_a_machine_without_aws(cli, aws, monkeypatch):
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    checks = json.loads(cli("doctor --json")[1])
    (line,) = [check for check in checks if check["check"] == "AWS"]
    assert line["ok"]
    assert line["message"].startswith("sagemaker, studio, athena, ")
    code, _, err = cli("sagemaker:my-instance")
    assert code == 2
    assert "region" in err
    code, _, err = cli("sagemaker:my-instance --region us-west-2")
    assert code == 6
    assert "credentials" in err
    assert aws.calls == []


def test_a_refusal_names_the_policy_that_would_allow_it(cli, aws):
    aws.key.denied.append("sagemaker:CreatePresigned*")
    code, _, err = cli("sagemaker:my-instance")
    assert code == 5
    assert "sagemaker:CreatePresignedNotebookInstanceUrl" in err
    assert "jupyter presign policy sagemaker:my-instance" in err


def test_the_policy_it_names_can_be_written(cli):
    code, out, err = cli(
        f"policy sagemaker:my-instance --ip 203.0.113.0/24 --region us-west-2 --account {ACCOUNT}"
    )
    assert code == 0
    arn = f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:notebook-instance/my-instance"
    assert {a for s in json.loads(out)["Statement"] for a in s["Resource"]} == {arn}
    assert err.startswith("Note: ")


def test_names_complete(cli, aws):
    assert cli("__complete sagemaker:my")[1] == "sagemaker:my-instance\n"
    asked = len(aws.calls)
    assert cli("__complete mint sagemaker:sl")[1] == "sagemaker:sleeping\n"
    assert len(aws.calls) == asked


def test_a_slow_answer_is_waited_for_and_interrupted(aws):
    hanging = aws.play("DescribeNotebookInstance", faults.hang())
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "sagemaker:my-instance"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert hanging.met.wait(60)
        running.send_signal(2)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "Interrupted.\n")


@pytest.fixture
def kernel(aws):
    del aws
    manager, client = start_new_kernel(kernel_name="python3")
    run(client, "%load_ext nb_presign\nfrom nb_presign.commands.doing import starting\n")
    run(client, "starting.PAUSE = starting.SOON = 0.2")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()
    manager.context.term()


def run(client, code):
    seen = []
    reply = client.execute_interactive(code, timeout=90, output_hook=seen.append)
    return reply["content"], [message["content"] for message in seen]


def plain(contents):
    return [content["data"].get("text/plain", "") for content in contents if "data" in content]


def test_verbs_in_a_kernel(kernel, aws):
    reply, seen = run(kernel, "%presign sagemaker:my-instance")
    assert reply["status"] == "ok", reply
    assert any("application/vnd.jupyter.widget-view+json" in c.get("data", {}) for c in seen)
    shown = [json.dumps(seen, default=str)]

    for line, words in {
        "%presign targets sagemaker": "sagemaker:sleeping",
        "%presign list": "sagemaker:my-instance",
        "%presign doctor sagemaker": "credentials",
    }.items():
        reply, seen = run(kernel, line)
        assert words in plain(seen)[0], (reply, seen)
        shown.append(json.dumps(seen, default=str))

    _, seen = run(kernel, "%presign policy sagemaker:my-instance --ip 203.0.113.0/24")
    (document,) = (content["text"] for content in seen if content.get("name") == "stdout")
    assert json.loads(document)["Version"] == "2012-10-17"

    reply, _ = run(kernel, "%presign sagemaker:sleeping")
    assert "'%presign mint sagemaker:sleeping --start'" in reply["traceback"][1]
    assert len(reply["traceback"]) == 2

    aws.world.instances["sleeping"].life.looks = 1
    reply, seen = run(kernel, "%presign sagemaker:sleeping --start")
    assert reply["status"] == "ok", reply
    steps = [text for text in plain(seen) if text.endswith(COST) or "so far" in text]
    assert steps[0] == f"Starting sleeping: {COST}"
    assert steps[-1].startswith("sleeping is ready after ")
    shown.append(json.dumps(seen, default=str))

    assert not [secret for secret in aws.secrets() for text in shown if secret in text]


def test_a_saved_notebook_holds_nothing_secret(aws):
    session = next(iter(aws.world.sessions))
    lines = [
        "%load_ext nb_presign",
        "%presign sagemaker:my-instance/lab/tree/a.ipynb",
        f"link = %presign -q athena:{session}",
        "link",
        "[link, repr(link), link.url, link.auth_token]",
        f"%presign athena:{session}",
        f"%presign --json athena:{session}",
        "%presign list --all",
        "%presign show {link.id}",
        "%presign refresh {link.id}",
        "assert link.url.reveal() and link.auth_token.reveal()",
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in lines]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=True).execute()
    saved = nbformat.writes(notebook)
    assert len(aws.mint.urls) == 5
    assert not [secret for secret in aws.secrets() if secret in saved]
    assert "widget-view+json" in saved
