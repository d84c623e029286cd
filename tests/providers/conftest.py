"""The kit's modules get pytest's own explanations of failed asserts, as test modules do."""

import pytest

pytest.register_assert_rewrite("tests.providers.contracts")
