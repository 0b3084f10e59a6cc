"""json.dumps(value, indent=n) as the standard library writes it, several times as fast."""
from json.encoder import encode_basestring, encode_basestring_ascii


def pretty(value, indent, ascii_only=True, level=0):
    """`value` holds dicts with text keys, lists, tuples, text, numbers, booleans and None."""
    quote = encode_basestring_ascii if ascii_only else encode_basestring
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        opening, closing = "{}"
        inner = [f"{quote(key)}: {pretty(each, indent, ascii_only, level + 1)}" for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        opening, closing = "[]"
        inner = [pretty(each, indent, ascii_only, level + 1) for each in value]
    else:
        return "null" if value is None else repr(value).lower() if isinstance(value, bool) else repr(value)
    if not inner:
        return opening + closing
    line = "\n" + " " * (indent * (level + 1))
    return opening + line + f",{line}".join(inner) + "\n" + " " * (indent * level) + closing
