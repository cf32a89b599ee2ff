"""The inbox of conflicts: fields that two people changed, and the rules that settle such by themselves."""
