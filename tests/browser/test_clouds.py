"""Links of clouds in JupyterLab: a real kernel with real boto3, and an AWS on loopback."""

import json
import shlex
import sys
from datetime import datetime, timedelta, timezone

import pytest
from jupyter_servers import World, jupyter_server
from playground import LAB_SETTINGS, write_notebook
from playwright.sync_api import expect
from support.aws import CANARY, AwsServer
from support.browser import screenshot
from support.canaries import Canaries

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WIDGET = ".jp-PresignCountdown"
TARGET = "sagemaker:my-instance/lab/tree/a.ipynb?profile=ml"
SIZE = {"width": 1100, "height": 800}
CURRENT = "window.jupyterapp?.shell.currentWidget"
KERNEL_IS_IDLE = f"""() => {{
  const kernel = {CURRENT}?.sessionContext?.session?.kernel;
  return {CURRENT}?.context?.isReady && kernel?.connectionStatus === "connected"
    && kernel.status === "idle";
}}"""


class Signer:
    """A profile whose temporary credentials a program hands out, as SSO and role brokers do."""

    def __init__(self, aws, name, path):
        self.key = aws.add_key(name, role="DataScientist")
        self.path = path
        program = [sys.executable, "-c", f"print(open({str(path)!r}).read())"]
        aws.files.add(name, {"region": "us-west-2", "credential_process": shlex.join(program)}, {})

    def lasts(self, **left):
        """Have the credentials that it hands out from now on end then."""
        until = datetime.now(timezone.utc) + timedelta(**left)
        said = {"AccessKeyId": self.key.id, "SecretAccessKey": self.key.secret}
        self.path.write_text(
            json.dumps({"Version": 1, **said, "SessionToken": self.key.token,
                        "Expiration": until.isoformat()})
        )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("clouds")


@pytest.fixture(scope="module")
def aws(home):
    with AwsServer(home / "aws") as server:
        Signer(server, "ml", home / "ml.json").lasts(hours=1)
        yield server
        assert not server.mistakes


@pytest.fixture(scope="module")
def brief(aws, home):
    return Signer(aws, "brief", home / "brief.json")


@pytest.fixture(scope="module")
def lab(home, aws):
    """JupyterLab on a directory, whose kernels know one AWS only."""
    world = World(home / "home")
    settings = world.home / "config"
    (settings / "labconfig").mkdir(parents=True)
    (settings / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(LAB_SETTINGS))
    plugin = settings / "lab" / "user-settings" / "@jupyter-widgets" / "jupyterlab-manager"
    plugin.mkdir(parents=True)
    (plugin / "plugin.jupyterlab-settings").write_text(json.dumps({"saveState": True}))
    config = {"LabApp": {"expose_app_in_browser": True}, "NbPresign": {"server_name": "here"}}
    with jupyter_server(
        world, home / "files", app="lab", config=config, env=aws.environment
    ) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser, lab, athena):
    """A notebook in which the links have been minted that most tests look at."""
    minted = (f"%presign {TARGET}", f"%presign {athena}")
    cells = [("code", cell) for cell in ("%load_ext nb_presign", *minted)]
    write_notebook(lab.root / "links.ipynb", cells)
    context = browser.new_context(viewport=SIZE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{lab.url}lab/tree/links.ipynb?token={lab.token}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(KERNEL_IS_IDLE)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    expect(page.locator(WIDGET)).to_have_count(len(minted), timeout=60_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def athena(aws):
    """The reference of an Athena session."""
    return f"athena:{next(iter(aws.world.sessions.values())).id}"


def link(page, reference):
    """Find what shows a link."""
    return page.locator(WIDGET, has_text=reference)


def run_one_more(page, cell):
    """Run another cell at the end of the notebook."""
    page.evaluate(
        f"""source => {{
          const {{ content }} = {CURRENT};
          content.model.sharedModel.addCell({{ cell_type: 'code', source }});
          content.activeCellIndex = content.widgets.length - 1;
          window.jupyterapp.commands.execute('notebook:run-cell');
        }}""",
        cell,
    )


def clock(widget, name):
    return widget.locator(f"[data-clock={name}]")


def button(widget, name):
    return widget.get_by_role("button", name=name, exact=True)


def opened(page, widget):
    """Click Open; returns the address that the new tab asked for."""
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(body="<title>notebook</title>", content_type="text/html")

    page.context.route("https://**/*", answer)
    with page.expect_popup() as tab:
        button(widget, "Open").click()
    tab.value.wait_for_url("https://**/*")
    tab.value.close()
    page.context.unroute("https://**/*")
    return asked[0]


def copied(page, widget, name="Copy"):
    page.evaluate("navigator.clipboard.writeText('')")
    button(widget, name).click()
    return page.evaluate("""async () => {
        for (;;) {
            const text = await navigator.clipboard.readText();
            if (text) return text;
        }
    }""")


def change_theme(page, name, *, light):
    page.evaluate(
        "theme => { window.jupyterapp.commands.execute('apputils:change-theme', {theme}); }", name
    )
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)


def test_three_clocks_in_light_and_dark(page):
    widget = link(page, TARGET)
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget).to_contain_text(TARGET)
    expect(clock(widget, "link")).to_contain_text("first to end")
    expect(clock(widget, "session")).to_contain_text("12 h once opened")
    expect(clock(widget, "credentials")).to_contain_text("5")  # 59:59, 58:…
    expect(button(widget, "Revoke")).to_have_count(0)
    expect(button(widget, "Copy token")).to_have_count(0)
    screenshot(page, "screenshots/widget-cloud-light")
    change_theme(page, "JupyterLab Dark", light="false")
    screenshot(page, "screenshots/widget-cloud-dark")
    change_theme(page, "JupyterLab Light", light="true")


