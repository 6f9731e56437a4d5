"""What no message may carry, plain or disguised."""

import json

import pytest

from events.forbidden import forbid, forbid_in_title
from events.names import forbid_person
from tests.events.bad_fields import ID_NUMBER, PHONE
from tests.refused import refused


def said(data: str) -> tuple[str, str] | None:
    rejection = refused(lambda: forbid(data.encode()))
    return None if rejection is None else (rejection.code, rejection.field)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ('{"gender": "m"}', "gender"),
        ('{"a": [{"SEX" : 1}]}', "sex"),
        ('{"\\u0067ender": "m"}', "gender"),
        ('{"ｇender": "m"}'.replace("ｇ", "\\uff47"), "gender"),
        ('{"民族": "汉"}', "民族"),
        (json.dumps({"户口": "本地"}), "户口"),
        ('{"marital_status": null}', "marital_status"),
    ],
)
def test_protected_attributes(data: str, field: str) -> None:
    assert said(data) == ("discrimination", field)


@pytest.mark.parametrize(
    "data",
    [
        '{"skills": ["sex", "gender"]}',
        '{"name": "\\"gender\\": in quotes"}',
        '{"sextant": 1, "agender_id": 2, "essex": 3}',
        '{"title": "性别不限"}',
    ],
)
def test_words_that_only_look_like_protected_attributes(data: str) -> None:
    assert said(data) is None


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (f'{{"a": {{"b": ["x", "tel {PHONE}"]}}}}', "a.b[1]"),
        (f'{{"contact": {PHONE}}}', "contact"),
        (f'{{"{PHONE}": 1}}', "value"),
        (json.dumps({"t": "".join(chr(0xFF10 + int(digit)) for digit in PHONE)}), "t"),
        (json.dumps({"t": "\u200b".join(PHONE)}, ensure_ascii=False), "t"),
        (f'{{"t": "\\u0031{PHONE[1:]}"}}', "t"),
        (f'{{"who": "{ID_NUMBER}"}}', "who"),
        (f"not json {PHONE}", "value"),
    ],
)
def test_phone_and_id_numbers(data: str, field: str) -> None:
    assert said(data) == ("personal_data", field)


@pytest.mark.parametrize(
    "title",
    [
        "限女",
        "只招男工",
        "保安（要求男性）",
        "女士优先",
        "男工优先",
        "仅限汉族",
        "不要外地户口",
        "汉族采茶工",
        "少数民族优先",
        "本地户口保安",
        "限本地人",
        "藏族优先",
        "仅限本地居民",
        "限本地户籍",
        "Men only",
    ],
)
def test_titles_that_discriminate(title: str) -> None:
    rejection = refused(lambda: forbid_in_title(title))
    assert rejection is not None
    assert rejection.code == "discrimination_text"


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "欧阳震华",
        "李老板",
        "王大姐",
        "赵师傅",
        "阿卜杜拉·买买提",
        "古丽·巴哈尔",
        "Zhang San",
        "ZHANG SAN",
        "li wei",
        "Ouyang Zhen-Hua",
        "Mr. Li",
        "Wang师傅",
        "Li 老板",
        "J. R. Smith",
        "Smith, John",
        "Mary-Ann O'Neil",
        "José García Márquez",
        "Abdulla Memet",
        "ئابلەت تۇرسۇن",
        " 王丽",
        "李 建国",
        "王丽\u3000",
        " Zhang San ",
    ],
)
def test_names_that_look_like_a_persons(name: str) -> None:
    rejection = refused(lambda: forbid_person("employer_name", name))
    assert rejection is not None
    assert (rejection.code, rejection.field) == ("personal_name", "employer_name")
    assert name not in rejection.reason("zh-CN")


@pytest.mark.parametrize(
    "name",
    [
        "峨眉雪芽茶场",
        "王记面馆",
        "农家乐",
        "符溪镇战斗村",
        "四川某某建筑劳务有限公司",
        "Emei Tea Co.",
        "Emei Xueya Tea",
        "Smith and Sons",
        "Hotel Emei Shan",
        "KFC",
        "Huawei",
        "7-Eleven",
        "Sichuan Emei Mountain Cable Way",
        "峨眉 Coffee 馆",
    ],
)
def test_names_that_are_a_businesss(name: str) -> None:
    assert refused(lambda: forbid_person("employer_name", name)) is None


@pytest.mark.parametrize(
    "title",
    [
        "采茶工",
        "招男女工",
        "不限男女",
        "限女装店导购",
        "男女不限",
        "子女优先入学",
        "汉族舞蹈演员",
        "回民食堂厨师",
        "农村户口登记员",
        "城镇户口办理员",
        "本市户口迁移窗口",
        "农村户口簿档案整理员",
        "汉族民居修缮工",
        "民族优先股",
        "本地菜厨师",
        "women's shop",
    ],
)
def test_titles_that_do_not(title: str) -> None:
    assert refused(lambda: forbid_in_title(title)) is None
