"""Pieces that several pages show: how current an account is, a task's row, a run's state."""
