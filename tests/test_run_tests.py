"""How the parts of the tests are run: side by side, each line behind its name, and none left behind."""

from __future__ import annotations

import sys

import pytest
import run_tests
from run_tests import Command


def python(code: str) -> Command:
    return [sys.executable, "-c", code]


def test_lines_come_behind_their_names_and_each_part_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    took: dict[str, float] = {}
    assert run_tests.side_by_side({"one": python("print('a')"), "two": python("print('b')")}, took) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == ["one     | a", "two     | b"]
    assert took.keys() == {"one", "two"}


def test_a_part_that_fails_interrupts_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    waits = "import time\ntry: time.sleep(600)\nexcept KeyboardInterrupt: print('cleaned up')"
    took: dict[str, float] = {}
    assert run_tests.side_by_side({"long": python(waits), "bad": python("exit(3)")}, took)
    said = capsys.readouterr().out
    assert "bad     | FAILED: exit code 3" in said
    assert took["long"] < 600


def test_steps_end_at_the_first_that_fails(capfd: pytest.CaptureFixture[str]) -> None:
    code = run_tests.stages(
        [{"one": python("print('a')")}, {"two": python("exit(4)")}, {"three": python("print('c')")}]
    )
    assert code == 4
    said = capfd.readouterr().out
    assert "--- two: " in said
    assert "three" not in said
