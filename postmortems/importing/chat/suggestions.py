"""Which messages of a chat may matter, by a few rules as data, each with its reason.

The rules look for what a timeline is made of: the first alert, the first report, who took charge, decisions, commands,
changes, what was found, recoveries. They are a beginning for people who choose, never a choice; a question, or a “not”
in front of the words, takes a message out again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from postmortems.importing.chat.message import Message

# Words that are commands wherever a line begins with them, and words that are only after a prompt or in code.
TOOLS = (
    "kubectl|terraform|helm|systemctl|ansible(?:-playbook)?|docker|podman|psql|mysql|redis-cli|etcdctl|gcloud|aws|flyctl"
    "|heroku|nomad|argocd|git (?:revert|push|reset|checkout)|iptables|ip route|pkill|umount|tcpdump|strace|vacuumdb"
    "|pg_\\w+|zpool|lvextend|fsck|certbot|openssl|apt-get|journalctl"
)
OTHER_TOOLS = "service|az|consul|vault|ssh|kill|mount|reboot|shutdown|curl|dig|make|vacuum|rm|mv|cp|npm|python3?"
DONE = (
    "deployed|rolled (?:it )?(?:back|forward)|reverted|restarted|rebooted|failed over|scaled (?:it )?(?:up|down|out|in)"
    "|drained|disabled|enabled|merged|shipped|flushed|blocked|unblocked|killed|bumped|increased|raised|lowered|switched"
    "|paused|resumed|silenced|acked|acknowledged|paged|evicted|cordoned|purged|renewed|rotated|patched"
)
DOING = (
    "deploying|rolling (?:it )?(?:back|forward)|reverting|restarting|rebooting|failing over|scaling|draining|disabling"
    "|enabling|merging|flushing|blocking|killing|bumping|increasing|switching|pausing|paging|purging|renewing|rotating"
)
TO_DO = "roll|revert|restart|fail over|page|scale|disable|enable|block|deploy|merge|drain|switch|turn|stop|start|move"
WRONG = (
    "down|broken|failing|fails|failed|slow|erroring|errors?|timing out|time-?outs?|[45]\\d\\ds?|unavailable|unreachable"
    "|stuck|crashing|crash(?:ed|loop\\w*)|hanging|full|not (?:working|loading|responding)|out of (?:memory|disk|space)"
)
NOT = (
    r"\b(?:not|isn'?t|aren'?t|wasn'?t|haven'?t|hasn'?t|didn'?t|don'?t|never|no|still|until|if|once|when|would|should|could"
    r"|might|unless)\b"
)
ASKED = (
    r"\?\s*$",
    r"^\s*(?:how|what|why|where|who|when|can|could|should|does|do|did|is|are|was|anyone|has)\b.*\?",
)
WELL = "recover|back|resolved|fixed|green|clear|working|healthy|normal|stable|gone|mitigated"


@dataclass(frozen=True)
class Rule:
    """`kind`: of the timeline entry that it makes. `who`: person, bot or anybody. `first`: only the first message that
    fits. `unless`: words that take it out again. `stems`: one of them stands in every text that fits, in lower case;
    looking for those first is ten times quicker."""

    name: str
    kind: str
    reason: str
    words: re.Pattern
    who: str = "anybody"
    first: bool = False
    unless: re.Pattern | None = None
    stems: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Suggestion:
    rule: str
    kind: str
    reason: str


def _any(*patterns: str) -> re.Pattern:
    return re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE)


RULES = (
    Rule(
        "first alert", "detection", "the first alert of a program",
        _any(
            r"\b(?:alerts?|alerting|alertmanager|alarm|firing|triggered|critical|incident|unhealthy|down|outage|slo)\b",
            r"\b(?:burn rate|error rate|threshold|failed|failing)\b",
        ),
        who="bot", first=True,
        unless=_any(r"\b(?:resolved|recovered|ok|passed|merged|patchset|bugzilla|bug|faq)\b"),
        stems=(
            "alert", "alarm", "firing", "triggered", "critical", "incident", "unhealthy", "down",
            "outage", "slo", "burn rate", "error rate", "threshold", "fail",
        ),
    ),
    Rule(
        "declared", "communication", "somebody declared it or took charge",
        _any(
            r"\b(?:declar(?:e|ed|ing)|opened|opening|starting)\b.{0,30}\b(?:incident|outage)\b",
            r"\bsev[- ]?[0-5]\b",
            r"\bI(?:'m| am| will be|'ll be|'ll take)\b.{0,20}\b(?:IC|incident command(?:er)?|comms|scribe)\b",
            r"^\s*/incident\b",
        ),
        unless=_any(*ASKED),
        stems=("incident", "outage", "sev", " ic", "comms", "scribe"),
    ),
    Rule(
        "first report", "symptom", "the first report of a person",
        _any(
            r"\b(?:is|are|seems?|looks?|getting|see|seeing|goes|went|have|customers?|users?|anyone|everyone)\b"
            rf"[^.\n]{{0,60}}\b(?:{WRONG})\b",
        ),
        who="person", first=True,
        stems=(
            "down", "broken", "fail", "slow", "error", "tim", "4", "5", "unavailable",
            "unreachable", "stuck", "crash", "hanging", "full", "not", "out of",
        ),
    ),
    Rule(
        "recovery", "recovery", "something recovered",
        _any(
            r"\brecover(?:ed|ing|s)\b",
            r"\bback (?:up|to normal|online|again|in (?:service|business))\b",
            r"\b(?:resolved|mitigated|all (?:green|clear)|green again|(?:healthy|stable) again|stable now)\b",
            r"\b(?:is|are|it's|that) (?:now )?fixed\b|\bwork(?:s|ing) (?:again|now)\b",
            r"\b(?:errors?|alerts?|queue|latency)\b.{0,20}\b(?:gone|dropping|dropped|cleared|draining|drained|back)\b",
            r"\blook(?:s|ing)? (?:good|healthy|ok|fine) (?:now|again)\b",
        ),
        unless=_any(*ASKED, rf"{NOT}[^.!\n]{{0,30}}\b(?:{WELL})", r"\bI'(?:ll|m)(?: be)? back\b"),
        stems=(
            "recover", "back", "resolved", "mitigated", "green", "clear", "healthy", "stable",
            "fixed", "work", "error", "alert", "queue", "latency", "look",
        ),
    ),
    Rule(
        "command", "action", "a command was run or given",
        _any(
            r"^\s*[$%]\s+\w+",
            r"^\s*\w+@[\w.-]+[:~][^\n]*[#$]\s",
            rf"^\s*(?:(?:{TOOLS})|sudo\s+(?:{TOOLS}|{OTHER_TOOLS}))\s+[\w./-]+",
            rf"`(?:sudo\s+)?(?:{TOOLS}|{OTHER_TOOLS})\b[^`]*`",
            r"^\s*[!/.](?:deploy|rollback|revert|restart|scale|ack|page|lock|unlock|drain|pd|failover|flag|silence)\b",
            r"\b(?:ran|running|run|executed|executing)\b[^\n]{0,20}`[^`]+`",
        ),
        who="person", unless=_any(*ASKED),
    ),
    Rule(
        "change", "action", "somebody changed something",
        _any(
            r"(?:^|[.,;:!] |\band )"
            r"(?:(?:ok(?:ay)?|so|and|now|i|i've|i have|just|we|we've|we have|done|i'm|i am|we're|we are)[,:]? )*"
            rf"(?:{DONE}|{DOING})\b",
        ),
        who="person", unless=_any(*ASKED, r"\b(?:not|never|haven'?t|didn'?t|don'?t|before|could be|if)\b"),
    ),
    Rule(
        "deploy", "change", "a program told of a change",
        _any(r"\b(?:deploy(?:ed|ing|ment)|rolled (?:out|back)|rollout|promoted|failover|released)\b"),
        who="bot", unless=_any(r"\b(?:patchset|review|bug|bugzilla|fix released)\b"),
        stems=("deploy", "rolled", "rollout", "promoted", "failover", "released"),
    ),
    Rule(
        "decision", "decision", "a decision",
        _any(
            r"\b(?:let'?s|lets)\s+(?!see\b|hope|say\b|not forget|face)\w+",
            r"(?:^|[.!] )(?:(?:ok(?:ay)?|so|right|then|and)[,:]? )*we(?:'ll| will|'re going to| are going to)\b",
            r"\b(?:decided|agreed|go(?:ing)? ahead)\b|\b(?:the )?(?:decision|plan)(?: is|:)",
            rf"\bI(?:'ll| will|'m going to| am going to|'m gonna)\s+(?:now )?(?:{TO_DO})\b",
            r"^\s*#?(?:agreed|decision|action)\b|^\s*\[(?:AGREED|ACTION|DECISION)\]",
        ),
        who="person", unless=_any(*ASKED, r"\b(?:if|before|until) we\b"),
        stems=(
            "let", "we", "decided", "agreed", "ahead", "plan", "decision",
            "i'll", "i will", "going to", "gonna", "action",
        ),
    ),
    Rule(
        "found", "observation", "something was found",
        _any(
            r"\bfound (?:it|the (?:cause|problem|issue|bug|culprit|commit|query|lock))\b",
            r"\b(?:root cause|culprit|turns out|caused by)\b",
            r"\bthe (?:issue|problem|cause) (?:is|was) (?:that|the|in|with|a)\b",
            r"\bit(?:'s| is| was) (?:because|caused)\b",
        ),
        who="person", unless=_any(*ASKED),
        stems=("found", "root cause", "culprit", "turns out", "caused", "issue", "problem", "cause", "because"),
    ),
    Rule(
        "told others", "communication", "others were told",
        _any(
            r"\bstatus ?page\b|\bposted (?:an? )?update\b|\btold (?:support|customers|sales)\b",
            r"\b(?:customers|support) (?:were|was|are|is) (?:told|informed)\b",
        ),
        who="person", unless=_any(*ASKED),
        stems=("status", "update", "told", "informed"),
    ),
)  # fmt: skip
BY_NAME = {rule.name: rule for rule in RULES}
ADDRESSED = re.compile(r"^\s*[\w|\[\]`^-]{1,30}[:,] +")  # “ada: …”: whom a line of IRC speaks to


def suggest(messages: Iterable[Message]) -> dict[str, Suggestion]:
    """{key: Suggestion} for the messages that may matter, by the first rule that fits. About 40 µs per message."""
    return choose((message.key, fitting(message)) for message in messages)


def fitting(message: Message) -> list[str]:
    """Names of all rules that fit a message, in their order."""
    if message.kind not in ("message", "bot"):
        return []
    text = message.text[:2000]
    if message.plain and message.kind == "message":
        text = ADDRESSED.sub("", text)
    lowered = text.lower()
    return [
        rule.name for rule in RULES if any(map(lowered.__contains__, rule.stems)) and _fits(rule, message.kind, text)
    ]


def choose(found: Iterable[tuple]) -> dict:
    """{key: Suggestion} of [(key, names of fitting rules)] in the order of the messages, the first of each that asks
    for the first."""
    chosen, done = {}, set()
    for key, names in found:
        name = next((name for name in names if name not in done), None)
        if name:
            rule = BY_NAME[name]
            chosen[key] = Suggestion(rule.name, rule.kind, rule.reason)
            if rule.first:
                done.add(name)
    return chosen


def _fits(rule: Rule, kind: str, text: str) -> bool:
    if rule.who != "anybody" and (rule.who == "bot") != (kind == "bot"):
        return False
    return bool(rule.words.search(text)) and not (rule.unless and rule.unless.search(text))
