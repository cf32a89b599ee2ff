"""What Django has no words for: the contact search (FTS5 trigrams kept by triggers on SQLite, pg_trgm on PostgreSQL),
the order by activity, and the number of contacts, which triggers keep."""

from django.db import migrations

# What is pinned, however many entries a contact has. Django would write its type as a parameter in its queries, which
# SQLite does not take for the word that stands here.
ENTRIES_UP = [
    # All without changes, spelled as the queries of timelines spell it.
    "CREATE INDEX activity_entry_unedited ON activity_activityentry (contact_id, occurred_at DESC, id DESC)"
    " WHERE NOT (type IN ('change.fields'))",
    "CREATE INDEX activity_entry_pinned ON activity_activityentry (contact_id, occurred_at, id)"
    " WHERE type IN ('note.pinned')",
]
ENTRIES_DOWN = ["DROP INDEX activity_entry_pinned", "DROP INDEX activity_entry_unedited"]
SQLITE_UP = [
    *ENTRIES_UP,
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
    # With the text, so that a search for what many share reads the index in the order of the list and no rows.
    "CREATE INDEX activity_contact_by_activity ON activity_contact"
    " (workspace_id, last_activity_at DESC, id DESC, search_text) WHERE deleted_at IS NULL",
    "CREATE TRIGGER activity_contact_count_added AFTER INSERT ON activity_contact WHEN new.deleted_at IS NULL BEGIN"
    " INSERT INTO activity_contactcount (workspace_id, contacts) VALUES (new.workspace_id, 1)"
    " ON CONFLICT (workspace_id) DO UPDATE SET contacts = contacts + 1; END",
    "CREATE TRIGGER activity_contact_count_removed AFTER DELETE ON activity_contact WHEN old.deleted_at IS NULL BEGIN"
    " UPDATE activity_contactcount SET contacts = contacts - 1 WHERE workspace_id = old.workspace_id; END",
    "CREATE TRIGGER activity_contact_count_changed AFTER UPDATE OF deleted_at ON activity_contact"
    " WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN"
    " UPDATE activity_contactcount SET contacts = contacts + (CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END)"
    " WHERE workspace_id = new.workspace_id; END",
]
SQLITE_DOWN = [
    *ENTRIES_DOWN,
    "DROP TRIGGER activity_contact_count_changed",
    "DROP TRIGGER activity_contact_count_removed",
    "DROP TRIGGER activity_contact_count_added",
    "DROP INDEX activity_contact_by_activity",
    "DROP TRIGGER IF EXISTS activity_contact_search_changed",
    "DROP TRIGGER IF EXISTS activity_contact_search_removed",
    "DROP TRIGGER IF EXISTS activity_contact_search_added",
    "DROP TABLE activity_contact_search",
]
POSTGRES_UP = [
    *ENTRIES_UP,
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX activity_contact_search ON activity_contact USING gin (search_text gin_trgm_ops)",
    # The list puts contacts without activity last. SQLite does that anyway; PostgreSQL needs an index that says so.
    "CREATE INDEX activity_contact_by_activity ON activity_contact"
    " (workspace_id, last_activity_at DESC NULLS LAST, id DESC) WHERE deleted_at IS NULL",
    # Once a statement where it can be: a batch of new contacts changes the one row of its workspace once.
    """
    CREATE FUNCTION activity_count_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO activity_contactcount AS kept (workspace_id, contacts)
            SELECT workspace_id, COUNT(*) FROM added WHERE deleted_at IS NULL GROUP BY workspace_id
            ON CONFLICT (workspace_id) DO UPDATE SET contacts = kept.contacts + EXCLUDED.contacts;
        ELSIF TG_OP = 'DELETE' THEN
            UPDATE activity_contactcount AS kept SET contacts = kept.contacts - gone.contacts FROM (
                SELECT workspace_id, COUNT(*) AS contacts FROM removed WHERE deleted_at IS NULL GROUP BY workspace_id
            ) AS gone WHERE gone.workspace_id = kept.workspace_id;
        ELSE
            UPDATE activity_contactcount
            SET contacts = contacts + (CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END)
            WHERE workspace_id = NEW.workspace_id;
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER activity_contact_count_added AFTER INSERT ON activity_contact"
    " REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION activity_count_contacts()",
    "CREATE TRIGGER activity_contact_count_removed AFTER DELETE ON activity_contact"
    " REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION activity_count_contacts()",
    "CREATE TRIGGER activity_contact_count_changed AFTER UPDATE OF deleted_at ON activity_contact FOR EACH ROW"
    " WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)) EXECUTE FUNCTION activity_count_contacts()",
]
POSTGRES_DOWN = [
    *ENTRIES_DOWN,
    "DROP TRIGGER activity_contact_count_changed ON activity_contact",
    "DROP TRIGGER activity_contact_count_removed ON activity_contact",
    "DROP TRIGGER activity_contact_count_added ON activity_contact",
    "DROP FUNCTION activity_count_contacts()",
    "DROP INDEX activity_contact_by_activity",
    "DROP INDEX activity_contact_search",
]


def run(sqlite, postgres):
    def step(apps, editor):
        for statement in sqlite if editor.connection.vendor == "sqlite" else postgres:
            editor.execute(statement)

    return step


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunPython(run(SQLITE_UP, POSTGRES_UP), run(SQLITE_DOWN, POSTGRES_DOWN))]
