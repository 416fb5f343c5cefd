"""People come in, work side by side, and see no more than they may."""

import json
import secrets

import pytest
from playwright.sync_api import expect
from tests.daemon import House
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PASSWORD, Visitor


def invited(nacre: House, visit: Visit, name: str, role: str = "user") -> Visitor:
    """A person in a browser of their own, who followed their invitation."""
    link = nacre.call("person.invite", name=name, display_name=name.title(), role=role)["link"]["url"]
    guest = visit()
    guest.follow_link(link)
    return guest


@pytest.fixture
def project(nacre: House, request: pytest.FixtureRequest) -> str:
    name = f"p{abs(hash(request.node.name)) % 10_000}"
    nacre.call("project.create", name=name)
    return name


def test_who_signs_in_goes_on_to_where_they_wanted(visit: Visit, ann, origin: str):
    guest = visit()
    guest.go("/system/audit?operation=person")
    guest.page.get_by_label("Name or e-mail address").fill("ann")
    guest.page.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.page.get_by_role("button", name="Sign in").click()
    guest.page.wait_for_url(f"{origin}/system/audit?operation=person")
    guest.is_at("System")


def test_a_wrong_password_is_told_and_a_row_of_them_has_to_wait(visit: Visit, nacre: House, ann):
    nacre.call("person.invite", name="dave")
    guest = visit()
    guest.go("/sign-in")
    for _ in range(8):
        guest.page.get_by_label("Name or e-mail address").fill("dave")
        guest.page.get_by_label("Password", exact=True).fill("not the right one")
        with guest.page.expect_response("**/api/sign-in") as answered:
            guest.page.get_by_role("button", name="Sign in").click()
        if answered.value.status == 429:
            break
        expect(guest.page.get_by_role("alert")).to_contain_text("nobody of this name with this password")
    expect(guest.page.get_by_role("alert")).to_contain_text("Too many attempts")
    expect(guest.page.get_by_role("button", name="Sign in")).to_be_disabled()


@pytest.fixture
def admin(visit: Visit, ann) -> Visitor:
    return visit(state=ann)


def test_an_invitation_is_a_link_that_lets_its_person_in(admin: Visitor, visit: Visit):
    page = admin.page
    admin.go("/people")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Name that others see").fill("Bob Builder")
    expect(page.get_by_label("Sign-in name")).to_have_value("bob")
    page.get_by_text("The same on the command line").click()
    expect(page.get_by_text("nacre person invite bob")).to_be_visible()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("heading", name="Bob Builder is invited")).to_be_visible()
    link = page.locator("dialog code").inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row", name="Bob Builder")).to_contain_text("invited")

    guest = visit()
    guest.follow_link(link)
    expect(page.get_by_role("row", name="Bob Builder")).to_contain_text("active")
    guest.go("/people")
    guest.page.wait_for_url("**/people")
    expect(guest.page.get_by_role("navigation", name="Main").get_by_text("System")).to_have_count(0)


def test_two_people_see_each_others_work_at_once(admin: Visitor, nacre: House, visit: Visit, project: str):
    guest = invited(nacre, visit, "erin")
    expect(guest.page.get_by_role("link", name=project)).to_have_count(0)

    admin.go("/people/erin")
    admin.page.get_by_label("Add to project").select_option(project)
    admin.page.get_by_role("button", name="Add", exact=True).click()
    expect(guest.page.get_by_role("link", name=project)).to_be_visible()

    guest.page.get_by_role("button", name="New project").click()
    guest.page.get_by_label("Name", exact=True).fill("erins")
    guest.page.get_by_role("button", name="Create").click()
    expect(guest.page.get_by_text("erins is ready")).to_be_visible(timeout=60_000)
    admin.go("/projects")
    expect(admin.page.get_by_role("link", name="erins")).to_be_visible()


