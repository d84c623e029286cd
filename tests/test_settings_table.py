"""docs/settings.md is the page that the settings' models give."""

from tests.settings_table import settings_page
from tests.testkit.forked import ROOT


def test_the_page_of_the_settings_is_up_to_date() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == settings_page()


def test_the_page_has_a_row_for_a_setting_of_each_kind() -> None:
    page = settings_page()
    assert "| `port` | number | `8000` | TCP port to listen on; 0 takes a free one. |" in page
    assert "| `client_key` | secret | required | Client key of the operator. |" in page
    assert "\n## `[providers.<name>.http]`\n" in page
