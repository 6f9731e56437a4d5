"""What no message may carry: protected attributes, phone or ID numbers, names of people."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from events.discrimination import what_discriminates
from events.first_look import PROTECTED
from events.personal import holds_personal_data, plain
from events.rejections import Rejection

_NAMES: Final = "|".join(PROTECTED)
_QUOTED: Final = re.compile(f'"(?:{_NAMES})"'.encode())  # quick to search for, also finds values
_PROTECTED: Final = re.compile(f'"({_NAMES})"\\s*:'.encode())

_SHORT: Final = re.compile("[\u4e00-\u9fff]{2,4}")
_LETTERS: Final = "(?:(?![\u3400-\u9fff])[^\\W\\d_])+"
_PERSON: Final = re.compile(
    f"(?:[\u4e00-\u9fff]{{1,4}}|{_LETTERS}) ?"
    "(?:先生|女士|小姐|老板|老师|师傅|大爷|大娘|大叔|大姐|大哥|阿姨|叔|哥|姐)"
    "|[\u4e00-\u9fff]{1,12}(?:·[\u4e00-\u9fff]{1,12})+"
)
# Zhang San, J. Smith, O'Neil Mary-Ann, Mr Li, ئابلەت تۇرسۇن: two to four words of letters alone.
_WORD: Final = f"{_LETTERS}(?:['’ʼ-]{_LETTERS})*\\.?"
_LATIN: Final = re.compile(f"{_WORD}(?:(?: *[,·] *| +){_WORD}){{1,3}}")
_OF_BUSINESS: Final = re.compile(
    r"\b(?:"
    "academy|agency|bakery|bank|bar|beauty|brothers|building|bureau|cafe|canteen|care"
    "|cargo|catering|center|centre|chain|city|cleaning|clinic|club|co|coffee|college"
    "|company|construction|cooperative|corp|corporation|courier|court|delivery|design"
    "|development|dining|electric|electronics|engineering|enterprise|enterprises|estate"
    "|express|factory|farm|farms|fashion|food|foods|foundation|fruit|furniture|garage"
    "|garden|gardens|gmbh|grill|group|guesthouse|gym|holdings|home|homestay|hospital"
    "|hostel|hotel|house|inc|industrial|industries|industry|inn|institute"
    "|international|kindergarten|kitchen|lab|labor|labour|laundry|limited|llc|lodge"
    "|logistics|lounge|ltd|machinery|mall|manor|manufacturing|market|mart|media|mill"
    "|motors|museum|noodle|noodles|office|orchard|pharmacy|pizza|plant|plantation"
    "|plaza|printing|property|pub|repair|resort|restaurant|salon|school|service|services"
    "|shop|silk|solutions|sons|spa|square|store|stores|street|studio|supermarket|supplies"
    "|supply|tea|teahouse|tech|technology|textile|textiles|the|tower|town|trade"
    "|trading|transport|travel|university|villa|village|warehouse|winery|works"
    "|workshop"
    r")\b",
    re.IGNORECASE,
)
_BUSINESS: Final = tuple("厂店馆园场社队坊行铺楼庄院校所站局部处村组会司团市苑乐宿栈吧轩阁府斋")
_OFFICE: Final = (*"委办股署", "中心", "窗口")
# 仲裁庭, 监察科, 省厅: given names end like these, too, so that more must say what it is.
_ROOM: Final = re.compile(
    "(?:[\u4e00-\u9fff]{3}|[省市县镇乡法民]|[省市县区镇乡]法|仲裁|调解|立案|审判|速裁|派出|劳动|监察"
    "|执法|稽查|信访|人社|社保|医保|司法|民政|公安|住建|工会|综治|维权|保障|就业|办公|接待|值班|来访|咨询"
    "|法律|业务|综合)[科室厅庭]"
)
_OF_OFFICE: Final = re.compile(
    r"\b(?:arbitration|commission|committee|county|department|district|disputes?|government"
    r"|inspection|municipal|people|police|province|provincial|public|security|township|unions?)\b",
    re.IGNORECASE,
)


def forbid(data: bytes) -> None:
    """Raise Rejection when JSON data carries what no message may."""
    written = plain(data)
    small = written.lower()
    if _QUOTED.search(small) and (protected := _PROTECTED.search(small)):
        raise Rejection("discrimination", protected.group(1).decode())
    if holds_personal_data(written):
        raise Rejection("personal_data", _where(written))


def forbid_in_title(title: str) -> None:
    """Raise Rejection when a posting's title asks for what somebody is, not for what they can."""
    if (found := what_discriminates(title)) is not None:
        raise Rejection("discrimination_text", "title", value=found)


def forbid_person(field: str, name: str) -> None:
    """Raise Rejection when a name looks like that of a person: the log forgets nobody.

    Two to four Chinese characters are one unless they end as the names of shops and farms do; two
    to four words in Latin or other letters unless one of them is a business's: Emei Xueya needs its
    Tea, as 雪芽 needs its 场. One word alone is a brand more often than a person, and is let pass.
    """
    name = name.strip()
    is_short = _SHORT.fullmatch(name) is not None and not name.endswith(_BUSINESS)
    if is_short or _PERSON.fullmatch(name) or _is_person_in_letters(name):
        raise Rejection("personal_name", field)


def forbid_person_as_office(field: str, name: str) -> None:
    """The same of an office, whose names are other ones: 仲裁委, 信访办, Leshan Public Security.

    People are called 王庭, and could be Zhang Police: a room needs a word for what it is behind it,
    or three characters, and in English two words must be of an office.
    """
    name = name.strip()
    is_office = name.endswith(_OFFICE) or _ROOM.fullmatch(name) is not None
    if not is_office and len(_OF_OFFICE.findall(name)) < 2:
        forbid_person(field, name)


def _is_person_in_letters(name: str) -> bool:
    return _LATIN.fullmatch(name) is not None and _OF_BUSINESS.search(name) is None


def _where(data: bytes) -> str:
    """The path of the first field that holds a phone or ID number."""
    try:
        leaves = _leaves(msgspec.json.decode(data))
        return next((p for p, leaf in leaves if holds_personal_data(leaf.encode())), "value")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "value"


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text and number of decoded JSON with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield "value", str(key)
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path or "value", str(value)
