"""Run the fenced blocks of a page and write their output back into it.

```console blocks: every line that starts with `$ ` is a command line of `occupancy`, run in this
process; `| head -n N` and `> FILE` are understood. What stands below is replaced by its output.
```python blocks: run one after the other in one namespace for each page. What they print stands
in the ```text block that follows. A block after `<!-- refused -->` must end in an error.
Everything runs in an empty folder, given by the caller, where pictures and tables are left.
"""

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any
from unittest import mock

_BLOCK = re.compile(
    r"(?P<refused><!-- refused -->\n)?"
    r"^```(?P<kind>console|python)\n(?P<body>.*?)^```\n"
    r"(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


class BlockError(AssertionError):
    """A block of a page that does not do what the page says."""


def refresh(text: str, folder: Path) -> str:
    """The page `text` with the output of its blocks as it is today; files go to `folder`.

    Raises:
        BlockError: a command or a block that fails where the page does not say so, or the
            other way round, or prints where the page has no place for it.
    """
    namespace: dict[str, Any] = {"__name__": "page"}

    def replaced(match: re.Match[str]) -> str:
        refused = match["refused"] is not None
        if match["kind"] == "console":
            return f"{match['refused'] or ''}```console\n{_console(match['body'], refused)}```\n"
        printed = _python(match["body"], namespace, refused)
        if printed and match["output"] is None:
            raise BlockError(f"this block prints and no ```text follows it:\n{match['body']}")
        head = f"{match['refused'] or ''}```python\n{match['body']}```\n"
        return head if match["output"] is None else f"{head}\n```text\n{printed}```\n"

    with contextlib.chdir(folder):
        return _BLOCK.sub(replaced, text)


def _console(body: str, refused: bool) -> str:
    lines = [line for line in body.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{line}\n{_run(line[2:], refused)}" for line in _joined(body, lines))


def _joined(body: str, lines: list[str]) -> list[str]:
    """Command lines with the continuation lines that follow a closing backslash."""
    rows = body.splitlines()
    found: list[str] = []
    for line in lines:
        at = rows.index(line)
        while rows[at].endswith("\\"):
            at += 1
            line += "\n" + rows[at]
        found.append(line)
    return found


def _run(line: str, refused: bool) -> str:
    """What a command line prints, standard error after standard output."""
    words = shlex.split(line.replace("\\\n", " "))
    if words[0] != "occupancy":
        raise BlockError(f"only `occupancy` is run in a console block, not: {line}")
    head, file = None, None
    if "|" in words:
        at = words.index("|")
        if words[at + 1 : at + 3] != ["head", "-n"]:
            raise BlockError(f"only `| head -n N` is understood: {line}")
        head, words = int(words[at + 3]), words[:at]
    if ">" in words:
        at = words.index(">")
        file, words = Path(words[at + 1]), words[:at]
    out, code = _call(words)
    if (code != 0) != refused:
        raise BlockError(f"`{line}` ended with {code}:\n{out}")
    if file is not None:
        file.write_text(out, encoding="utf-8")
        return ""
    lines = [one.rstrip() for one in out.splitlines()]
    if head is not None:
        lines = lines[:head]
    return "".join(f"{one}\n" for one in lines)


def _call(words: list[str]) -> tuple[str, int]:
    from occupancy.cli import main

    out, err = io.StringIO(), io.StringIO()
    plain = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "TTY_COMPATIBLE"}}
    code = 0
    with (
        mock.patch.object(sys, "argv", words),
        mock.patch.dict(os.environ, plain, clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else int(done.code is not None)
    return out.getvalue() + err.getvalue(), code


def _python(body: str, namespace: dict[str, Any], refused: bool) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(body, "page", "exec"), namespace)
        except Exception as error:
            if not refused:
                raise BlockError(f"{type(error).__name__}: {error}\nin:\n{body}") from error
            return f"{type(error).__name__}: {error}\n"
    if refused:
        raise BlockError(f"this block should have been refused:\n{body}")
    return "".join(f"{one.rstrip()}\n" for one in out.getvalue().splitlines())
