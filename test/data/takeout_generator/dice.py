"""Numbers, words and bytes drawn from a name: the same name gives the same values on every machine and Python."""
import base64
import functools
import hashlib

WORDS = (
    "amber anchor autumn basket beacon blanket bridge butter candle canyon carpet cedar cellar chapel cinder clover copper "
    "cotton cradle crystal dagger daisy desert dinner domino dragon ember engine falcon feather ferry fiddle forest fountain "
    "garden ginger glacier granite guitar hammer harbor harvest hazel helmet hollow honey island ivory jacket jasmine journey "
    "kettle kitchen ladder lantern lemon letter lily linen lumber magnet maple marble market meadow melody mirror mountain "
    "museum needle nickel oatmeal olive orchard oyster paddle paper parrot pebble pepper pillow pioneer planet pocket prairie "
    "pumpkin quarry quartz rabbit raisin ribbon river rocket saddle sailor salmon satin shadow shelter silver spider spring "
    "station summer sunset tailor temple thistle thunder ticket timber tulip tunnel turtle umbrella valley velvet village "
    "violin walnut whistle willow window winter wisdom yellow zephyr Zürich Ærø naïve 東京 さくら Žižkov Привет café").split()
NAMES = ("Ada Berg", "Bruno Klee", "Chiyo Tanaka", "Dora Novák", "Emil Østergaard", "Fatima Haddad", "Goran Petrović",
         "Hana Mori", "Ines Silva", "Jürgen Groß", "Kofi Mensah", "Li Wei")


class Dice:
    """Draws named by its arguments. Two Dice of one name give the same sequence."""
    __slots__ = ("name", "round", "bits")

    def __init__(self, *name):
        self.name, self.round, self.bits = "|".join(map(str, name)), 0, 0

    def below(self, limit):
        """A whole number in [0, limit); limit is at most 2**440."""
        if self.bits < limit << 40:
            digest = hashlib.blake2b(f"{self.name}|{self.round}".encode()).digest()
            self.bits, self.round = int.from_bytes(digest, "little"), self.round + 1
        self.bits, drawn = divmod(self.bits, limit)
        return drawn

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def chance(self, percent):
        return self.below(100) < percent

    def pick(self, options):
        return options[self.below(len(options))]

    def words(self, count):
        """At most sixty words."""
        number, limit, words = self.below(len(WORDS) ** count), len(WORDS), []
        for _ in range(count):
            number, at = divmod(number, limit)
            words.append(WORDS[at])
        return " ".join(words)

    def code(self, length):
        """At most seventy letters, digits, hyphens and underscores."""
        size = (length * 3 + 3) // 4
        return base64.urlsafe_b64encode(self.below(1 << 8 * size).to_bytes(size, "little"))[:length].decode()

    def spelled(self, length, alphabet):
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(length))

    def person(self):
        """(name, mail address) out of a small circle, so that people repeat."""
        at = self.below(len(NAMES))
        return NAMES[at], f"person{at}@example.com"


def noise(name, size, chunk=1 << 16):
    """`size` incompressible bytes named by `name`, in pieces of at most `chunk`."""
    for at in range(0, size, chunk):
        yield hashlib.shake_128(f"{name}|{at}".encode()).digest(min(chunk, size - at))


def prose(dice, size):
    """Text of at least `size` characters in short lines, for bodies whose content does not matter."""
    lines, length = [], 0
    while length < size:
        line = dice.pick(prose_lines())
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines)


@functools.lru_cache(1)
def prose_lines():
    dice = Dice("prose")
    return tuple(dice.words(9) for _ in range(1024))
