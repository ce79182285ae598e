"""The lineage widget in a browser, with a made-up kernel behind it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def card(page: Any, asset: str) -> Any:
    return page.locator(f'.as-node[data-id="{asset}"]')


def sent(page: Any, op: str) -> list[dict[str, Any]]:
    return page.evaluate("op => model.requests(op)", op)


def place(page: Any, asset: str) -> tuple[float, float]:
    box = card(page, asset).bounding_box()
    return round(box["x"]), round(box["y"])


def painted(page: Any) -> None:
    """Waits until what has happened so far is on the screen."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def line(page: Any) -> str:
    return page.locator(".as-line-text").inner_text()


def test_every_node_has_a_name_that_says_its_state(open_page: Any) -> None:
    """A reader of the screen hears what the colours say."""
    page = open_page(n=10)
    assert card(page, "daily_extremes").get_attribute("role") == "button"
    name = card(page, "daily_extremes").get_attribute("aria-label")
    assert name.startswith("daily_extremes, stale: ")
    assert "code: helper clean() changed" in name
    assert page.locator('.as-node[tabindex="0"]').count() == 1


def test_a_click_selects_shows_the_plan_and_materializes_just_that(open_page: Any) -> None:
    """One click chooses, the next one runs the chosen and what is due above; nothing else is sent."""
    page = open_page(n=10)
    card(page, "daily_extremes").click()
    page.wait_for_function("document.querySelector('.as-line-text').textContent.startsWith('Would run 1')")
    page.locator(".as-main").click()
    assert sent(page, "materialize") == [
        {"op": "materialize", "keys": ["daily_extremes"], "partitions": None, "mode": "due"}
    ]
    page.wait_for_function("document.querySelector('.as-line-text').textContent.includes('unchanged: 14')")
    assert card(page, "daily_extremes").get_attribute("class").split()[1] == "as-fresh"
    page.locator(".as-main").click()
    page.wait_for_function("document.querySelector('.as-line-text').textContent.includes('Nothing to do')")


def test_with_nothing_selected_all_that_is_due_is_asked_for(open_page: Any) -> None:
    """No selection means everything; the kernel knows what that is and what of it is due."""
    page = open_page(n=10)
    card(page, "weather").wait_for()
    page.locator(".as-main").click()
    assert sent(page, "materialize")[0]["keys"] == "*"


@pytest.mark.parametrize(
    ("label", "mode"), [("Only this", "only"), ("Force", "force"), ("With all downstream", "downstream")]
)
def test_the_menu_sends_its_mode(open_page: Any, label: str, mode: str) -> None:
    """Each way to run is a word of the request."""
    page = open_page(n=10)
    card(page, "weather").click()
    page.get_by_role("button", name="More ways to run").click()
    page.get_by_role("menuitem", name=label).click()
    assert [(r["keys"], r["mode"]) for r in sent(page, "materialize")] == [(["weather"], mode)]


def test_a_click_while_the_kernel_is_busy_shows_queued_and_is_not_lost(open_page: Any) -> None:
    """The page answers at once, the kernel when it can."""
    page = open_page(n=10)
    card(page, "daily_extremes").click()
    page.evaluate("model.busy = true")
    page.locator(".as-main").click()
    assert line(page).startswith("queued")
    page.evaluate("model.free()")
    page.wait_for_function("document.querySelector('.as-line-text').textContent.startsWith('Materialized')")


def test_a_run_can_be_cancelled_and_asked_again(open_page: Any) -> None:
    """Cancel names the run; until it has stopped, the button offers to ask again."""
    page = open_page(n=10, step=1500)
    card(page, "weather").wait_for()
    page.locator(".as-main").click()
    page.wait_for_function("document.querySelector('.as-line-text').textContent.startsWith('running')")
    run = page.evaluate("model.view.run.id")
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel again").wait_for()
    assert sent(page, "cancel") == [{"op": "cancel", "run": run}]
    page.wait_for_function("document.querySelector('.as-line-text').textContent.startsWith('Cancelled')")


