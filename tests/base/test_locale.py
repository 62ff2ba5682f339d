"""Which terminals get UTF-8."""

from __future__ import annotations

import pytest

from orket_console.base.locale import speaks_utf8


@pytest.mark.parametrize(
    ("environment", "utf8"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LANG": "C"}, False),
        ({}, False),
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"}, True),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False),
        ({"LC_CTYPE": "de_DE.UTF-8", "LANG": "C"}, True),
    ],
)
def test_the_locale_tells_whether_utf8_can_be_shown(
    environment: dict[str, str], utf8: bool
) -> None:
    assert speaks_utf8(environment) is utf8
