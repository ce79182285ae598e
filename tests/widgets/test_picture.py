"""Laws of the static picture: safe, deterministic, complete."""

import base64
import itertools
import re
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.widgets.card import HEIGHT, card_width
from assets.widgets.models import STATES, LineageModel, NodeModel
from assets.widgets.picture import alternative, lineage_picture, lineage_text
from assets.widgets.placed import placed
from assets.widgets.svg import DARK, GLYPHS, LIGHT, as_img

SVG = "{http://www.w3.org/2000/svg}"


def node(name, state="fresh", **given):
    made = NodeModel(
        id=name,
        label=name,
        prefix="",
        group="default",
        kinds=[],
        type="asset",
        mark="",
        x=0,
        y=0,
        w=card_width(name, "", given.get("kinds", []), given.get("parts", 0)),
        h=HEIGHT,
        state=state,
        counts=None,
        parts=0,
        about="",
        error="",
        stamp=1_700_000_000.5,
        cause="",
        cell="",
        checks={},
    )
    made.update(given)
    return made


def model(*nodes, edges=(), title=""):
    counts = {s: sum(n["state"] == s for n in nodes) for s in STATES}
    return LineageModel(
        op="snapshot",
        rev=0,
        nodes=list(nodes),
        edges=[{"from": a, "to": b, "points": [], "loads": loads} for a, b, loads in edges],
        run=None,
        counts={s: n for s, n in counts.items() if n},
        size=[0, 0],
        note=None,
        title=title,
    )


def picture(*nodes, edges=(), title=""):
    return lineage_picture(placed(model(*nodes, edges=edges, title=title))[0])


@settings(max_examples=60)
@given(st.text(max_size=40), st.text(max_size=80), st.text(max_size=20))
def test_every_text_is_data(label, cause, kind):
    """Whatever a name, a reason or a kind holds, the SVG stays well-formed and gains no element."""
    clean = "".join(c for c in label if c.isprintable())
    drawn = picture(
        node(
            "x",
            "stale",
            label=clean,
            cause="".join(c for c in cause if c.isprintable()),
            kinds=[kind.strip() or "k"],
        ),
    )
    tags = {element.tag for element in ET.fromstring(drawn.encode()).iter()}
    assert tags <= {SVG + t for t in ("svg", "title", "style", "rect", "path", "text", "tspan", "g")}


def test_markup_in_a_name_is_shown_and_not_obeyed():
    """A script is a text like any other."""
    drawn = picture(node("<script>alert(1)</script>", cause="<b>", state="stale"))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_control_characters_do_not_break_the_picture():
    """What XML cannot hold is left out."""
    drawn = picture(node("a", "failed", label="a\x00b\x1b", cause="bad \x07 \ud800 text", error="\x0b"))
    ET.fromstring(drawn.encode())


def test_the_same_graph_gives_the_same_bytes_whenever_it_was_built():
    """Times do not show in any saved form."""
    first = model(node("a"), node("b", "stale"), edges=[("a", "b", True)])
    second = model(node("a", stamp=None), node("b", "stale", stamp=5.0), edges=[("a", "b", True)])
    for say in (lineage_picture, lineage_text, alternative):
        assert say(placed(first)[0]) == say(placed(second)[0])


def test_it_knows_light_and_dark_and_every_state():
    """Each state has a colour for both, and a sign; only those that occur are in the file."""
    assert set(STATES) <= LIGHT.keys() == DARK.keys()
    assert set(STATES) == GLYPHS.keys()
    drawn = picture(node("a", "failed"))
    assert "prefers-color-scheme:dark" in drawn
    assert LIGHT["failed"] in drawn
    assert DARK["failed"] in drawn
    assert ".running{" not in drawn


def test_the_state_is_said_in_a_word():
    """Colour is never the only sign."""
    words = ET.fromstring(picture(node("a", "upstream"), node("b", "missing")).encode()).itertext()
    assert {"upstream", "missing"} <= set(words)


def test_texts_stay_inside_their_cards():
    """The parts of a line end before the card does, by the same estimate that the card is made with."""
    from assets.widgets.lettering import width

    long = "a_name_that_is_much_longer_than_any_card_could_ever_be_made"
    drawn = picture(
        node(
            long,
            "failed",
            cause="a reason that is too long to be told in full here",
            prefix=long,
            kinds=["pandas", "a_very_long_kind_of_thing"],
        )
    )
    card = ET.fromstring(drawn.encode()).find(f"{SVG}g/{SVG}g")
    broad = float(card.find(f"{SVG}rect").get("width"))
    spans = [
        (
            float(t.get("y")),
            float(t.get("x")),
            float(t.get("x")) + width("".join(t.itertext()), float(t.get("font-size"))),
        )
        for t in card.findall(f"{SVG}text")
    ]
    assert all(right <= broad for _, _, right in spans)
    foot = sorted((left, right) for y, left, right in spans if y == 53)
    assert len(foot) == 3
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(foot))


def test_a_partitioned_asset_shows_the_shares_of_its_states():
    """The bar's parts are in proportion, and the number stands in words."""
    drawn = picture(node("days", "missing", parts=4, counts={"missing": 1, "fresh": 3}))
    assert "missing 1/4" in drawn
    missing, fresh = (
        float(w) for w in re.findall(r'<rect class="(?:missing|fresh)" [^>]*width="([\d.]+)"', drawn)
    )
    assert abs(fresh - 3 * missing) < 0.3


def test_an_input_that_is_not_loaded_is_dashed():
    """Both kinds of edges can be told apart."""
    assert 'class="line open"' in picture(node("a"), node("b"), edges=[("a", "b", False)])
    assert 'class="line open"' not in picture(node("a"), node("b"), edges=[("a", "b", True)])


def test_an_empty_graph_says_so():
    """No assets is a picture and a text, not an error."""
    assert "No assets are defined yet" in picture()
    assert lineage_text(model()) == "no assets are defined yet"


def test_the_image_survives_a_sanitizer():
    """An `img` with class, alt and data, the picture inside; a style that may be dropped, and nothing else."""
    html = as_img("<svg/>", 'of "a" & <b>')
    image, style = html.split("<style>")
    assert image == (
        '<img class="assets-picture" alt="of &quot;a&quot; &amp; &lt;b&gt;" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(b"<svg/>").decode()}">'
    )
    assert style.endswith("{display:none}</style>")


def test_the_text_is_a_table_of_assets_and_states():
    """Plain text for terminals and for nbval."""
    told = lineage_text(
        model(
            node("raw"),
            node("days", "stale", parts=9, counts={"stale": 2, "fresh": 7}),
            node("old", mark="remembered"),
        )
    )
    assert told == "asset  state\nraw    fresh\ndays   stale 2/9\nold    fresh (remembered)"


def test_the_alternative_text_is_one_sentence():
    """What a reader hears in place of the picture."""
    assert (
        alternative(model(node("a"), node("b", "stale"), title="Weather"))
        == "Weather: lineage of 2 assets: 1 stale, 1 fresh"
    )


def test_every_state_that_is_painted_has_its_colour():
    """Also one that only some partitions of an asset are in."""
    svg = picture(node("days", "stale", counts={"stale": 1, "fresh": 4}, parts=5))
    used = {name for names in re.findall(r'class="([^"]+)"', svg) for name in names.split()}
    assert all(f".{name}{{" in svg for name in used & {*STATES, *(f"{state}-line" for state in STATES)})
    assert "fresh" in used