def test_a_refused_request_says_why(open_page: Any) -> None:
    """An error is data: it is shown, and the widget goes on."""
    page = open_page(n=10)
    card(page, "weather").wait_for()
    page.evaluate(
        """() => { model.answer = (m) => model.push({op: "reply", id: m.id, ok: false, error: `no asset <b>x</b>`}); }"""
    )
    page.locator(".as-main").click()
    page.wait_for_function("document.querySelector('.as-line-text').textContent === 'no asset <b>x</b>'")


def test_growth_keeps_the_selection_and_the_camera_the_user_chose(open_page: Any) -> None:
    """A new node moves nothing that the user has placed under his eyes."""
    page = open_page(n=10)
    card(page, "weather").click()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(400)
    before = place(page, "weather")
    page.evaluate("""async () => {
        const { node } = await import("./fake.js");
        const old = structuredClone(model.view.nodes.map(n => [n.x, n.y]));
        model.grow([node("late_comer", {state: "missing"})], [["weather", "late_comer"]]);
        // the layout keeps what is there
        model.tell(() => model.view.nodes.forEach((n, i) => old[i] && ([n.x, n.y] = old[i])), true);
    }""")
    page.wait_for_timeout(500)
    assert place(page, "weather") == before
    assert card(page, "weather").get_attribute("aria-pressed") == "true"
    assert page.evaluate("model.view.nodes.length") == 11


def test_growth_is_shown_whole_while_the_user_has_not_moved(open_page: Any) -> None:
    """A graph that outgrows the view is fitted again, as long as the view is nobody's own."""
    page = open_page(n=10)
    card(page, "weather").wait_for()
    page.evaluate("""async () => {
        const { node } = await import("./fake.js");
        const many = Array.from({length: 8}, (_, i) => node(`wide_${i}`));
        model.grow(many, many.map(n => ["weather", n.id]));
    }""")
    page.wait_for_timeout(800)
    stage = page.locator(".as-stage").bounding_box()
    for i in (0, 7):
        box = card(page, f"wide_{i}").bounding_box()
        assert stage["x"] <= box["x"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"]


def test_a_graph_opens_where_its_names_can_be_read(open_page: Any) -> None:
    """What would be illegible as a whole is shown in part, from its left top corner on; F shows all of it."""
    page = open_page(n=200)
    page.wait_for_function("document.querySelectorAll('.as-node').length > 5")
    zoom = "Number(document.querySelector('.as-stage').dataset.zoom)"
    assert page.evaluate(zoom) >= 0.6
    corner = page.evaluate(
        "Math.min(...model.view.nodes.map(n => n.y - n.h / 2)) * "
        + zoom
        + " + new DOMMatrix(getComputedStyle(document.querySelector('.as-cards')).transform).f"
    )
    assert 0 < corner < 40
    page.locator('button[title^="Fit everything"]').click()
    page.wait_for_function(f"{zoom} < 0.5")


def test_deltas_apply_in_order_and_a_gap_asks_for_everything(open_page: Any) -> None:
    """Old deltas are dropped, the next one applied, a missing one answered by `hello`."""
    page = open_page(n=10)
    card(page, "weather").wait_for()
    page.wait_for_timeout(100)
    tell = """([rev, state]) => {
        const node = {...model.view.nodes.find(n => n.id === "weather"), state};
        model.push({op: "delta", rev, nodes: [node], gone: []});
    }"""
    page.evaluate(tell, [1, "failed"])
    painted(page)
    assert "as-fresh" in card(page, "weather").get_attribute("class")
    page.evaluate(tell, [2, "stale"])
    page.wait_for_function("document.querySelector('[data-id=weather]').classList.contains('as-stale')")
    assert len(sent(page, "hello")) == 1
    page.evaluate("model.view.rev = 9")
    page.evaluate(tell, [9, "failed"])
    page.wait_for_function("document.querySelector('[data-id=weather]').classList.contains('as-fresh')")
    assert len(sent(page, "hello")) == 2


def test_what_leaves_the_graph_leaves_the_page(open_page: Any) -> None:
    """A deleted node takes its edges, its selection and its panel with it."""
    page = open_page(n=10)
    card(page, "chart").click()
    page.locator(".as-panel").wait_for()
    page.evaluate("""() => model.push({op: "delta", rev: model.view.rev + 1, nodes: [], gone: ["chart"]})""")
    card(page, "chart").wait_for(state="detached")
    assert not page.locator(".as-panel").is_visible()
    assert page.locator(".as-scope").inner_text() == "all due"


def test_the_keyboard_walks_along_edges(open_page: Any) -> None:
    """Arrows follow the lineage, Enter opens the details, M materializes, Escape lets go."""
    page = open_page(n=10)
    first = page.locator('.as-node[tabindex="0"]')
    first.focus()
    focused = "document.activeElement.dataset.id"
    assert page.evaluate(focused) == "raw/weather_csv"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "weather"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) in {"by_day", "daily_extremes"}
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "weather"
    page.keyboard.press("Enter")
    assert page.locator(".as-panel-title b").inner_text() == "weather"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "tab"
    card(page, "weather").focus()
    page.keyboard.press("m")
    assert [r["keys"] for r in sent(page, "materialize")] == [["weather"]]
    page.keyboard.press("Escape")
    painted(page)
    assert card(page, "weather").get_attribute("aria-pressed") == "false"


