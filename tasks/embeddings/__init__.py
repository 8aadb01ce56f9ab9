"""Embedding methods: one a file, all with one shape, `fit(inputs, params) -> Embedding`.

To add a method: write its file, add one line to `registry.METHODS`, name it in `pipelines.yaml`.
"""
