"""Whose name it is: a business's and an office's may stand on the log, a person's never."""

import re
from itertools import pairwise
from typing import Final

from events.rejections import Rejection

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
_PLACE: Final = tuple("省市县区州镇乡村")
_OFFICE: Final = (*"委办股署", "中心", "窗口")
_WORK: Final = (
    "(?:仲裁|调解|立案|审判|审监|执行|速裁|派出|劳动|监察|执法|稽查|信访|人社|社保|医保|司法|民政|民事|刑事|行政|公安"
    "|住建|工会|综治|维权|工资|保障|就业|办公|财务|接待|值班|来访|咨询|法律|业务|综合)"
)
_COMPOUND: Final = (
    "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒"
    "|东方|端木|南宫|独孤|宇文|长孙|闻人|赫连|澹台|申屠"
)
_SURNAME: Final = (
    f"(?:{_COMPOUND}|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚"
    "卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤])"
)
# 仲裁庭, 监察科, 省厅: given names end like these, too, so that more must say what it is.
_ROOM: Final = re.compile(
    f"(?:[省市县镇乡][\u4e00-\u9fff]{{0,2}}|区?(?:法|{_WORK})|{_WORK}[一二三四五六七八九十]|[民刑][一二三四五六]?"
    f"|(?!{_COMPOUND})[\u4e00-\u9fff]{{2}}法(?=庭))[科室厅庭]"
)
_ENDS_OFFICE: Final = re.compile("(?:[委办股署局院所厅庭科室站会队部处]|中心|窗口)$")
_SOMEBODY: Final = re.compile(f"{_SURNAME}[\u4e00-\u9fff]{{1,2}}")
_BETWEEN: Final = re.compile(r"[\s,，、;；:：·/()（）—-]+")
_INSIDE: Final = re.compile("(?<=[\u4e00-\u9fff])\\s+(?=[\u4e00-\u9fff])")
_LETTERED: Final = re.compile(_LETTERS)
_OF_OFFICE: Final = re.compile(
    r"\b(?:arbitration|commission|committee|county|department|district|disputes?|government"
    r"|inspection|municipal|people|police|province|provincial|public|security|township|unions?)\b",
    re.IGNORECASE,
)
# Long, He, Song, Sun and Fan are English words as well.
_SURNAMES_IN_LETTERS: Final = re.compile(
    "wang|li|zhang|liu|chen|yang|huang|zhao|wu|zhou|xu|ma|zhu|hu|guo|lin|gao|luo|zheng|liang|xie"
    "|tang|han|feng|deng|cao|peng|zeng|xiao|tian|dong|yuan|pan|yu|jiang|cai|du|ye|cheng|su|wei|lu"
    "|ding|ren|shen|yao|cui|zhong|tan|jin|liao|jia|xia|fu|fang|bai|zou|meng|xiong|qin|qiu|yin|xue"
    "|yan|duan|lei|hou|tao|gu|mao|hao|gong|shao|qian|dai|mo|kong",
    re.IGNORECASE,
)


def forbid_person(field: str, name: str) -> None:
    """Raise Rejection when a name looks like that of a person: the log forgets nobody.

    Two to four Chinese characters are one unless they end as the names of shops and farms do, a
    space between them or none; two to four words in Latin or other letters unless one of them is a
    business's: Emei Xueya needs its Tea, as 雪芽 needs its 场. One word alone is a brand more often
    than a person, and is let pass.
    """
    name = _closed(name)
    is_short = _SHORT.fullmatch(name) is not None and not name.endswith(_BUSINESS)
    if is_short or _PERSON.fullmatch(name) or _is_person_in_letters(name):
        raise Rejection("personal_name", field)


def forbid_person_as_office(field: str, name: str) -> None:
    """The same of an office, whose names are other ones: 仲裁委, 信访办, Leshan Police.

    People are called 王庭 and 欧阳建庭: a room needs a word for what it is. Nobody may stand beside
    the office either: 信访办李建国, Li Ming (Labour Bureau).
    """
    parts = [part for part in _BETWEEN.split(name) if part]
    closed = _closed(name)
    if _is_beside(closed) or (len(parts) > 1 and any(map(_is_somebody, parts))):
        raise Rejection("personal_name", field)
    if _is_beside_in_letters(name):
        raise Rejection("personal_name", field)
    if not _is_office(closed) and not _is_office_in_letters(closed):
        forbid_person(field, closed)


def _closed(name: str) -> str:
    """李 建国 is 李建国."""
    return _INSIDE.sub("", name.strip())


def _is_office(name: str) -> bool:
    return name.endswith(_OFFICE) or _ROOM.fullmatch(name) is not None


def _is_beside(name: str) -> bool:
    """Whether a Chinese name begins with an office and ends with somebody."""
    return any(
        _is_somebody(name[at:]) for at in range(2, len(name)) if _ENDS_OFFICE.search(name[:at])
    )


def _is_somebody(part: str) -> bool:
    """Whether a part of an office's name is that of a person, and of no place, office or room."""
    is_named = _SOMEBODY.fullmatch(part) is not None
    return is_named and not _is_office(part) and not part.endswith((*_BUSINESS, *_PLACE))


def _is_office_in_letters(name: str) -> bool:
    """One word of an office is enough where no surname is: it could be Zhang Police."""
    words = _LETTERED.findall(name)
    has_surname = any(map(_SURNAMES_IN_LETTERS.fullmatch, words))
    return len(_OF_OFFICE.findall(name)) > has_surname


def _is_beside_in_letters(name: str) -> bool:
    """Whether a surname has another name beside it: Li Ming, of whatever office."""
    words = _LETTERED.findall(name)
    pairs = (pair for two in pairwise(words) for pair in (two, two[::-1]))
    return any(
        _SURNAMES_IN_LETTERS.fullmatch(surname) and not _says_what(other)
        for surname, other in pairs
    )


def _says_what(word: str) -> bool:
    return any(known.search(word) for known in (_OF_OFFICE, _OF_BUSINESS))


def _is_person_in_letters(name: str) -> bool:
    return _LATIN.fullmatch(name) is not None and _OF_BUSINESS.search(name) is None
