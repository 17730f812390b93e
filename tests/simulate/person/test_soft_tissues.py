import numpy as np

from spinegrader.simulate.person.shapes import Variant
from spinegrader.simulate.person.soft_tissues import draw_physique, draw_soft_tissues


def drawn(variant=Variant.USUAL, sex="F", count=400):
    rng = np.random.default_rng(3)
    physiques = [draw_physique(sex, float(rng.standard_normal()), rng) for _ in range(count)]
    return physiques, [draw_soft_tissues(sex, each, variant, rng) for each in physiques]


def column(tissues, name):
    return np.array([getattr(each, name) for each in tissues])


def test_heavy_people_have_more_fat_and_larger_bellies():
    physiques, tissues = drawn()
    bmi = np.array([physique.bmi for physique in physiques])
    for name, least in (("fat_mm", 0.6), ("belly_mm", 0.8), ("muscle_fat", 0.2)):
        assert np.corrcoef(bmi, column(tissues, name))[0, 1] > least


def test_men_have_more_muscle_and_women_more_fat():
    women, men = drawn(sex="F")[1], drawn(sex="M")[1]
    assert column(men, "muscle_mm").mean() > 1.1 * column(women, "muscle_mm").mean()
    assert column(women, "fat_mm").mean() > 1.2 * column(men, "fat_mm").mean()


def test_cord_sac_and_aorta_end_where_they_do_in_people():
    tissues = drawn()[1]
    conus = column(tissues, "conus")
    # The lower third of L1; from T12's middle to L3's upper third.
    assert 1.4 < conus.mean() < 1.7
    assert conus.min() >= 0.35
    assert conus.max() < 3.3
    # The upper third of S2, from L5/S1 to S3.
    assert 1.1 < column(tissues, "sac_end").mean() < 1.5
    fork = column(tissues, "fork_level")
    assert 0.58 < np.mean((fork > 0) & (fork < 0.72)) < 0.76


def test_the_aorta_forks_higher_above_a_sacralised_l5():
    usual, sacralised = drawn()[1], drawn(Variant.SACRALISED)[1]
    assert np.mean(column(sacralised, "fork_level") < 0) > 0.55
    assert column(sacralised, "conus").mean() < column(usual, "conus").mean() - 0.2