def test_names_are_text_never_markup(open_page: Any) -> None:
    """Whatever a name, a description, metadata or an error holds, it is shown as it is written."""
    page = open_page(n=10)
    card(page, "weather").wait_for()
    evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    page.evaluate(
        """async (evil) => {
        const { details } = await import("./fake.js");
        model.tell(() => {
            const n = model.view.nodes.find(n => n.id === "rain_model");
            Object.assign(n, {label: evil, group: evil, kinds: [evil], cause: evil, error: evil, about: evil, prefix: evil});
            model.view.note = {text: evil, level: "warning"};
        });
        const normal = model.answer.bind(model);
        model.answer = (m) => {
            if (m.op !== "details") return normal(m);
            const d = details(model.view, m.key);
            Object.assign(d, {about: evil + ` [x](javascript:alert(1)) **${evil}**`, code: evil, log: evil, owners: [evil], tags: {[evil]: evil}, roots: [evil], untracked: [evil]});
            d.causes = [{kind: evil, text: evil, diff: `+${evil}`}];
            d.metadata = ["text", "md", "json", "url", "path", "table", "asset", "surprise"].map(type => ({label: evil, type, value: type === "table" ? {columns: [evil], rows: [[evil]]} : type === "json" ? {[evil]: evil} : evil}));
            d.plots = [{label: evil, points: [[1, 2], [3, 4]]}];
            d.history = [{run: evil, at: 1, seconds: 1, partition: evil, version: evil, outcome: evil, error: evil, metadata: d.metadata}];
            d.error = {text: evil, traceback: evil};
            model.push({op: "reply", id: m.id, ok: true, details: d});
        };
    }""",
        evil,
    )
    card(page, "rain_model").click()
    for tab in ("Metadata", "Code", "History", "Log", "Overview"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(80)
        if tab == "History":
            page.locator(".as-outcome").click()
        root = page.locator(".assets-widget")
        assert root.locator("img, script, iframe").count() == 0
        assert root.locator("a[href^='javascript']").count() == 0
    page.locator(".as-main").hover()
    page.wait_for_timeout(400)
    assert page.evaluate("window.pwned") is None
    assert evil in card(page, "rain_model").inner_text() or evil in card(page, "rain_model").text_content()


def test_only_web_addresses_become_links(open_page: Any) -> None:
    """http(s) is followed, everything else is words."""
    page = open_page(n=10)
    card(page, "weather").click()
    page.get_by_role("tab", name="Metadata").click()
    page.locator(".as-facts").wait_for()
    links = page.locator(".as-panel a").evaluate_all("all => all.map(a => [a.href, a.rel])")
    assert links == [["https://example.org/data.csv", "noopener noreferrer nofollow"]]


def test_search_finds_walks_and_lets_go(open_page: Any) -> None:
    """What does not match grows pale; Enter goes to the hits; Escape ends it."""
    page = open_page(n=10)
    box = page.get_by_label("Find an asset")
    box.fill("rain")
    painted(page)
    assert "as-hit" in card(page, "rain_model").get_attribute("class")
    assert "as-dim" in card(page, "weather").get_attribute("class")
    box.press("Enter")
    assert page.locator(".as-scope").inner_text() == "rain_model"
    box.press("Escape")
    painted(page)
    assert page.locator(".as-dim").count() == 0


def test_a_plain_wheel_scrolls_the_page_and_ctrl_zooms(open_page: Any) -> None:
    """The graph never traps somebody who is scrolling by."""
    page = open_page(n=10)
    page.evaluate("document.body.style.height = '3000px'")
    stage = page.locator(".as-stage")
    stage.hover()
    zoom = stage.get_attribute("data-zoom")
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(150)
    assert page.evaluate("scrollY") > 0
    assert stage.get_attribute("data-zoom") == zoom
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_timeout(150)
    assert float(stage.get_attribute("data-zoom")) > float(zoom)


def test_the_static_picture_hides_while_the_widget_lives(open_page: Any) -> None:
    """Alive, the widget stands in for the picture; gone, the picture is back."""
    page = open_page(n=10)
    picture = page.locator("img.assets-picture")
    assert not picture.is_visible()
    page.evaluate("dispose()")
    assert page.locator(".jp-OutputArea-child").first.evaluate("e => e.style.display") == ""
    assert page.locator(".assets-widget").count() == 0


def test_keys_do_not_reach_the_notebook_around(open_page: Any) -> None:
    """M is markdown to a notebook: inside the widget it must stay inside."""
    page = open_page(n=10)
    page.evaluate("document.addEventListener('keydown', () => { window.leaked = true; })")
    card(page, "weather").click()
    page.keyboard.press("m")
    assert page.evaluate("window.leaked") is None
    assert page.locator("[data-lm-suppress-shortcuts]").count() == 1


@pytest.mark.parametrize("count", [200, 1000])
def test_a_large_graph_is_painted_walked_and_found(open_page: Any, count: int) -> None:
    """From afar nodes are painted, near by they are cards; at every distance one can be chosen."""
    page = open_page(n=count)
    page.wait_for_timeout(300)
    stage = page.locator(".as-stage")
    page.locator('button[title^="Fit everything"]').click()
    page.wait_for_timeout(600)
    assert not page.locator(".as-minimap").is_visible()  # all of it shows as it is
    assert float(stage.get_attribute("data-zoom")) < 0.3
    assert page.locator(".as-node").count() == 0
    stage.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator(".as-stage > [aria-live]").text_content() != ""
    target = page.evaluate("model.view.nodes.at(-1).id")
    page.get_by_label("Find an asset").fill(target)
    page.get_by_label("Find an asset").press("Enter")
    page.wait_for_timeout(600)
    assert card(page, target).get_attribute("aria-pressed") == "true"
    assert page.locator(".as-node").count() <= 400
    assert page.locator(".as-minimap").is_visible()


def test_the_widget_follows_the_theme(open_page: Any) -> None:
    """The notebook's attribute decides, also when it changes."""
    page = open_page(n=10)
    root = page.locator(".assets-widget")
    assert root.get_attribute("data-theme") == "light"
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_function("document.querySelector('.assets-widget').dataset.theme === 'dark'")


def test_details_stay_where_they_were_while_the_asset_changes(open_page: Any) -> None:
    """The tab stays chosen when fresh facts arrive."""
    page = open_page(n=10)
    card(page, "weather").click()
    page.get_by_role("tab", name="History").click()
    page.locator(".as-history").wait_for()
    asked = len(sent(page, "details"))
    page.evaluate("model.tell(() => { model.view.nodes[1].stamp = 1770000000; }, false, ['weather'])")
    page.wait_for_function("n => model.requests('details').length > n", arg=asked)
    assert page.get_by_role("tab", name="History").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize(
    ("asset", "reason"),
    [
        ("holidays", "holidays is not defined in this session: run its cell first"),
        ("a_rather_long_name_of_an_asset_that_is_cut", "is not defined in this session"),
        ("raw/weather_csv", "is made elsewhere"),
    ],
)
def test_what_no_run_can_make_has_no_button_and_says_why(open_page: Any, asset: str, reason: str) -> None:
    """A ghost, one that is only remembered, one that is made elsewhere; beside others it is left out."""
    page = open_page(n=10)
    card(page, asset).click()
    page.wait_for_function(
        "said => document.querySelector('.as-line-text').textContent.includes(said)", arg=reason
    )
    assert page.locator(".as-main").is_disabled()
    card(page, "weather").click(modifiers=["Shift"])
    page.locator(".as-main").click()
    assert sent(page, "materialize")[0]["keys"] == ["weather"]


def test_a_plan_that_comes_after_another_choice_is_not_shown(open_page: Any) -> None:
    """The kernel was busy: its answer is about what was chosen before."""
    page = open_page(n=10)
    page.evaluate("model.busy = true")
    card(page, "weather").click()
    page.wait_for_function("model.held.some(m => m.op === 'plan' && m.keys[0] === 'weather')")
    card(page, "raw/weather_csv").click()
    page.evaluate("model.free()")
    painted(page)
    assert "is made elsewhere" in line(page)


def test_a_long_name_stays_in_its_line(open_page: Any) -> None:
    """However far away: at most two lines from afar, and the state shows beside it."""
    page = open_page(n=10)
    label = card(page, "a_rather_long_name_of_an_asset_that_is_cut").locator(".as-label")
    seen = set()
    while float(page.locator(".as-stage").get_attribute("data-zoom")) > 0.4:
        far = page.locator(".as-cards").get_attribute("data-far")
        high = label.evaluate("e => e.clientHeight / parseFloat(getComputedStyle(e).fontSize)")
        assert high < 1.4 * (2 if far == "2" else 1), far
        seen.add(far)
        page.get_by_role("button", name="Zoom out (-)").click()
        painted(page)
    assert {"1", "2"} <= seen


def test_an_image_that_a_text_holds_is_shown_and_no_other_is(open_page: Any) -> None:
    """Nothing is fetched, and nothing but a picture may stand there."""
    page = open_page(n=10)
    dot = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    text = f"a ![dot]({dot}) b ![x](https://example.org/x.png) ![y](data:text/html;base64,AAAA) ![z](data:image/svg+xml;base64,AAAA)"
    page.evaluate(
        """text => { const answer = model.answer.bind(model); model.answer = (m) => {
        if (m.op !== "details") return answer(m);
        const push = model.push.bind(model);
        model.push = (r, b) => { if (r.details) r.details.metadata = [{label: "picture", type: "md", value: text}]; push(r, b); };
        answer(m); model.push = push; }; }""",
        text,
    )
    card(page, "weather").dblclick()
    page.get_by_role("tab", name="Metadata").click()
    page.locator(".as-md").wait_for()
    images = page.locator(".as-md img")
    assert images.evaluate_all("all => all.map(e => [e.src, e.alt])") == [[dot, "dot"]]


def test_a_broad_graph_opens_where_it_begins(open_page: Any) -> None:
    """Not at its left top corner, where nothing may be."""
    page = open_page(n=10)
    page.evaluate(
        """() => { const { node, place } = window; const view = model.view;
        const made = (id, x, y) => ({...view.nodes[1], id, label: id, x, y, w: 170, h: 62, checks: {}});
        view.nodes = [made("root", 9000, 40), ...Array.from({length: 90}, (_, i) => made(`leaf_${i}`, i * 200, 200))];
        view.edges = []; view.rev += 1; model.push({...view, op: "snapshot"}); }"""
    )
    page.wait_for_function("document.querySelector('.as-node[data-id=\"root\"]')")
    page.wait_for_timeout(400)
    box, stage = card(page, "root").bounding_box(), page.locator(".as-stage").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - stage["x"] - stage["width"] / 2) < 40
