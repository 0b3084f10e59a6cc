#!/usr/bin/env python3
"""src/lake/http/page/embed.py leaves out only what means nothing."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/lake/http/page"))

from embed import literal_of, small_page, small_script, small_style  # noqa: E402


class Scripts(unittest.TestCase):
    def same(self, text, wanted):
        self.assertEqual(small_script(text), wanted + "\n")

    def test_comments_and_spaces_go(self):
        self.same("// first\nconst a = 1;  /* b */\n\n  f( a , 2 );\n", "const a=1;f(a,2);")
        self.same("if (a) {\n  b();\n} else {\n  c();\n}", "if(a){b();}else{c();}")

    def test_words_stay_apart(self):
        self.same("return typeof a in b", "return typeof a in b")
        self.same("a + +b - -c", "a + +b - -c")
        self.same("let a\nlet b", "let a\nlet b")

    def test_texts_stay(self):
        self.same("f('a  //  b', \"c  /* d */\", 'it\\'s  so');", "f('a  //  b',\"c  /* d */\",'it\\'s  so');")

    def test_templates_lose_their_indentation_alone(self):
        self.same("f(`a  // ${g({b: `c  ${'}'}`})}\n    d`);", "f(`a  // ${g({b: `c  ${'}'}`})}\nd`);")

    def test_regular_expressions_stay(self):
        self.same("a.replace(/ \\/ [ /] \"/g, b);", "a.replace(/ \\/ [ /] \"/g,b);")
        self.same("x = a / b / c; // d", "x=a / b / c;")


class Others(unittest.TestCase):
    def test_styles(self):
        self.assertEqual(small_style("a:hover, b > c {\n  margin: 0 auto; /* x */\n  color: red;\n}\n"), "a:hover,b > c{margin:0 auto;color:red}\n")
        self.assertEqual(small_style("a { width: calc(1px + 2px) }"), "a{width:calc(1px + 2px)}\n")

    def test_pages(self):
        self.assertEqual(small_page("<p>\n  a  b\n</p>\n"), "<p>\na  b\n</p>\n")

    def test_literals(self):
        self.assertEqual(literal_of(b'a"\\\n\xc3?'), '    "a\\"\\\\\\n\\303?"')


if __name__ == "__main__":
    unittest.main()
