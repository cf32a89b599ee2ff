"""Who may see what: people, workspaces, memberships and the audit trail."""
