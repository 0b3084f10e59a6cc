"""The JSON writer against the standard library's."""
import json
import unittest

import case  # noqa: F401  (finds the package)
from takeout_generator.pretty import pretty

VALUES = ({}, [], {"a": []}, {"a": {"b": [1, 2.5, -3, True, False, None, "ü\n\"\\\u2028👍"]}, "ключ": [[], {}]}, [[1], [2, [3]]],
          {"e": 1e-7, "f": 34.0, "big": 1 << 62})


class Pretty(unittest.TestCase):
    def test_same_text_as_the_standard_library(self):
        for value in VALUES:
            for indent in (1, 2, 4):
                self.assertEqual(pretty(value, indent), json.dumps(value, indent=indent))
                self.assertEqual(pretty(value, indent, False), json.dumps(value, indent=indent, ensure_ascii=False))


if __name__ == "__main__":
    unittest.main()
