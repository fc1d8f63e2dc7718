"""The tests. Every directory of tests is a package, so that none can hide one of ours."""
