"""Which kind of section a heading names: the words that teams use, as data; the first kind that fits wins."""

import re

KINDS = {
    "other": (
        r"^time to \w+$", r"\bquestions?\b", r"\bopen issues\b", r"\breferences\b", r"\brelated\b", r"\blinks\b",
        r"\bappendix\b", r"^stats$", r"\battendees\b",
    ),
    "timeline": (
        r"\btime ?lines?\b", r"\bchronolog", r"\b(?:chain|sequence|log|list|course|order) of (?:the )?events\b",
        r"\b(?:key|main|incident|notable) events?(?: log)?$", r"\b(?:event|incident|activity) log\b", r"^events?$",
        r"\bkey (?:times|dates|moments)\b", r"\bwhat happened when\b", r"\bplay[- ]by[- ]play\b",
        r"\bincident (?:timing|history|diary)\b",
    ),
    "went_poorly": (
        r"\b(?:went|go|going|gone|goes) (?:so |very |too |that |quite )?(?:wrong|poorly|bad|badly)\b",
        r"\bdid(?:n.?t| not) (?:go|work|do)\b", r"\bnot (?:go|work|do)(?:ne)? (?:so |very |as |that )?well\b",
        r"\bwere(?:n'?t| not) (?:so |as )?well\b", r"\bcould (?:have|be|do|we)\b.*\b(?:better|improved?|gone)\b",
        r"\b(?:can|could|to) (?:be )?improved?\b", r"\bwhat (?:was|is) (?:bad|difficult|hard)\b",
        r"^(?:the )?(?:bad|ugly|negatives?|cons)$", r"\bstruggle", r"\bpain points?\b", r"\bdo better\b",
        r"\bareas? (?:for|of|to) improve", r"\bshortcomings?\b", r"\bproblems we\b",
    ),
    "went_well": (
        r"\b(?:went|go|goes|going|gone|worked|works|done|do|did) (?:really |very |so |pretty )?"
        r"(?:well|right|good|great|fine|as expected)\b",
        r"^what (?:has )?worked\b", r"^(?:the )?(?:good|positives?|pros|successes|kudos)$", r"\bwhat was good\b",
        r"\bthings? we did (?:well|right)\b",
    ),
    "lucky": (r"\bluck(?:y|ily)?\b", r"\bgood fortune\b", r"\bnear miss"),
    "lessons": (
        r"\blessons?\b", r"\blearn(?:ed|t|ings?)\b", r"\btake-?aways?\b", r"\binsights?\b", r"\breflections?\b",
        r"^conclusions?\b", r"\bobservations\b",
    ),
    "impact": (
        r"\bimpact(?:s|ed)?\b", r"\baffected\b", r"\bconsequences?\b", r"\bblast radius\b", r"\bdamages?\b",
        r"\beffects? on\b", r"\bscope of\b", r"\bwho was\b", r"\bcustomer experience\b", r"\boutage description\b",
        r"^effects?$",
    ),
    "contributing_factors": (r"\bcontribut", r"\bfactors?\b", r"\bconditions\b"),
    "detection": (
        r"\bdetect", r"\bhow (?:did|was|were|do) (?:we|it|this|the \w+) (?:find|notice|discover|learn|know)",
        r"\bdiscover", r"^identified$", r"^identification$", r"^(?:problem|issue|incident) identified\b",
        r"^alert(?:s|ing)$", r"^(?:first )?reports?$", r"^symptoms?$",
    ),
    "action_items": (
        r"\baction(?:able)?s? (?:items?|points?|plan|list|following)\b", r"\bfollow(?:ing)?[- ]?ups?\b",
        r"^(?:review |future |immediate |corrective |preventa?tive |resulting |remedial |remediation |next |open "
        r"|post-?mortem |proposed |planned |further |long[- ]term |short[- ]term |mitigation |recommended "
        r"|and |the |our )*"
        r"actions?\b(?! taken)",
        r"\bnext steps?\b", r"\bto-?dos?\b", r"\bto do\b", r"\bcorrective\b", r"\bprevent(?:ion|a?tive|ing)?\b",
        r"\bimprove(?:ments?)?\b", r"\brecommendations?\b", r"\bcountermeasures?\b", r"\blooking (?:forward|ahead)\b",
        r"\b(?:moving|going) forward\b", r"\bfuture (?:work|steps|plans?|measures)\b", r"^(?:open )?tasks?$",
        r"\bwhat (?:are we|we are|we.re|will we|we will|we.ll|is being|we plan to) (?:going to )?(?:do|doing|chang)",
        r"^remediations?(?: items?| plan| steps?)?$", r"^measures\b", r"^plans?$", r"^proposals?$", r"^deliverables$",
        r"\bhow (?:do|will|can|are) we (?:prevent|avoid|stop)",
    ),
    "root_cause": (
        r"\bcauses?d?\b", r"\bcausal\b", r"\btriggers?\b", r"\bwhy (?:did|it|this|was|the)\b", r"\bfive whys\b",
        r"\b5 whys?\b", r"^(?:technical |detailed |incident |problem |issue |failure )?analysis$", r"\bdiagnosis\b",
        r"\bwhat went on\b",
    ),
    "resolution": (
        r"\bresol(?:ution|ved?|ving)\b", r"\brecover", r"\bmitigat", r"\bfix(?:e[sd])?\b", r"\brestor", r"\bremed",
        r"\bworkarounds?\b", r"\bsolutions?\b", r"\bresponse\b", r"\brepair", r"\bactions? taken\b", r"\brollback\b",
        r"\bhow (?:did|was) (?:we|it|this) (?:fix|solve)",
    ),
    "background": (
        r"\bbackground\b", r"\bcontext\b", r"\bintroduction\b", r"^intro$", r"\bpreamble\b", r"\blead[- ]?up\b",
        r"\bprelude\b", r"\bglossary\b", r"\bdefinitions\b", r"\bhow it works\b", r"\barchitecture\b",
        r"\bsystem overview\b", r"^about\b", r"\bprior\b",
    ),
    "summary": (
        r"\bsummar(?:y|ies)\b", r"\boverview\b", r"\babstract\b", r"\btl;?dr\b", r"\bsynopsis\b", r"\bdescription\b",
        r"\bwhat happened\b", r"\bat a glance\b", r"\bin short\b", r"\bin brief\b",
        r"^(?:the )?(?:problem|issue|incident|outage)(?: statement)?$",
    ),
}  # fmt: skip
PATTERNS = [(kind, re.compile("|".join(words))) for kind, words in KINDS.items()]
NUMBER = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})*[.):]?|[ivx]{1,4}[.)]|[a-z]\))\s+")
ASIDE = re.compile(r"[(\[{<][^)\]}>]*[)\]}>]")
LONGEST = 300  # characters of a heading that are looked at
SUMMED = re.compile(
    r"\bsummary of (?:the )?impact\b|^(?:executive |incident |issue |brief |short |overall |impact )?summary\b"
)


def plain_words(heading: str) -> str:
    """A heading as words to compare: lower case, no marks, no numbers in front, no asides in parentheses."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading[:LONGEST])
    text = ASIDE.sub(" ", re.sub(r"[*_`~]+", "", text)).replace("’", "'").strip().lower()
    text = NUMBER.sub("", text)
    text = re.sub(r"[^\w\s'&;/-]", " ", text)
    return " ".join(text.split()).strip(" :-'")


def kind_of(heading: str) -> str:
    """The kind of section that a heading names; other where it names none."""
    words = plain_words(heading)
    kind = _kind_of(words)
    aside = ASIDE.search(heading[:LONGEST])
    return _kind_of(plain_words(aside.group()[1:-1])) if kind == "other" and aside and words != "title" else kind


def _kind_of(words: str) -> str:
    if (found := SUMMED.search(words)) and "timeline" not in words:
        return "impact" if "impact" in found.group() else "summary"
    return next((kind for kind, pattern in PATTERNS if pattern.search(words)), "other")
