"""The frame of every page and the way in: access, middleware, errors, navigation, htmx."""
