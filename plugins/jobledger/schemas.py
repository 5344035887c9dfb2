"""JSON Schemas of the files that people write, for completion and checking in their editors.

python -m jobledger.schemas include/schemas
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from jobledger.integration import Integration
from jobledger.mapping.flow import Flow
from jobledger.mapping.suite import Suite

MODELS: dict[str, type[BaseModel]] = {"integration": Integration, "mapping": Flow, "expectations": Suite}


def schema_texts() -> dict[str, str]:
    """Each schema file's name and text."""
    return {f"{name}.schema.json": _text(name, model) for name, model in MODELS.items()}


def write_schemas(folder: Path) -> None:
    """Writes the schema files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")


def _text(name: str, model: type[BaseModel]) -> str:
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = dialect | model.model_json_schema(by_alias=True) | {"title": f"Jobledger {name} file"}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
