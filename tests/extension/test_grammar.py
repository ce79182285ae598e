"""What one types after `%assets` is read as it was meant, or refused with one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.extension import grammar
from assets.extension.grammar import Mistake, read, read_cell

READ = [
    ("status", "status", "", {}),
    ("status orders+", "status", "orders+", {}),
    ('status  key:"a b"   or group:raw --json', "status", 'key:"a b"   or group:raw', {"json": True}),
    ("materialize --force orders", "materialize", "orders", {"force": True}),
    ("materialize a --only or b", "materialize", "a or b", {"only": True}),
    ("materialize x --partition 2024-01-01 --partition=2024-01-02", "materialize", "x", {"partition": ["2024-01-01", "2024-01-02"]}),
    ("materialize x --partition 'a b'", "materialize", "x", {"partition": ["a b"]}),
    ("materialize --dry-run", "materialize", "", {"dry-run": True}),
    ("why orders@2024-01-01", "why", "orders@2024-01-01", {}),
    ("load orders -1", "load", "orders -1", {}),
    ("runs --limit 5", "runs", "", {"limit": "5"}),
    ("store ../other place", "store", "../other place", {}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "verb", "text", "options"), READ)
def test_a_line_is_a_verb_a_text_and_options(line, verb, text, options):
    """Options may stand anywhere; the rest is one text with its own blanks and quotes."""
    found = read(line)
    assert (found.verb.name, found.text, dict(found.options)) == (verb, text, options)


REFUSED = [
    ("statsu", "%assets has no verb 'statsu'; did you mean 'status'? Try %assets --help."),
    ("zzz", "%assets has no verb 'zzz'. Try %assets --help."),
    ("status --jsno", "%assets status has no option '--jsno'; did you mean '--json'? It has --json."),
    (
        "materialize --partition",
        "--partition needs a value: a partition key, or FROM..TO; may be given again.",
    ),
    (
        "materialize --partition --force",
        "--partition needs a value: a partition key, or FROM..TO; may be given again.",
    ),
    ("materialize --force=yes", "--force takes no value."),
    ('status key:"a', 'A quote is not closed: status key:"a'),
    ("why", "%assets why needs to know of what. Usage: %assets why KEY[@PARTITION] [--json]"),
    ("runs orders", "%assets runs takes no 'orders'. Usage: %assets runs [--limit NUMBER] [--json]"),
    ("runs --limit few", "--limit takes a number of at least 1, not 'few'."),
    ("runs --limit 5 --limit 6", "--limit is given twice."),
]


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_a_mistake_is_one_sentence_with_the_nearest_spelling(line, message):
    """What is wrong, and what would be right."""
    with pytest.raises(Mistake) as caught:
        read(line)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", ("orders", None, "")),
        ("a/b@x", ("a/b", "x", "")),
        ("orders@2024-01-01 -1", ("orders", "2024-01-01", "-1")),
        ('orders@"a b"', ("orders", "a b", "")),
        ('"orders"@a@b', ("orders", "a@b", "")),
        ('"o@x"', ("o@x", None, "")),
    ],
)
def test_a_piece_is_a_key_and_perhaps_a_partition(text, expected):
    """The first `@` outside quotes separates them; what follows a blank is the version."""
    assert grammar.piece_of(text) == expected


def test_a_cell_line_is_a_name_and_options():
    """The name may be left out."""
    assert read_cell("orders --deps a,b --run") == ("orders", {"deps": "a,b", "run": True})
    assert read_cell('--description "in two words"') == ("", {"description": "in two words"})
    with pytest.raises(Mistake, match="one name"):
        read_cell("a b")
    with pytest.raises(Mistake, match="did you mean '--deps'"):
        read_cell("a --dep b")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(line):
    """No line makes anything but a `Mistake`."""
    try:
        cut = grammar.words(line)
        if cut:
            read(line)
    except Mistake:
        pass


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\"'\\", exclude_categories=["Cs"]), min_size=1),
        max_size=5,
    )
)
def test_quoted_words_come_back(texts):
    """A quoted text is one word, whatever it holds."""
    line = " ".join(f'"{text}"' for text in texts)
    assert [grammar.unquoted(word.text) for word in grammar.words(line)] == texts


def test_help_names_every_verb_and_option():
    """What can be typed can be found."""
    text = grammar.help_of_all()
    for verb in grammar.VERBS.values():
        assert verb.name in text
        for option in verb.options:
            assert f"--{option.name}" in grammar.help_of(verb)
    for option in grammar.CELL_OPTIONS:
        assert f"--{option.name}" in grammar.help_of_cell()
