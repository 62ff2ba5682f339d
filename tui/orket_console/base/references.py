"""Evidence as it was kept, back as what can be opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from orket_console.base.refs import (
    ActionRef,
    DeliveryRef,
    IncidentRef,
    LogFilterRef,
    LogRef,
    OutputRef,
    ProbeRef,
    PullRef,
    Ref,
    SessionRef,
    TableRef,
    TurnRef,
)

_KINDS: Final[Mapping[str, type[Ref]]] = {
    kind.__name__.removesuffix("Ref").lower(): kind
    for kind in (
        LogRef,
        LogFilterRef,
        SessionRef,
        TurnRef,
        TableRef,
        PullRef,
        DeliveryRef,
        ProbeRef,
        ActionRef,
        OutputRef,
        IncidentRef,
    )
}


def ref_of(document: Mapping[str, Any]) -> Ref | None:
    """What `ref_document` made a document of; None for one that leads nowhere.

    A run of an action (`kind` is `run`) leads to its output.
    """
    kind = document.get("kind")
    if kind == "run":
        record = document.get("record")
        return OutputRef(record) if isinstance(record, str) else None
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        return None
    fields = {name: value for name, value in document.items() if name not in ("kind", "shown")}
    try:
        return msgspec.convert(fields, known)
    except msgspec.ValidationError:
        return None
