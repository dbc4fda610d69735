"""The container that Codespaces and VS Code make: that its file is well-formed, and names what is there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import parlab
import pytest
from conftest import ROOT

# The published schema, at a fixed commit, is named by the workflow, which has a network:
# https://github.com/devcontainers/spec/blob/main/schemas/devContainer.base.schema.json
PUBLISHED = os.environ.get("PARLAB_DEVCONTAINER_SCHEMA")

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
PORT = {
    "type": "object",
    "properties": {"label": TEXT, "onAutoForward": {"enum": ["notify", "openBrowser", "silent", "ignore"]}},
    "additionalProperties": False,
}
# Of what the published schema allows, what we use: a misspelt name or a value of another kind is refused here as well.
OURS = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "image": TEXT,
        "features": {"type": "object", "additionalProperties": {"type": "object"}},
        "hostRequirements": {
            "type": "object",
            "properties": {
                "cpus": {"type": "integer", "minimum": 1},
                "memory": {"type": "string", "pattern": r"^\d+[tgmk]b$"},
                "storage": {"type": "string", "pattern": r"^\d+[tgmk]b$"},
            },
            "additionalProperties": False,
        },
        "onCreateCommand": TEXT,
        "postCreateCommand": TEXT,
        "remoteEnv": {"type": "object", "additionalProperties": TEXT},
        "forwardPorts": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}},
        "portsAttributes": {"type": "object", "patternProperties": {r"^\d+$": PORT}, "additionalProperties": False},
        "otherPortsAttributes": PORT,
        "customizations": {
            "type": "object",
            "properties": {
                "codespaces": {"type": "object", "properties": {"openFiles": TEXTS}, "additionalProperties": False},
                "vscode": {
                    "type": "object",
                    "properties": {"extensions": TEXTS, "settings": {"type": "object"}},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    },
    "required": ["image", "features", "hostRequirements", "postCreateCommand"],
    "additionalProperties": False,
}


def container() -> dict[str, Any]:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def test_dev_container_is_well_formed() -> None:
    jsonschema.validate(container(), OURS)


@pytest.mark.skipif(not PUBLISHED, reason="PARLAB_DEVCONTAINER_SCHEMA does not name the published schema")
def test_dev_container_follows_the_published_schema() -> None:
    schema = json.loads(Path(str(PUBLISHED)).read_text(encoding="utf-8"))
    jsonschema.validate(container(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**container(), "forwardedPorts": []}, schema)


def test_dev_container_has_what_the_set_up_needs() -> None:
    found = container()
    java = next(options for name, options in found["features"].items() if "/java:" in name)
    assert int(java["version"]) == parlab.MIN_JDK
    assert any("/python:" in name for name in found["features"])
    assert found["hostRequirements"]["cpus"] >= 4
    targets = re.findall(r"make ([\w-]+)", found["postCreateCommand"])
    assert targets == ["setup", "free-threaded"]
    for target in targets:
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for file in found["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / file).is_file()


def test_dev_container_chooses_the_kernel_that_the_set_up_makes() -> None:
    found = container()
    jupyter = parlab.kernel_dir(parlab.VENV).parents[1].relative_to(ROOT).as_posix()
    assert found["remoteEnv"]["JUPYTER_PATH"] == f"${{containerWorkspaceFolder}}/{jupyter}"
    settings = found["customizations"]["vscode"]["settings"]
    python = parlab.python_of(parlab.VENV).relative_to(ROOT).as_posix()
    assert settings["python.defaultInterpreterPath"] == f"${{containerWorkspaceFolder}}/{python}"
    assert settings["jupyter.kernels.trusted"] == [f"${{containerWorkspaceFolder}}/{jupyter}/kernels/java/kernel.json"]
