"""The verbs of tables: table list, describe, rows, export, import; row insert, update, delete."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Cli, Effect, Private, Stream, operation
from nacre.core.principals import Principal, Role
from nacre.queries.conditions import parse_condition, parse_order
from nacre.queries.names import parse_table
from nacre.queries.shape import TableShape
from nacre.queries.tables import RowsDeleted, RowWritten, TableListed, TableRows, Tables
from nacre.queries.transfer import CsvImported, Transfer

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
TableField = Annotated[
    str, Cli(positional=True), Field(max_length=300, description='A table: orders, sales.orders, "Odd name"."a.b".')
]
Database = Annotated[str | None, Cli(short="-d"), Field(description="The database (default: the project's).")]
At = Annotated[str | None, Field(description="A moment of the past (default: now).")]
Columns = Annotated[list[str], Field(max_length=1600, description="Only these columns, in this order.")]
Where = Annotated[
    list[str],
    Field(
        max_length=50,
        description="Conditions, all of which must hold: `age >= 18`, `name contains ann`, `colour in red, blue`, "
        "`paid is null`. Others: = != < <= > like ilike starts, is not null.",
    ),
]
Sort = Annotated[list[str], Field(max_length=20, description="Columns to sort by, `-name` for falling.")]
Delimiter = Annotated[str, Field(description="What stands between fields; \\t is a tab.")]
Cells = dict[str, Any]


class ListTables(Call):
    ref: RefField
    database: Database = None
    at: At = None


class DescribeTable(Call):
    ref: RefField
    table: TableField
    database: Database = None
    at: At = None


class ReadRows(Call):
    ref: RefField
    table: TableField
    columns: Columns = Field(default=[])
    where: Where = Field(default=[])
    sort: Sort = Field(default=[])
    limit: Annotated[int, Field(ge=1, le=1000, description="Rows of a page.")] = 100
    after: Annotated[str | None, Field(description="What the page before gave as `next`.")] = None
    count: Annotated[bool, Field(description="Also count all rows, for at most two seconds.")] = False
    database: Database = None
    at: At = None


class InsertRow(Call):
    ref: RefField
    table: TableField
    values: Annotated[Cells, Private(), Field(description="Columns and values as a JSON object; bytea in base64.")]
    database: Database = None


class UpdateRow(Call):
    ref: RefField
    table: TableField
    key: Annotated[Cells, Private(), Field(description="The primary key of the row, as a JSON object.")]
    values: Annotated[Cells, Private(), Field(description="What is to change, as a JSON object; bytea in base64.")]
    version: Annotated[str | None, Field(description="The row's version as it was read: refused if it changed.")] = None
    database: Database = None


class DeleteRows(Call):
    ref: RefField
    table: TableField
    keys: Annotated[
        list[Cells], Private(), Field(min_length=1, max_length=1000, description="Primary keys, a JSON object each.")
    ]
    versions: Annotated[
        list[str] | None, Field(description="The rows' versions as they were read: refused if one changed.")
    ] = None
    database: Database = None


class ExportTable(Call):
    ref: RefField
    table: TableField
    columns: Columns = Field(default=[])
    where: Where = Field(default=[])
    sort: Sort = Field(default=[])
    delimiter: Delimiter = ","
    database: Database = None
    at: At = None


class ImportTable(Call):
    ref: RefField
    table: TableField
    content: Annotated[bytes, Body(), Cli(short="-f"), Field(description="The CSV, at most 16 MiB of it.")] = b""
    path: Annotated[
        str | None, Field(description="Instead: a CSV file of the branch, of any size; upload it first.")
    ] = None
    map: Annotated[
        list[str], Field(max_length=1600, description="`header=column` where names differ; `header=` leaves one out.")
    ] = Field(default=[])
    delimiter: Delimiter = ","
    null: Annotated[str, Field(description="The text that stands for NULL.")] = ""
    dry_run: Annotated[bool, Field(description="Check all of it, and write nothing.")] = False
    database: Database = None


class TableList(RootModel[list[TableListed]]):
    pass


@operation("table.list", "GET /api/projects/{ref}/tables", role=Role.VIEWER, effect=Effect.READ)
def list_tables(tables: Tables, who: Principal, call: ListTables) -> TableList:
    """List the tables and views of a branch with their sizes, now or at a moment."""
    return TableList(tables.listing(call.ref, call.database, call.at))


@operation("table.describe", "GET /api/projects/{ref}/table", role=Role.VIEWER, effect=Effect.READ)
def describe_table(tables: Tables, who: Principal, call: DescribeTable) -> TableShape:
    """Show what a table is made of: columns, keys, constraints, indexes."""
    return tables.describe(call.ref, parse_table(call.table), call.database, call.at)


@operation("table.rows", "GET /api/projects/{ref}/table/rows", role=Role.VIEWER, effect=Effect.READ)
def read_rows(tables: Tables, who: Principal, call: ReadRows) -> TableRows:
    """Read rows of a table page by page, filtered and sorted, now or at a moment."""
    return tables.rows(
        call.ref,
        parse_table(call.table),
        columns=call.columns,
        conditions=[parse_condition(text) for text in call.where],
        orders=[parse_order(text) for text in call.sort],
        limit=call.limit,
        after=call.after,
        count=call.count,
        database=call.database,
        moment=call.at,
    )


@operation("row.insert", "POST /api/projects/{ref}/table/rows", role=Role.USER, effect=Effect.WRITE)
def insert_row(tables: Tables, who: Principal, call: InsertRow) -> RowWritten:
    """Insert a row into a table; columns left out take their default."""
    return tables.insert(call.ref, parse_table(call.table), call.values, call.database)


@operation("row.update", "PATCH /api/projects/{ref}/table/rows", role=Role.USER, effect=Effect.WRITE)
def update_row(tables: Tables, who: Principal, call: UpdateRow) -> RowWritten:
    """Change a row of a table, found by its primary key.

    With the version it had when it was read, nothing is written if somebody changed it meanwhile.
    """
    return tables.update(call.ref, parse_table(call.table), call.key, call.values, call.version, call.database)


@operation("row.delete", "POST /api/projects/{ref}/table/rows/delete", role=Role.USER, effect=Effect.WRITE)
def delete_rows(tables: Tables, who: Principal, call: DeleteRows) -> RowsDeleted:
    """Delete rows of a table, found by their primary keys: all of them or none."""
    return tables.delete(call.ref, parse_table(call.table), call.keys, call.versions, call.database)


@operation("table.export", "GET /api/projects/{ref}/table/csv", role=Role.VIEWER, effect=Effect.READ)
def export_table(transfer: Transfer, who: Principal, call: ExportTable) -> Stream:
    """Give out rows of a table as CSV with a header, now or at a moment."""
    return transfer.export(
        call.ref,
        parse_table(call.table),
        columns=call.columns,
        conditions=[parse_condition(text) for text in call.where],
        orders=[parse_order(text) for text in call.sort],
        delimiter=call.delimiter,
        database=call.database,
        moment=call.at,
    )


@operation("table.import", "POST /api/projects/{ref}/table/csv", role=Role.USER, effect=Effect.WRITE, long=True)
def import_table(transfer: Transfer, who: Principal, call: ImportTable) -> CsvImported:
    """Bring CSV with a header into a table, all of it or nothing.

    Headers go into the columns of the same name. Lines whose values do not fit are named, up to twenty of them; on the
    command line it then exits with 1.
    """
    return transfer.load(
        call.ref,
        parse_table(call.table),
        _source(transfer, call),
        mapping=call.map,
        delimiter=call.delimiter,
        null=call.null,
        dry_run=call.dry_run,
        database=call.database,
    )


def _source(transfer: Transfer, call: ImportTable) -> Iterable[bytes]:
    return [call.content] if call.path is None else transfer.file(call.ref, call.path)
