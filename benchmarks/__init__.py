"""The figures of docs/figures.md. `make bench` runs all, `make bench ARGS="pages"` one. They print, nothing asserts."""
