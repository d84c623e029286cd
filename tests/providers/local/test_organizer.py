from providers.local.organizer import host


def test_a_host_whose_id_is_an_address_is_reached_there() -> None:
    assert host("ada@example.com") == {"id": "ada@example.com", "name": "ada@example.com", "email": "ada@example.com"}


def test_any_other_host_has_no_address() -> None:
    assert host("42") == {"id": "42", "name": "42"}
