"""The sidebar with targets of AWS: real boto3 in a real server, and an AWS on loopback."""

import re
from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import expect
from support.aws import AwsServer
from support.aws.faults import denied
from support.aws.things.life import Life
from support.axe import violations
from support.browser import screenshot
from support.front_ends import SIZE
from support.kept import KeptPage
from support.opening import redeem
from support.two_servers import PANEL, show_panel, two_servers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

GROUP = '[data-provider="sagemaker"]'
ROW = f"{GROUP} .jp-PresignTarget"
NOTICE = f"{PANEL} .jp-PresignTargets .jp-PresignNotice"
#: More than two of AWS's pages.
MANY = 230


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    with AwsServer(tmp_path_factory.mktemp("aws")) as aws:
        # Stays on its way until a test lets it arrive.
        demo = Life("Stopped", looks=None)
        aws.world.add_instance("demo", type="ml.g4dn.xlarge").life = demo
        aws.world.add_instance("nightly", "Pending").life = Life("Pending")
        frankfurt = aws.place("eu-central-1")
        frankfurt.add_instance("churn-model")
        frankfurt.add_instance("etl-nightly", "Stopped", type="ml.m5.xlarge")
        for number in range(MANY):
            aws.place("us-east-2").add_instance(f"student-{number:03}")
        research = aws.add_key("grace", account="210987654321")
        aws.add_profile("research", research)
        aws.place(account="210987654321").add_instance("protein-folding", type="ml.g5.2xlarge")
        aws.add_sso_profile("sso", signed_in=timedelta(hours=-1))
        yield aws
        assert not aws.mistakes


@pytest.fixture(scope="module")
def servers(tmp_path_factory, aws):
    with two_servers(tmp_path_factory.mktemp("clouds"), env=aws.environment) as servers:
        yield servers


@pytest.fixture(scope="module")
def kept(servers, browser):
    """The sidebar with SageMaker's targets, which stays for the next test."""
    kept = KeptPage(partial(show, browser, servers), clear)
    yield kept
    kept.close()


@pytest.fixture
def page(request, kept, aws):
    failed = request.session.testsfailed
    yield kept.page
    aws.stop_playing()
    kept.leave(is_spoilt=request.session.testsfailed > failed)


def clear(page):
    """Have it show what it did at first."""
    page.get_by_role("searchbox").fill("")
    look(page, region="", profile="")
    expect(row(page, "my-instance")).to_be_visible()


