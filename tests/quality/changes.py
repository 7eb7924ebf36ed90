"""Ways in which people write an address other than it stands in the data."""
import re
import unicodedata


def slip(text, dice):
    """One insertion, deletion, change or swap inside a word of five letters or more."""
    words = [found for found in re.finditer(r"[^\W\d_]{5,}", text)]
    if not words:
        return None
    word = dice.choice(words)
    at = dice.randrange(word.start() + 1, word.end() - 1)
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + letter + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    if kind == 2 and text[at].casefold() != letter:
        return text[:at] + letter + text[at + 1:]
    if text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    return text[:at] + text[at + 1:]


def cut(text, number, dice):
    """The text up to a random place after the first digit of its number."""
    digit = re.search(r"\d", number)
    start = text.find(number) + (digit.start() if digit else 0) + 1
    return text[:dice.randint(start, len(text))]


def slip_anywhere(text, dice):
    """As slip(), but first and last letters are not spared."""
    words = [found for found in re.finditer(r"[^\W\d_]{5,}", text)]
    if not words:
        return None
    word = dice.choice(words)
    at = dice.randrange(word.start(), word.end())
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + letter + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    if kind == 2 and text[at].casefold() != letter:
        return text[:at] + letter + text[at + 1:]
    at = min(at, word.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2:]


def slip_twice(text, dice):
    once = slip_anywhere(text, dice)
    twice = slip_anywhere(once, dice) if once is not None else None
    return None if twice == text else twice


def permuted(address, dice):
    """The parts of an address in another order, with commas or without; None when there is one."""
    house = [address.street, address.number]
    dice.shuffle(house)
    parts = [" ".join(house)] + [part for part in (address.postcode, address.city) if part]
    if len(parts) == 1:
        return parts[0]
    dice.shuffle(parts)
    return dice.choice([", ", " "]).join(parts)


# Short forms as people write them; a final dot is left out half the time. Not our own tables.
SHORT_FORMS = {
    "en": {"street": "St", "avenue": "Ave", "road": "Rd", "boulevard": "Blvd", "drive": "Dr",
           "lane": "Ln", "court": "Ct", "place": "Pl", "square": "Sq", "north": "N", "south": "S",
           "east": "E", "west": "W", "saint": "St", "terrace": "Ter", "highway": "Hwy",
           "parkway": "Pkwy", "crescent": "Cres", "mount": "Mt", "turnpike": "Tpke",
           "circle": "Cir", "heights": "Hts", "extension": "Ext", "mountain": "Mtn"},
    "de": {"strasse": "Str.", "sankt": "St."},
    "fr": {"rue": "R.", "avenue": "Av.", "boulevard": "Bd", "place": "Pl.", "chemin": "Ch.",
           "saint": "St", "sainte": "Ste", "impasse": "Imp.", "allée": "All."},
    "ca": {"carrer": "C/", "avinguda": "Av.", "plaça": "Pl.", "carretera": "Ctra.",
           "passeig": "Pg.", "avenida": "Avda.", "santa": "Sta.", "sant": "St."},
    "pt": {"rua": "R.", "avenida": "Av.", "travessa": "Trav.", "praça": "Pça.", "doutor": "Dr.",
           "doutora": "Dra.", "professor": "Prof.", "professora": "Profa.", "general": "Gen.",
           "coronel": "Cel.", "engenheiro": "Eng.", "presidente": "Pres.", "são": "S.",
           "capitão": "Cap.", "marechal": "Mal.", "tenente": "Ten.", "estrada": "Estr."},
}
LANGUAGES = {"LI": ["de"], "DE": ["de"], "AD": ["ca"], "MC": ["fr"], "BR": ["pt"], "GB": ["en"],
             "CA": ["en"], "US": ["en"]}


def abbreviated(text, country, dice):
    """The text with full words shortened, or short forms written out; None when it has neither."""
    short = {}
    for language in LANGUAGES.get(country, ["en"]):
        short.update(SHORT_FORMS[language])
    full = {form.rstrip(".").casefold(): word for word, form in short.items() if len(form) > 1}

    def shorten(found):
        word = found[0]
        form = short.get(word.casefold().replace("ß", "ss"))
        if form is not None:
            return form.rstrip(".") if dice.random() < 0.5 else form
        tail = re.match(r"(.{3,})(stra(?:ss|ß)e)$", word, re.I)
        if tail is not None and "strasse" in short:
            return tail[1] + ("str" if dice.random() < 0.5 else "str.")
        return word

    changed = re.sub(r"[^\W\d_]+", shorten, text)
    if "street" in short and dice.random() < 0.5:
        changed = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", changed)  # "217 St"
    if changed != text:
        return changed
    changed = re.sub(r"([^\W\d_]+)\.?(?=[\s,]|$)",
                     lambda found: full.get(found[1].casefold(), found[0]).title()
                     if found[1].casefold() in full else found[0], text)
    return changed if changed != text else None


def spaced(text, dice):
    """One space between two words left out, or one put into a word of seven letters or more."""
    places = [found.start(1) for found in re.finditer(r"[^\W\d_]{2}( )[^\W\d_]{2}", text)]
    words = [found for found in re.finditer(r"[^\W\d_]{7,}", text)]
    if places and (not words or dice.random() < 0.5):
        at = dice.choice(places)
        return text[:at] + text[at + 1:]
    if not words:
        return None
    word = dice.choice(words)
    at = dice.randrange(word.start() + 3, word.end() - 2)
    return text[:at] + " " + text[at:]


SOUNDS = [("ph", "f"), ("f", "ph"), ("ck", "k"), ("c(?=[aou])", "k"), ("k", "c"), ("th", "t"),
          ("v", "w"), ("w", "v"), ("qu", "k"), ("y", "i"), ("ie", "y"), ("ei", "ai"), ("ou", "u"),
          ("eau", "o"), ("au", "o"), ("ss", "s"), ("ll", "l"), ("tt", "t"), ("nn", "n"),
          ("mm", "m"), ("s(?=[aeiou])", "z"), ("z", "s"), ("c(?=[ei])", "s"), ("ch", "sh"),
          ("sch", "sh"), ("x", "ks"), ("gh", "g"), ("ae", "e"), ("oe", "e"), ("ee", "ea")]


def by_ear(text, dice):
    """Two spellings in words of five letters or more changed to others that sound alike."""
    changed = text
    for _ in range(2):
        places = [(found, sound) for letters, sound in SOUNDS
                  for word in re.finditer(r"[^\W\d_]{5,}", changed)
                  for found in re.compile(letters, re.I).finditer(changed, *word.span())]
        if not places:
            return None
        found, sound = dice.choice(places)
        changed = changed[:found.start()] + sound + changed[found.end():]
    return changed if changed.casefold() != text.casefold() else None


def without_accents(text):
    """As typed on a keyboard that has no accents; None when there are none."""
    text = text.replace("ß", "ss")
    spread = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return spread if spread != unicodedata.normalize("NFC", text) else None
