"""A condition that a partial index is found by."""

from typing import Any

from django.db.models.lookups import In


class Spelled(In):
    """A column among words that stand in the statement itself: SQLite finds a partial index by no others."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} IN ({', '.join(f"'{word}'" for word in self.rhs)})", values
