"""The contact search index: FTS5 trigrams kept by triggers on SQLite, pg_trgm on PostgreSQL."""

from django.db import migrations

SQLITE_UP = [
    "CREATE VIRTUAL TABLE activity_contact_search USING fts5("
    "search_text, content='activity_contact', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER activity_contact_search_added AFTER INSERT ON activity_contact BEGIN"
    " INSERT INTO activity_contact_search(rowid, search_text) VALUES (new.id, new.search_text); END",
    "CREATE TRIGGER activity_contact_search_removed AFTER DELETE ON activity_contact BEGIN"
    " INSERT INTO activity_contact_search(activity_contact_search, rowid, search_text)"
    " VALUES ('delete', old.id, old.search_text); END",
    # Only when the text differs: most updates touch other columns, and re-indexing is the dear part.
    "CREATE TRIGGER activity_contact_search_changed AFTER UPDATE OF search_text ON activity_contact"
    " WHEN old.search_text IS NOT new.search_text BEGIN"
    " INSERT INTO activity_contact_search(activity_contact_search, rowid, search_text)"
    " VALUES ('delete', old.id, old.search_text);"
    " INSERT INTO activity_contact_search(rowid, search_text) VALUES (new.id, new.search_text); END",
]
SQLITE_DOWN = [
    "DROP TRIGGER IF EXISTS activity_contact_search_changed",
    "DROP TRIGGER IF EXISTS activity_contact_search_removed",
    "DROP TRIGGER IF EXISTS activity_contact_search_added",
    "DROP TABLE activity_contact_search",
]
POSTGRES_UP = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX activity_contact_search ON activity_contact USING gin (search_text gin_trgm_ops)",
    # The list puts contacts without activity last. SQLite does that anyway; PostgreSQL needs an index that says so.
    "CREATE INDEX activity_contact_by_activity ON activity_contact"
    " (workspace_id, last_activity_at DESC NULLS LAST, id DESC)",
]
POSTGRES_DOWN = ["DROP INDEX activity_contact_search", "DROP INDEX activity_contact_by_activity"]


def run(sqlite, postgres):
    def step(apps, editor):
        for statement in sqlite if editor.connection.vendor == "sqlite" else postgres:
            editor.execute(statement)

    return step


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunPython(run(SQLITE_UP, POSTGRES_UP), run(SQLITE_DOWN, POSTGRES_DOWN))]
