"""Multi-assets, assets that ops make, checks that stop what is below them, and steps that are tried again."""

from __future__ import annotations

MANY = """from assets import AssetCheckResult, AssetOut, RetryPolicy, asset_check, graph_asset, multi_asset, op

@multi_asset(outs={"users": AssetOut(), "orders": AssetOut()})
def both():
    ran("both")
    return [1, 2, 3], [4, 5]

@op
def clean(rows):
    ran("clean")
    return [row * 2 for row in rows]

@op
def add(a, b):
    return sum(a) + sum(b)

@graph_asset(metadata={"owner": "me"})
def total(users, orders):
    return add(clean(users), clean(orders))

@asset_check(asset="users", blocking=True)
def enough(users):
    return AssetCheckResult(passed=len(users) > LEAST)

LEAST = 5
"""
FLAKY = """from assets import AssetOut, RetryPolicy, graph_asset, multi_asset, op

def try_again(name):
    ran(name)
    if not os.path.exists(f"{name}-may"):
        raise OSError(f"no {name}")

@multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, retry_policy=RetryPolicy(max_retries=90, delay=0.5))
def pair():
    try_again("pair")
    return 1, 2

@op(retry_policy=RetryPolicy(max_retries=90, delay=0.5))
def fetch():
    try_again("fetch")

@graph_asset
def fetched():
    return fetch()

@asset
def broken(left):
    raise ValueError("never")

@asset
def below(broken):
    return 1

@asset
def last(below, fetched):
    return 1

@asset
def slow(right, broken2):
    return 1

@asset
def broken2(right):
    while not os.path.exists("end"):
        time.sleep(0.05)
    raise ValueError("never")
"""


def test_what_one_step_makes_and_what_several_steps_make(story):
    """A blocking check stops what is below; passed, all is made. The panel shows the ops, `why` the one that changed."""
    it = story(MANY)
    it.page.run_cell(2)
    it.wait_names("users", "orders", "total")
    it.click()
    it.wait_line("checks: failed: users:enough")
    it.wait(users="fresh", orders="fresh", total="missing")
    assert it.ran() == ["both"]
    it.node("total").click()
    it.wait_panel("blocking check 'enough' of 'users' failed")
    it.area.get_by_role("tab", name="Metadata").click()
    it.wait_panel("owner", "me")
    it.area.get_by_role("tab", name="Code").click()
    it.wait_panel("def clean(rows):", "def add(a, b):")
    it.photograph("code")

    it.page.edit(2, MANY.replace("LEAST = 5", "LEAST = 2"))
    it.page.run_cell(2)
    it.click()
    it.wait(total="fresh")
    assert it.ran() == ["clean", "clean"]

    it.page.edit(2, MANY.replace("LEAST = 5", "LEAST = 2").replace("row * 2", "row * 3"))
    it.page.run_cell(2)
    it.wait(users="fresh", orders="fresh", total="stale")
    it.area.get_by_role("tab", name="Overview").click()
    it.wait_panel("its code changed", "row * 2", "row * 3")
    it.photograph("why")
    assert it.page.errors() == []


def test_a_step_that_is_tried_again_says_so_while_it_waits(story):
    """On its node and in the line; later in its history and in the log. What failure stops is let go at once."""
    it = story(FLAKY)
    it.page.run_cell(2)
    it.wait_names("left", "right", "fetched", "broken", "below", "last", "slow", "broken2")
    it.click()
    for name in ("fetched", "left"):
        it.page.until(
            lambda name=name: "OSError: no" in (it.node(name).get_attribute("aria-label") or ""),
            lambda: f"The line says {it.line()!r}.",
        )
        it.photograph(name)
        assert "retry" in it.line()
        it.file("fetch-may").touch()
    it.file("pair-may").touch()
    it.wait(left="fresh", right="fresh", fetched="fresh", broken="failed", broken2="running")
    it.wait(below="missing", last="missing")  # while the run goes on
    it.file("end").touch()
    it.wait_line("ailed 2")
    it.node("left").click()
    it.area.get_by_role("tab", name="History").click()
    it.wait_panel("success", "retried")
    it.area.locator(".as-panel button.as-outcome", has_text="retried").first.click()
    it.wait_panel("OSError: no pair", "followed, after 0.5 s")
    it.photograph("history")
    it.page.wait_text(it.page.execute("%assets log"), "pair: OSError: no pair; retry 1 follows")
    assert it.page.errors() == []
