// A target for the precompiled header of the tests.
