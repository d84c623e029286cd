import pytest

from providers.domain.internal_hosts import is_internal


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "\uff11\uff12\uff17\u30020\uff0e0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%25eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:a00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "localhost",
        "LOCALHOST.",
        "x.localhost",
        "printer",
        "printer.local",
        "metadata.google.internal",
        "nas.home.arpa",
        "",
        "a..example.com",
        "x" * 64 + ".example.com",
    ],
)
def test_a_host_that_the_public_does_not_reach_is_internal(host: str) -> None:
    assert is_internal(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "EXAMPLE.com.",
        "b\u00fccher.example.com",
        "local.example.com",
        "8.8.8.8",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "127.0.0.1.example.com",
    ],
)
def test_a_public_host_is_not_internal(host: str) -> None:
    assert not is_internal(host)
