"""The ten webhooks of the demo: eight pictures, one of them again, and a forged one."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.providers.client import SandboxClient

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PICTURES = (
    "ticket_supermercado.jpg",
    "ticket_restaurante_torcido.jpg",
    "ticket_ferreteria_tenue.jpg",
    "ticket_mexico.jpg",
    "sroie_064.jpg",
    "sroie_144.jpg",
    "sroie_621.jpg",
    "paisaje.jpg",
)
AGAIN = "ticket_supermercado.jpg"


@dataclass(frozen=True)
class Post:
    """One webhook that is sent: what it shows, and how it is posted."""

    file: str
    what: str
    options: dict[str, Any]

    @property
    def message_id(self) -> str:
        """The provider's id of its message."""
        return str(self.options["messages"][0]["id"])


def prepare(providers: SandboxClient, run_id: str) -> list[Post]:
    """Upload the pictures as their senders would, and make the posts of one run."""
    samples = {sample["file"]: sample for sample in json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))}
    posts = [_post(providers, samples[name], run_id) for name in PICTURES]
    first = next(post for post in posts if post.file == AGAIN)
    forged = {**first.options["messages"][0], "id": _message_id("forged", run_id)}
    return [
        *posts,
        Post(AGAIN, "the first one again", first.options),
        Post(AGAIN, "a forged signature", {"messages": [forged], "forge": "secret"}),
    ]


def _post(providers: SandboxClient, sample: dict[str, Any], run_id: str) -> Post:
    media_id = providers.add_media(SAMPLES / sample["file"])["id"]
    number = int(hashlib.sha256(sample["sender"].encode()).hexdigest()[:6], 16)
    message = {
        "kind": "image",
        "media_id": media_id,
        "id": _message_id(sample["file"], run_id),
        "name": sample["sender"],
        "caption": sample["caption"] or None,
        "wa_id": f"346{number % 100_000_000:08d}",
        "user_id": f"ES.{number:016d}",
    }
    return Post(sample["file"], _what(sample), {"messages": [message]})


def _what(sample: dict[str, Any]) -> str:
    return {"real": "a real receipt", "synthetic": "a made-up ticket"}.get(sample["kind"], "no receipt")


def _message_id(name: str, run_id: str) -> str:
    return "wamid." + hashlib.sha256(f"{run_id}/{name}".encode()).hexdigest()[:40]
