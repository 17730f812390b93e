"""Line numbers as text: “3 7-9”; “?” stands for those that nobody knows."""

UNKNOWN = "?"


def with_span(text: str, first: int, last: int) -> str:
    """The text with further numbers at its end."""
    return f"{text} {span_text(first, last)}".strip()


def span_text(first: int, last: int) -> str:
    """One number or a range of them."""
    return str(first) if first == last else f"{first}-{last}"


def names(text: str, number: int) -> bool:
    """Whether a number is among those of a text, or may be."""
    for span in text.split():
        if span == UNKNOWN:
            return True
        first, _, last = span.partition("-")
        if int(first) <= number <= int(last or first):
            return True
    return False
