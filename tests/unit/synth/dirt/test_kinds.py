from hit_pipeline.synth.dirt.kinds import BY_NAME, KINDS, rates


def test_every_kind_has_a_name_of_its_own_a_family_and_words() -> None:
    assert len(BY_NAME) == len(KINDS)
    for kind in KINDS:
        assert kind.family.isalpha()
        assert 0 < kind.rate <= 1
        assert kind.unit
        assert kind.what


def test_without_dirt_nothing_has_a_rate() -> None:
    assert set(rates("none").values()) == {0.0}


def test_nasty_is_four_times_typical_up_to_nine_in_ten() -> None:
    typical, nasty = rates("typical"), rates("nasty")
    for kind in KINDS:
        assert typical[kind.name] == min(0.9, kind.rate)
        assert nasty[kind.name] == min(0.9, 4 * kind.rate)
