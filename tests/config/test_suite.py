"""The suite itself: what two processes must not both do is kept together."""

import pytest


@pytest.mark.xdist_group("kept together")
def test_groups_are_honoured(request):
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("Tests are only grouped where several processes share them: `make test`.")

    assert request.node.nodeid.endswith("@kept together")
