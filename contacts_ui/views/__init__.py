"""One module a page; each view is access, guard, act, answer."""
