from gateway.graphql.transport.request import RequestHead


def head(*lines: tuple[bytes, bytes]) -> RequestHead:
    return RequestHead({"type": "http", "method": "POST", "headers": list(lines)})


def test_a_field_is_found_by_its_name() -> None:
    found = head((b"accept", b"application/json"), (b"host", b"gateway.example.com"))
    assert found.get(b"accept") == "application/json"
    assert found.get(b"origin") is None
    assert b"host" in found
    assert b"origin" not in found


def test_lines_of_one_name_are_one_field() -> None:
    found = head((b"accept", b"text/html"), (b"host", b"gateway.example.com"), (b"accept", b"*/*;q=0.1"))
    assert found.get(b"accept") == "text/html, */*;q=0.1"
    assert found.get(b"host") == "gateway.example.com"


def test_a_second_authorization_can_not_replace_the_first() -> None:
    found = head((b"authorization", b"Bearer one"), (b"authorization", b"Bearer two"))
    assert found.get(b"authorization") == "Bearer one, Bearer two"
