"""The very first sign-in of a home: nobody is here, and a link makes the first admin."""

from playwright.sync_api import expect
from tests.daemon import House
from tests.e2e.conftest import Visit


def test_the_first_person_comes_in_by_the_link_that_up_prints(nacre: House, visit: Visit, origin: str):
    guest = visit()
    guest.go("/people")
    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(guest.page.get_by_text("nacre account link")).to_be_visible()

    link = nacre.call("account.link")["url"]
    guest.follow_link(link, "Ann Example")
    assert guest.page.url == f"{origin}/projects"
    assert "link=" not in guest.page.evaluate("JSON.stringify(history.state) + location.href")
    expect(guest.page.get_by_text("A project is a Postgres, a folder and their time machine")).to_be_visible()
    assert nacre.call("person.list")[0]["role"] == "admin"

    again = visit()
    again.page.goto(link)
    expect(again.page.get_by_role("heading", name="This link does not work any more")).to_be_visible()