def test_taking_somebody_out_is_undone_by_a_click(admin: Visitor, nacre: House, visit: Visit, project: str):
    nacre.call("person.invite", name="frank", display_name="Frank")
    nacre.call("member.set", ref=project, name="frank", role="viewer")
    admin.go("/people/frank")
    admin.page.get_by_role("button", name=f"Remove Frank from {project}").click()
    expect(admin.page.get_by_text(f"Frank is no longer a member of {project}")).to_be_visible()
    assert nacre.call("person.show", name="frank")["memberships"] == {}
    admin.page.get_by_role("button", name="Undo").click()
    expect(admin.page.get_by_role("button", name=f"Remove Frank from {project}")).to_be_visible()
    assert nacre.call("person.show", name="frank")["memberships"] == {project: "viewer"}


def test_a_viewer_sees_no_way_to_write_and_the_api_refuses_one(nacre: House, visit: Visit, project: str, ann):
    guest = invited(nacre, visit, "grace", "viewer")
    nacre.call("member.set", ref=project, name="grace", role="viewer")
    expect(guest.page.get_by_role("row", name=project)).to_be_visible()
    expect(guest.page.get_by_role("button", name="New project")).to_have_count(0)
    expect(guest.page.get_by_role("button", name="Actions")).to_have_count(0)
    status = guest.page.evaluate(
        """async (project) => {
          const { csrf } = await (await fetch("/api/session")).json();
          const headers = { "X-Nacre-CSRF": csrf, "Content-Type": "application/json" };
          const tried = [["POST", "/api/projects", { name: "mine" }],
                         ["POST", `/api/projects/${project}/checkpoints`, {}]];
          const answers = tried.map(([method, path, body]) =>
            fetch(path, { method, headers, body: JSON.stringify(body) }));
          return (await Promise.all(answers)).map((answer) => answer.status);
        }""",
        project,
    )
    assert status == [403, 403]


def test_a_disabled_person_is_out_at_once(admin: Visitor, nacre: House, visit: Visit):
    guest = invited(nacre, visit, "heidi")
    admin.go("/people/heidi")
    admin.page.get_by_role("button", name="Actions").click()
    admin.page.get_by_role("menuitem", name="Disable").click()
    expect(admin.page.get_by_text("Heidi is locked out")).to_be_visible()
    guest.page.reload()
    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_token_is_shown_once_works_and_is_revoked_by_its_name(admin: Visitor, nacre: House):
    page = admin.page
    admin.go("/account/tokens")
    page.get_by_role("button", name="New token").click()
    page.get_by_label("What it is for").fill("ci")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="The token “ci”")).to_be_visible()
    token = page.locator("dialog code").first.inner_text()
    asked = admin.context.request.get(f"{admin.origin}/api/account", headers={"Authorization": f"Bearer {token}"})
    assert json.loads(asked.body())["kind"] == "agent"
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text(token)).to_have_count(0)

    page.get_by_role("button", name="Revoke").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Revoke")
    expect(confirm).to_be_disabled()
    page.get_by_label("Type ci to confirm").fill("ci")
    confirm.click()
    expect(page.get_by_role("row", name="ci")).to_contain_text("revoked")


def test_a_changed_password_holds_and_signs_out_elsewhere(nacre: House, visit: Visit, ann):
    name = f"ivan-{secrets.token_hex(2)}"  # a run of it before, in this house, has left another one
    here = invited(nacre, visit, name)
    there = visit()
    there.sign_in(name)
    there.is_at("Projects")
    here.go("/account")
    expect(here.page.get_by_role("row", name="Chrome")).to_have_count(2)
    here.page.get_by_label("Present password").fill(PASSWORD)
    here.page.get_by_label("New password").fill("another row of words")
    here.page.get_by_role("button", name="Change password").click()
    expect(here.page.get_by_text("signed out elsewhere: 1")).to_be_visible()
    with there.page.context.new_page() as again:  # the page that is open may be on its way to the sign-in page already
        again.goto(there.page.url)
        expect(again.get_by_role("heading", name="Sign in")).to_be_visible()
