"""The operator's own commands as they stand in a settings file, before anyone reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

TargetOf = Callable[..., Target]
TWO = """
[ui]
time = "local"

[[actions]]
name = "one"

[[ actions ]]
name = 2
"""


def test_both_files_declare_and_each_says_where(
    bare_root: Path, own_environment: Path, target_of: TargetOf
) -> None:
    (bare_root / "orket-console.toml").write_text(TWO)
    own = own_environment / "config" / "orket-console" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[[actions]]\nname = 'three'\n")
    settings = target_of(bare_root).settings
    in_root, user = settings.declarations
    assert settings.text("ui.time") == "local"
    assert [table["name"] for table in in_root.tables] == ["one", 2]
    assert in_root.place(1).endswith("orket-console.toml, [[actions]] line 8")
    assert (in_root.in_root, user.in_root) == (True, False)
    assert in_root.digest == hashlib.sha256(TWO.encode()).hexdigest()
    assert user.place(0) == f"{own}, [[actions]] line 1"


def test_a_heading_in_a_text_misleads_nobody(bare_root: Path, target_of: TargetOf) -> None:
    content = '[[actions]]\nname = """\n[[actions]]\n"""\n'
    (bare_root / "orket-console.toml").write_text(content)
    (declared,) = target_of(bare_root).settings.declarations
    assert declared.place(0).endswith("[[actions]] number 1")


def test_a_table_beside_the_list_is_told_in_plain_words(
    bare_root: Path, target_of: TargetOf
) -> None:
    (bare_root / "orket-console.toml").write_text("[actions]\ntimeout = 5\n[[actions]]\n")
    with pytest.raises(ConsoleError, match="its timeout instead of"):
        target_of(bare_root)


def test_what_is_no_list_is_still_a_setting(bare_root: Path, target_of: TargetOf) -> None:
    (bare_root / "orket-console.toml").write_text("[actions]\ntimeout = 5\n")
    settings = target_of(bare_root).settings
    assert settings.seconds("actions.timeout") == 5
    assert settings.declarations == ()
