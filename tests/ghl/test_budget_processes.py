"""Several operating-system processes and one budget, on both databases."""

import subprocess

from tests.ghl.test_tokens_processes import embedded, installation, on_postgres, python  # noqa: F401


def test_processes_together_get_the_whole_window_and_no_more(installation):  # noqa: F811
    # So long a window that nothing leaves it during the test.
    shared = {**installation, "GHL_BURST_SECONDS": "3600"}

    askers = [python(shared, "-m", "tests.ghl.budget_process", "person", stdin=subprocess.PIPE) for _ in range(2)]
    try:
        assert [asker.stdout.readline() for asker in askers] == ["ready\n", "ready\n"]
        for asker in askers:
            asker.stdin.write("go\n")
            asker.stdin.flush()
        got = [int(asker.communicate(timeout=300)[0]) for asker in askers]
    finally:
        for asker in askers:
            asker.kill()

    assert sum(got) == 100
