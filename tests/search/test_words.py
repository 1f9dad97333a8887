import random

import pytest

from search.analysis import expand
from search.engines.arrays import term
from search.engines.whoosh import decoded
from search.sheet import plain
from search.stemming import stem
from tests.search.documents import document


@pytest.mark.parametrize(
    "words, expected",
    [
        ("caresses ponies caress cats", "caress poni caress cat"),
        ("feed agreed plastered bled motoring sing", "feed agre plaster bled motor sing"),
        ("conflated troubled sized hopping falling filing", "conflat troubl size hop fall file"),
        ("happy sky relational conditional rational", "happi sky relat condit ration"),
        ("vietnamization operator feudalism hopefulness", "vietnam oper feudal hope"),
        ("triplicate formalize electrical goodness", "triplic formal electr good"),
        ("allowance replacement adoption communism effective", "allow replac adopt commun effect"),
        ("probate rate cease controll roll", "probat rate ceas control roll"),
    ],
)
def test_the_stemmer_gives_what_the_paper_prints(words, expected):
    assert " ".join(map(stem, words.split())) == expected


@pytest.mark.parametrize(
    "run, base, wholes",
    [
        ("INC-123", "inc 123", "inc-123"),
        ("v1.2.3", "v1 2 3", "v1.2.3"),
        ("DynamoDB", "dynamo db", "dynamodb"),
        ("APIs", "api", ""),
        ("company's", "compani", ""),
        ("don’t", "dont", ""),
        ("java.net.SocketTimeoutException", "java net socket timeout except",
         "java.net.sockettimeoutexception sockettimeoutexcept"),
        ("var/log/error.log", "var log error log", "var/log/error.log error.log"),
    ],
)  # fmt: skip
def test_a_name_is_one_token_and_its_parts(run, base, wholes):
    tokens = expand(run)
    assert (" ".join(tokens.base), " ".join(tokens.wholes)) == (base, wholes)


def one_by_one(matcher):
    """[(document number, weight)] by the library's public way."""
    found = []
    while matcher.is_active():
        found.append((matcher.id(), matcher.weight()))
        matcher.next()
    return found


def test_posting_blocks_read_whole_are_what_the_library_reads_one_by_one(tmp_path):
    from search.engines.whoosh import make

    chance = random.Random(2)
    engine = make(tmp_path / "index")
    texts = [
        " ".join(["common"] * chance.randint(1, 4) + ["rare"] * (n % 97 == 0) + ["even"] * (n % 2)) for n in range(2500)
    ]
    engine.rebuild([[document(str(n), "", text) for n, text in enumerate(texts)]], lambda store: None)
    (view,) = engine._current().open.views()
    reader = view.segment.source._reader
    for word in ("common", "rare", "even"):
        name = term("postmortem", "w", word).encode()
        fast, slow = decoded(reader.postings("terms", name)), one_by_one(reader.postings("terms", name))
        assert list(zip(fast.ids, fast.weights, strict=True)) == slow
        assert len(fast.ids) == sum(word in text for text in texts)


@pytest.mark.parametrize(
    "source, shown",
    [
        ("# Head\n\n**bold** and `code_name` of [a link](https://x.org/y)", "Head bold and code_name of a link"),
        ("- one\n- two\n\n> quoted", "one two quoted"),
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", "a b 1 2"),
        ("snake_case_name", "snake_case_name"),
    ],
)
def test_passages_show_text_without_markup(source, shown):
    assert plain(source) == shown
