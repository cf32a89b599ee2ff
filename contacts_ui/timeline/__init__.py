"""The page of one contact: who they are, what comes next, what happened."""
