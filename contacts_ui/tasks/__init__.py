"""The tick of a task, wherever its row is shown."""
