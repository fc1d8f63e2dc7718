"""Drafts of contracts: the one room that guesses, from a sample, what a contract would say.

Everywhere else a contract states and nothing is guessed (`hit_pipeline.sources`). What is written
here is read and corrected by a person before it is used: every doubt stands at its line. The words
it knows are data, in ``vocabulary.toml``, and in the contracts shipped with the package.
"""
