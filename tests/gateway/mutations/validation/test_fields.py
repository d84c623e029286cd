import pytest

from gateway.mutations.validation.fields import MAX_URL, Faults, media_url
from providers.domain.errors import InvalidInput


def test_a_url_of_the_maximum_length_is_accepted() -> None:
    faults = Faults()
    url = "https://example.com/".ljust(MAX_URL, "x")

    assert media_url(faults, url, "mediaUrls", "0", internal=False) == url
    faults.raise_if_any()


@pytest.mark.parametrize("start", ["https://example.com/", "ftp://example.com/", "https://user@example.com/"])
def test_the_length_of_a_url_that_is_too_long_is_reported(start: str) -> None:
    faults = Faults()
    media_url(faults, start.ljust(MAX_URL + 1, "x"), "mediaUrls", "0", internal=False)

    with pytest.raises(InvalidInput, match=r"^The URL has 2049 characters; the maximum is 2048\.$"):
        faults.raise_if_any()