def show(browser, servers):
    """Come to JupyterLab, and open the sidebar's group of SageMaker."""
    context = browser.new_context(viewport=SIZE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = show_panel(context, servers)
    # Until what is above has come, the button moves away under the mouse.
    expect(page.locator(f'{PANEL} [data-provider="session"] .jp-PresignTarget')).to_have_count(2)
    page.locator(GROUP).get_by_role("button", expanded=False).click()
    expect(row(page, "my-instance")).to_be_visible()
    return page


def row(page, name):
    return page.locator(ROW).filter(has=page.get_by_text(name, exact=True))


def badges(page):
    """Tell name and state of each row."""
    return page.locator(ROW).evaluate_all("""rows => Object.fromEntries(rows.map(row => [
      row.querySelector('.jp-PresignRow-name').textContent,
      row.querySelector('.jp-PresignBadge').textContent
    ]))""")


def look(page, **where):
    """Switch to another region or profile, as somebody types it."""
    for label, value in where.items():
        box = page.get_by_label(label.capitalize(), exact=True)
        box.fill(value)
        box.press("Enter")


def reload_until_asked(page, aws):
    """Press the button until AWS is asked; what it said last is kept for 2 s."""
    asked = aws.count("ListNotebookInstances")
    for _ in range(100):
        page.get_by_role("button", name="Reload", exact=True).click()
        page.wait_for_timeout(200)
        if aws.count("ListNotebookInstances") > asked:
            return
    pytest.fail("AWS is not asked")


def test_each_state_has_its_badge_and_what_can_be_done(page):
    expect(row(page, "my-instance")).to_be_visible()
    assert badges(page) == {
        "Big-GPU": "ready",
        "broken": "failed",
        "demo": "stopped",
        "my-instance": "ready",
        "nightly": "starting",
        "sleeping": "stopped",
    }
    expect(row(page, "Big-GPU")).to_contain_text("ml.p3.2xlarge")
    expect(row(page, "sleeping").get_by_role("button")).to_have_count(1)
    expect(row(page, "sleeping").get_by_role("button", name="Start sleeping…")).to_be_visible()
    expect(row(page, "broken").get_by_role("button")).to_have_count(0)
    expect(row(page, "broken")).to_contain_text("Insufficient capacity")
    shown = page.locator(f"{PANEL} .jp-PresignGroup-title").all_inner_texts()
    assert shown[:3] == ["Jupyter servers", "Open notebooks", "SageMaker notebook instances"]


def test_what_somebody_opens_comes_into_sight(page):
    studio = page.locator('[data-provider="studio"]')
    studio.get_by_role("button", expanded=False).click()
    expect(studio.locator(".jp-PresignTarget").first).to_be_in_viewport()
    expect(studio.get_by_role("button", expanded=True)).to_be_in_viewport()
    studio.get_by_role("button", expanded=True).click()


def test_region_and_profile_are_switched(page):
    expect(row(page, "my-instance")).to_be_visible()
    look(page, region="eu-central-1")
    expect(row(page, "churn-model")).to_be_visible()
    assert badges(page) == {"churn-model": "ready", "etl-nightly": "stopped"}
    expect(row(page, "churn-model").locator("[title]").first).to_have_attribute(
        "title", "sagemaker:churn-model?region=eu-central-1"
    )
    look(page, region="", profile="research")
    expect(row(page, "protein-folding")).to_be_visible()
    assert list(badges(page)) == ["protein-folding"]
    look(page, profile="")
    expect(row(page, "my-instance")).to_be_visible()


def test_hundreds_come_as_somebody_goes_down_the_list(page, aws):
    look(page, region="us-east-2")
    expect(row(page, "student-000")).to_be_visible()
    rows = page.locator(ROW)
    asked = aws.count("ListNotebookInstances")
    assert rows.count() < MANY
    more = page.locator(GROUP).get_by_role("button", name="Show more")
    for known in range(rows.count(), MANY):
        if more.is_hidden():
            break
        rows.last.scroll_into_view_if_needed()
        expect(rows.nth(known)).to_be_attached()
    expect(rows).to_have_count(MANY)
    expect(page.locator(f"{GROUP} .jp-PresignGroup-count")).to_have_text(str(MANY))
    assert aws.count("ListNotebookInstances") > asked
    page.get_by_role("searchbox").fill("student-22")
    expect(rows).to_have_count(10)


def test_a_stopped_instance_is_started_and_opened(page, aws):
    demo = row(page, "demo")
    demo.get_by_role("button", name="Start demo…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("demo (ml.g4dn.xlarge) is paid for while it runs")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert aws.count("StartNotebookInstance") == 0
    demo.get_by_role("button", name="Start demo…").click()
    dialog.get_by_role("button", name="Start").click()
    expect(page.locator(NOTICE)).to_have_text("demo is starting.")
    expect(demo.locator(".jp-PresignBadge")).to_have_text("starting")
    aws.world.instances["demo"].life.arrive()
    # Looked at again by itself.
    expect(demo.locator(".jp-PresignBadge")).to_have_text("ready", timeout=20_000)
    assert aws.count("StartNotebookInstance") == 1
    page.context.route(
        re.compile(r"^https://demo-\w+\.notebook\.us-west-2\.sagemaker\.aws/"),
        lambda route: route.fulfill(body="<title>SageMaker</title>", content_type="text/html"),
    )
    with page.context.expect_page() as opened:
        demo.get_by_role("button", name="Open demo in a new tab").click()
    expect(opened.value).to_have_title("SageMaker")
    assert "authToken=" in opened.value.url
    assert opened.value.evaluate("window.opener") is None
    assert "authToken=" not in page.content()


def test_who_is_not_allowed_is_told_what_is_missing(page, aws):
    aws.play("ListNotebookInstances", denied(), None)
    reload_until_asked(page, aws)
    trouble = page.locator(f"{GROUP} .jp-PresignTrouble")
    expect(trouble).to_contain_text("sagemaker:ListNotebookInstances")
    expect(page.locator(ROW)).to_have_count(0)
    aws.stop_playing()
    page.get_by_role("button", name="Reload", exact=True).click()
    expect(row(page, "my-instance")).to_be_visible()
    expect(trouble.filter(has_text="ListNotebookInstances")).to_have_count(0)


def test_a_sign_in_that_has_ended_comes_with_the_command_that_mends_it(page):
    expect(row(page, "my-instance")).to_be_visible()
    look(page, profile="sso")
    trouble = page.locator(f"{GROUP} .jp-PresignTrouble")
    command = "aws sso login --profile sso"
    expect(trouble.locator("code")).to_have_text(command)
    trouble.get_by_role("button", name=f"Copy {command}").click()
    expect(trouble.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command
    assert violations(page, PANEL) == []
    look(page, profile="nobody")
    expect(trouble).to_contain_text("nobody")
    look(page, profile="")
    expect(row(page, "my-instance")).to_be_visible()


@pytest.fixture
def guest(servers):
    """Let somebody in by a link; all links are revoked at the end."""
    link = servers.mint("jupyter:./lab/tree/work.ipynb", scope="execute", note="with Bob")
    with servers.here.stranger() as client:
        assert redeem(client, link).status_code == 200
    yield
    servers.forget()


@pytest.fixture
def themed(page, theme):
    """Give the page in a theme; its picture is taken in a size of its own."""
    page.emulate_media(color_scheme=theme)
    yield page
    page.set_viewport_size(SIZE)


@pytest.mark.usefixtures("guest")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_how_it_looks(servers, themed, theme):
    page = themed
    servers.mint("jupyter:there/lab/tree/training.ipynb", note="for Ada, to review", max_uses=3)
    page.get_by_role("button", name="Reload", exact=True).click()
    expect(row(page, "nightly").locator(".jp-PresignBadge")).to_have_text("starting")
    expect(page.locator(f"{PANEL} .jp-PresignGuest")).to_have_count(1)
    expect(page.locator(f"{PANEL} .jp-PresignLink")).to_have_count(2)
    is_light = str(theme == "light").lower()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", is_light)
    assert violations(page, PANEL) == []
    look_at_questions(page, theme)
    # What is not in the picture is folded, as somebody does who looks for instances.
    notebooks = page.locator('[data-provider="session"]')
    notebooks.get_by_role("button", expanded=True).click()
    widen(page)
    screenshot(page, f"screenshots/sidebar-aws-{theme}")
    notebooks.get_by_role("button", expanded=False).click()


def look_at_questions(page, theme):
    """Look at what the sidebar asks, and tells once; nothing of it is left behind."""
    row(page, "sleeping").get_by_role("button", name="Start sleeping…").click()
    expect(page.get_by_role("dialog")).to_contain_text("is paid for while it runs")
    page.keyboard.press("Escape")
    others = page.get_by_text("not set up")
    others.click()
    assert violations(page, PANEL) == []
    screenshot(page, f"screenshots/sidebar-trouble-{theme}")
    others.click()
    page.get_by_role("button", name="New link…").click()
    form = page.get_by_role("form", name="New link")
    form.get_by_label("To").fill("jupyter:there")
    form.get_by_label("They may").select_option("execute")
    form.get_by_text("Limits").click()
    expect(form).to_contain_text("They can run code as you")
    expect(form.get_by_role("button", name="Make link")).to_be_in_viewport()
    assert violations(page, PANEL) == []
    screenshot(page, f"screenshots/sidebar-form-{theme}")
    form.get_by_label("They may").select_option("read")
    form.get_by_role("button", name="Make link").click()
    box = page.locator(".jp-PresignForm").get_by_role("group", name="New link")
    box.get_by_role("button", name="Show").click()
    expect(box.get_by_label("URL")).to_be_focused()
    assert violations(page, PANEL) == []
    box.get_by_role("button", name="Done").click()
    revoke = page.locator(f"{PANEL} .jp-PresignLink").get_by_role("button", name="Revoke jupyter")
    revoke.click()
    expect(revoke).to_have_count(0)


def widen(page):
    """Drag the sidebar's edge, and look away from any button."""
    page.set_viewport_size({"width": 760, "height": 860})
    edge = page.locator(PANEL).bounding_box()
    page.mouse.move(edge["x"] + edge["width"] + 2, 400)
    page.mouse.down()
    page.mouse.move(edge["x"] + 340, 400, steps=4)
    page.mouse.up()
    page.mouse.move(700, 700)
    page.locator(".jp-PresignTargets").evaluate("section => { section.scrollTop = 0; }")
    page.evaluate("document.activeElement.blur()")
