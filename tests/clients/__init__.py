"""An inbox and a calendar that are written as front-ends are, in a real browser; compilers and caches of others."""

import pytest

pytest.register_assert_rewrite("tests.clients.page")
