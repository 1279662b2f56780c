"""Realistic conversation summaries of about a given size, in the sender's JSON style."""

import json

TURNS = {
    False: [
        ("user", "Hi! I am moving to Lisbon in March and need a quote for a two-bedroom flat."),
        ("assistant", "Congratulations on the move! To give you an estimate I need the pick-up address and a rough "
         "inventory. Do you have a piano, large mirrors or anything else that needs special care?"),
        ("user", "No piano, but about 30 boxes of books and a bicycle. Can you do the 14th?"),
    ],
    True: [
        ("user", "Dzień dobry, przeprowadzam się z Łodzi do Krakowa i chciałbym wycenę. 🚚"),
        ("assistant", "Świetnie! Proszę podać adres, piętro i przybliżoną listę mebli; wyślę ofertę jeszcze dziś."),
        ("user", "Trzecie piętro bez windy, około 30 pudeł książek i rower. Czy możliwy jest 14 marca?"),
    ],
}  # fmt: skip


def transcript(size: int, escaped: bool = False) -> bytes:
    """At least 256 bytes are exact in neither direction; the last message is cut so that they are."""
    turns = TURNS[escaped]
    messages: list[dict[str, object]] = []
    payload = {
        "event": "conversation_summary",
        "summary": {"title": "Moving quote", "sentiment": "positive", "satisfaction": 0.9, "topics": ["moving"]},
        "timestamp": "2026-06-23T12:00:00.000000",
        "messages": messages,
    }
    number = 0
    while len(json.dumps(payload)) < size:
        role, content = turns[number % len(turns)]
        messages.append({"id": number, "role": role, "content": content, "created_at": "2026-06-23T11:58:00.000000"})
        number += 1
    while messages and len(json.dumps(payload)) > size:
        content = messages[-1]["content"]
        assert isinstance(content, str)
        if content:
            messages[-1]["content"] = content[:-1]
        else:
            messages.pop()
    body = json.dumps(payload).encode()
    return body[:-1] + b" " * (size - len(body)) + body[-1:]
