"""What a piece of evidence points at, so that a row in one tab leads to its place in another."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct


class LogRef(Struct, frozen=True, gc=False):
    """One record: the log's path and the byte offset of its line; `line` counts from 1."""

    path: str
    offset: int
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else f"{self.path}@{self.offset}"


@dataclass(frozen=True, slots=True)
class LogFilterRef:
    """A filter expression of the Log tab."""

    expression: str

    def __str__(self) -> str:
        return f"log {self.expression}"


@dataclass(frozen=True, slots=True)
class SessionRef:
    session: str

    def __str__(self) -> str:
        return f"run {self.session}"


@dataclass(frozen=True, slots=True)
class TurnRef:
    """One turn as its artifacts name it; an empty `role` stands for any."""

    session: str
    issue: str
    index: int
    role: str = ""

    def __str__(self) -> str:
        role = f":{self.role}" if self.role else ""
        return f"{self.session}:{self.issue}:{self.index}{role}"


@dataclass(frozen=True, slots=True)
class TableRef:
    """Rows of a table: database file name, table, and row ids where they are known."""

    database: str
    table: str
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        rows = ",".join(map(str, self.rows))
        return f"{self.database} {self.table}{':' + rows if rows else ''}"


@dataclass(frozen=True, slots=True)
class PullRef:
    """A pull request as the webhook tables key it: `acme/shop#7`."""

    pr_key: str

    def __str__(self) -> str:
        return self.pr_key


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    """The webhook delivery that a line of the server's log belongs to."""

    line: LogRef

    def __str__(self) -> str:
        return f"delivery of {self.line}"


@dataclass(frozen=True, slots=True)
class ProbeRef:
    name: str

    def __str__(self) -> str:
        return f"probe {self.name}"


@dataclass(frozen=True, slots=True)
class ActionRef:
    name: str

    def __str__(self) -> str:
        return f"action {self.name}"


@dataclass(frozen=True, slots=True)
class OutputRef:
    """A place in the kept output of a run: the last line that holds `text`, or its end."""

    record: str
    text: str = ""

    def __str__(self) -> str:
        return f"output of {self.record}"


@dataclass(frozen=True, slots=True)
class IncidentRef:
    """An incident of the ledger, by its number."""

    number: int

    def __str__(self) -> str:
        return f"INC-{self.number}"


Ref = (
    LogRef
    | LogFilterRef
    | SessionRef
    | TurnRef
    | TableRef
    | PullRef
    | DeliveryRef
    | ProbeRef
    | ActionRef
    | OutputRef
    | IncidentRef
)
