"""Google Takeout exports made up from a seed, with their truth known. README.md tells how to use them."""
