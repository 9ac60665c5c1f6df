"""Cosignatures, policies and keys that do not fit, with the verdict that both verifiers must give."""

from dataclasses import replace
from datetime import timedelta

from ledger.core.note import SigningKey, WitnessKey, sign_note
from tests.ledger.core.memory_log import DAY, MemoryLog
from tests.ledger.core.samples import Sample, another


def witnessed(log: MemoryLog) -> list[Sample]:
    """Cosignatures and what a policy makes of them."""
    keys = [WitnessKey.generate(f"w{n}.example") for n in range(3)]
    head = log.head().to_text()
    lines = [key.cosign(head, DAY) for key in keys]
    late = keys[0].cosign(head, DAY + timedelta(days=1))
    other_time = lines[0].replace(lines[0].split()[2], late.split()[2][:16] + lines[0].split()[2][16:])
    names = "".join(f"witness w{n} {key.verifier}\n" for n, key in enumerate(keys))
    policy = f"log {log.key.verifier}\n{names}group g 2 w0 w1 w2\nquorum g\n"
    none = policy.replace("quorum g", "quorum none")
    host = log.key.name.partition("/")[0]
    ahead, other_ahead = (key.cosign(head, DAY + timedelta(days=9000)) for key in keys[:2])
    newer = keys[0].cosign(head, DAY + timedelta(days=3))

    def of(name: str, cosigned: list[str], trust: str, outcome: str) -> Sample:
        note = log.checkpoint().decode() + "".join(cosigned)
        return Sample(name, replace(log.bundle(), checkpoint=note).to_bytes(), trust, outcome)

    stranger = WitnessKey.generate("w1.example").cosign(head, DAY)
    return [
        of("quorum met", lines[:2], policy, "verified"),
        of("quorum more than met", lines, policy, "verified"),
        of("a cosignature twice", lines[:1] * 2 + lines[1:2], policy, "verified"),
        of("quorum not met", lines[:1], policy, "refused"),
        of("quorum not met by one twice", lines[:1] * 2, policy, "refused"),
        of("no cosignature", [], policy, "refused"),
        of("cosigned by a stranger of the same name", [lines[0], stranger], policy, "refused"),
        of("cosignature with another time", [other_time, lines[1], lines[2]], policy, "refused"),
        of(
            "cosignature of another head",
            [keys[0].cosign(log.head(5).to_text(), DAY), *lines[1:]],
            policy,
            "refused",
        ),
        of("quorum of witnesses beside the log", lines[:2], _at(policy, "http://127.0.0.1:1/"), "verified"),
        of("quorum at the log's own name", lines[:2], _at(policy, f"https://{host.upper()}/w"), "verified"),
        of("one witness beside the log", lines, _at(policy, "http://[::1]:1", "w0"), "verified"),
        of("witnesses at an address like the log's", lines, _at(policy, f"https://x{host}"), "verified"),
        of(
            "witnesses at a word before loopback",
            lines,
            _at(policy, "http://127.0.0.1@a.example"),
            "verified",
        ),
        of("time of the future", [ahead, other_ahead], policy, "verified"),
        of("one time of the future", [ahead, lines[1]], policy, "verified"),
        of(
            "a newer time beside the log",
            [newer, lines[1]],
            _at(policy, "http://localhost", "w0"),
            "verified",
        ),
        of("cosigned, and nobody is asked for", lines[:1], none, "verified"),
        of("cosigned, and one key trusted", lines, str(log.key.verifier), "verified"),
        of(
            "policy of another log",
            lines,
            policy.replace(str(log.key.verifier), another(str(log.key.verifier))),
            "refused",
        ),
        of("policy without the log", lines, "\n".join(policy.split("\n")[1:]), "refused"),
        of("a witness's key as the log's", lines, str(keys[0].verifier), "unusable"),
        of("policy without quorum", lines, policy.replace("quorum g\n", ""), "unusable"),
        of("nobody trusted", lines, "", "unusable"),
    ]


def _at(policy: str, url: str, name: str = "") -> str:
    """A policy whose witnesses, or the one of this name, have an address."""
    lines = policy.split("\n")
    return "\n".join(f"{line} {url}" if line.startswith(f"witness {name}") else line for line in lines)


def rotated(log: MemoryLog) -> list[Sample]:
    """A log that has two keys for a while: either will do, and a revoked one no more."""
    old, new = log.key, SigningKey.generate(log.key.name)
    head = log.head().to_text()
    both = replace(log.bundle(), vkey=str(new.verifier), checkpoint=sign_note(head, [new, old]).decode())
    spoilt = sign_note(log.head(5).to_text(), [new]).decode().rpartition("\n\n")[2]
    one_fails = replace(both, checkpoint=f"{sign_note(head, [old]).decode()}{spoilt}")
    twin = WitnessKey("w", old.private).verifier
    lines = f"log {new.verifier}\nlog {old.verifier}\nquorum none\n"
    as_witness = f"log {old.verifier}\nwitness w {twin}\nquorum w\n"
    made = [
        ("two keys of the log, the old one trusted", both, str(old.verifier), "verified"),
        ("two keys of the log, the new one trusted", both, str(new.verifier), "verified"),
        ("two keys of the log, both trusted", both, f"{new.verifier}\n{old.verifier}\n", "verified"),
        ("two keys of the log, a policy of both", both, lines, "verified"),
        ("old key alone, a policy of both", log.bundle(), lines, "verified"),
        (
            "old key alone, a policy after its revocation",
            log.bundle(),
            f"log {new.verifier}\nquorum none\n",
            "refused",
        ),
        ("two keys of the log, the line of one fails", one_fails, str(old.verifier), "refused"),
        ("a policy with the log's key as witness", both, as_witness, "unusable"),
    ]
    return [Sample(name, bundle.to_bytes(), trust, outcome) for name, bundle, trust, outcome in made]
