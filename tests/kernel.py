"""A kernel as a front end sees it: cells go in, messages come out."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from conftest import NOTEBOOKS
from jupyter_client.manager import KernelManager

COMPILERS = ("C1 CompilerThre", "C2 CompilerThre")  # Linux cuts the names of threads
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Reply:
    """What one cell gave."""

    status: str
    error: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)

    def text(self, stream: str) -> str:
        return "".join(o["content"]["text"] for o in self.outputs if o["content"].get("name") == stream)

    def data(self, mime: str) -> list[Any]:
        return [o["content"]["data"][mime] for o in self.outputs if mime in o["content"].get("data", {})]

    def for_notebook(self) -> list[nbformat.NotebookNode]:
        """The outputs as a front end keeps them: a display that was updated as it was at last."""
        kept: list[nbformat.NotebookNode] = []
        displays: dict[str, nbformat.NotebookNode] = {}
        for message in self.outputs:
            content = message["content"]
            known = displays.get(content.get("transient", {}).get("display_id"))
            if message["header"]["msg_type"] == "update_display_data":
                if known is not None:
                    known.update(nbformat.from_dict({key: content[key] for key in ("data", "metadata")}))
                continue
            kept.append(nbformat.v4.output_from_msg(message))
            if identity := content.get("transient", {}).get("display_id"):
                displays[identity] = kept[-1]
        return kept


class Kernel:
    """The kernel `java` of this environment, working in the notebooks' folder."""

    def __init__(self, env: dict[str, str] | None = None, prefix: list[str] | None = None) -> None:
        self.manager = KernelManager(kernel_name="java")
        if prefix:
            spec = self.manager.kernel_spec
            assert spec is not None
            spec.argv = [*prefix, *spec.argv]
        self.manager.start_kernel(cwd=str(NOTEBOOKS), env=env or dict(os.environ))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=300)

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)

    @property
    def pid(self) -> int:
        provisioner = self.manager.provisioner
        assert provisioner is not None
        return int(provisioner.process.pid)

    def start(self, code: str) -> str:
        return str(self.client.execute(code))

    def wait(self, message: str, seconds: float) -> Reply | None:
        """The cell's reply, or None when it is not there in time. Nothing is lost by asking again."""
        deadline = time.monotonic() + seconds
        reply: Reply | None = None
        outputs = self._outputs.setdefault(message, [])
        while (left := deadline - time.monotonic()) > 0:
            try:
                got = self.client.get_iopub_msg(timeout=min(left, 0.5))
            except Exception as e:
                if type(e).__name__ != "Empty":
                    raise
                continue
            if got["parent_header"].get("msg_id") != message:
                continue
            kind = got["header"]["msg_type"]
            if kind == "status" and got["content"]["execution_state"] == "idle":
                errors = [o for o in outputs if o["header"]["msg_type"] == "error"]
                status = "error" if errors else "ok"
                error = "\n".join(errors[0]["content"]["traceback"]) if errors else ""
                reply = Reply(status, error, outputs)
                break
            if kind not in {"status", "execute_input"}:
                outputs.append(got)
        return reply

    def run(self, code: str, seconds: float = 300) -> Reply:
        reply = self.wait(self.start(code), seconds)
        assert reply is not None, f"no answer within {seconds} s to:\n{code}"
        return reply

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    @property
    def _outputs(self) -> dict[str, list[dict[str, Any]]]:
        return self.__dict__.setdefault("pending", {})  # type: ignore[no-any-return]


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_seconds(pids: list[int]) -> float:
    """CPU time that these processes have used so far, but for what their just-in-time compilers have.

    Those still work on what a cell ran for seconds after its end, the longer the busier the machine is.
    """
    total = 0
    for pid in pids:
        folder = Path(f"/proc/{pid}")
        total += ticks(folder)
        try:
            threads = list((folder / "task").iterdir())
        except OSError:
            continue  # ended meanwhile
        total -= sum(ticks(thread, COMPILERS) for thread in threads)
    return total / TICKS


def ticks(folder: Path, names: tuple[str, ...] = ("",)) -> int:
    """CPU time of a process or thread that lives and whose name begins with one of these; else 0."""
    try:
        name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return 0
    fields = rest.split()
    return int(fields[11]) + int(fields[12]) if name.startswith(names) else 0