def test_each_click_gets_a_url_of_its_own(page, aws):
    widget = link(page, TARGET)
    expect(widget).to_have_attribute("data-state", "live")
    followed = aws.count("CreatePresignedNotebookInstanceUrl")
    urls = [opened(page, widget), opened(page, widget), copied(page, widget), copied(page, widget)]
    assert len(set(urls)) == 4
    assert aws.count("CreatePresignedNotebookInstanceUrl") == followed + 4
    assert all(url.startswith("https://my-instance") for url in urls)
    assert all("/lab/tree/a.ipynb?authToken=" in url for url in urls)


def test_nothing_secret_is_saved(page, lab, aws, athena):
    instance, of_athena = link(page, TARGET), link(page, athena)
    opened(page, instance)
    expect(clock(of_athena, "session")).to_contain_text("as its service decides")
    expect(clock(of_athena, "link")).to_contain_text("new one due in")
    token = copied(page, of_athena, "Copy token")
    assert token in aws.mint.tokens
    first = instance.locator(".jp-PresignId").inner_text()
    button(instance, "Refresh").click()
    expect(instance.locator(".jp-PresignId")).not_to_have_text(first)
    page.evaluate(f"{CURRENT}.context.save()")
    screenshot(page, "screenshots/widget-cloud-athena")
    saved = (lab.root / "links.ipynb").read_bytes()
    assert b"application/vnd.jupyter.widget-state+json" in saved
    assert b"credentials_expire_at" in saved
    secrets = aws.secrets()
    assert token in secrets
    assert len(secrets) > 5
    # What stands before the canary names places, which references name as well.
    planted = Canaries({one[:60]: one.rpartition(CANARY)[2] for one in secrets})
    assert planted.in_bytes(saved) == set()
    assert CANARY.encode() not in saved
    assert CANARY not in page.content()


def test_credentials_that_end_first_are_named_and_what_mends_them(page, brief):
    brief.lasts(seconds=15)
    run_one_more(page, "%presign sagemaker:my-instance?profile=brief")
    widget = link(page, "profile=brief")
    expect(clock(widget, "credentials")).to_contain_text("first to end")
    screenshot(page, "screenshots/widget-cloud-credentials")
    expect(widget).to_have_attribute("data-state", "expired", timeout=60_000)
    expect(clock(widget, "credentials")).to_contain_text("ended")
    # Looked for again just after their end; the program still hands out the old ones.
    expect(widget.get_by_role("status")).to_contain_text("Not refreshed.", timeout=40_000)
    expect(widget.get_by_role("status")).to_contain_text("brief")
    screenshot(page, "screenshots/widget-cloud-ended")
    brief.lasts(hours=1)
    button(widget, "Refresh").click()
    expect(widget).to_have_attribute("data-state", "live")
    expect(clock(widget, "link")).to_contain_text("first to end")
