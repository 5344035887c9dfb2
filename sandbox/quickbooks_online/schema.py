"""The fields of each entity."""

from __future__ import annotations

from sandbox.quickbooks_online.kinds import Struct
from sandbox.quickbooks_online.schema_documents import DOCUMENTS
from sandbox.quickbooks_online.schema_lists import LISTS

STRUCTS = {entity: Struct(fields) for entity, fields in {**LISTS, **DOCUMENTS}.items()}
