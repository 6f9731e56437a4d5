"""What of a title is noise, and what names the work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.occupations.cleaning import MAX_LENGTH, clean
from models.occupations.grams import grams

TITLES = st.text(
    st.one_of(
        st.sampled_from("招聘焊工急五险一金包吃住月薪双休（）()+/0123456789kK元北京市店员"),
        st.characters(),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("焊工", "焊工"),
        ("绍兴锦升塑业有限公司招聘机修工", "机修工"),
        ("销售工程师（十堰）", "销售工程师"),
        ("日薪179-190元直招分拣员", "分拣员"),
        ("月薪资10000+急招送餐员 包吃住", "送餐员"),
        ("普工10名", "普工"),
        ("数学老师（双休）", "数学老师"),
        ("软件销售助理五险一金", "软件销售助理"),
        ("石家庄汽车金融城市经理", "汽车金融城市经理"),
        ("ＨＲ经理", "hr经理"),
        ("叉车司机/搬运工", "叉车司机 搬运工"),
        ("", ""),
        ("！！！", ""),
    ],
)
def test_pay_perks_places_and_the_employer_are_noise(title: str, cleaned: str) -> None:
    assert clean(title) == cleaned


@pytest.mark.parametrize("title", ["招聘专员", "招聘经理", "培训讲师"])
def test_a_trade_that_sounds_like_noise_stays(title: str) -> None:
    assert clean(title) == title


@pytest.mark.parametrize("title", ["五险一金", "（兼职）", "北京"])
def test_a_title_that_is_all_noise_is_kept(title: str) -> None:
    assert clean(title)


@given(TITLES)
def test_cleaning_twice_is_cleaning_once(title: str) -> None:
    once = clean(title)
    assert clean(once) == once


@given(TITLES)
def test_cleaning_leaves_words_with_single_spaces_and_is_never_longer(title: str) -> None:
    cleaned = clean(title)
    assert cleaned == " ".join(cleaned.split())
    assert bool(cleaned) or not any(one.isalnum() for one in title[:MAX_LENGTH])


def test_a_very_long_title_is_read_up_to_a_bound() -> None:
    assert clean("焊工" * 100_000) == clean("焊工" * (MAX_LENGTH // 2))


def test_runs_mark_where_words_begin_and_end() -> None:
    assert grams("焊工") == ("焊", "工", "^焊", "焊工", "工$", "^焊工", "焊工$", "^焊工$")
    assert "工保" not in grams("焊工/保安")


@given(TITLES)
def test_a_run_stands_once(title: str) -> None:
    runs = grams(title)
    assert len(set(runs)) == len(runs)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("双福镇采茶工150一天", "采茶工"),
        ("符溪镇搬运工200元/天", "搬运工"),
        ("乡镇干部", "乡镇干部"),
    ],
)
def test_a_township_and_what_a_day_pays_are_noise(typed: str, kept: str) -> None:
    assert clean(typed) == kept
