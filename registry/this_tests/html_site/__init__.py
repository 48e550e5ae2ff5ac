"""A site of static pages that shows the tests of a library, for projects without a tool that writes docs."""
