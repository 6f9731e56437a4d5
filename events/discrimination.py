"""What a posting's title may not ask for: a sex, ethnicity, religion, household register, health.

Employment Promotion Law art. 3 and 25 to 31. A title that names both sexes asks for neither; one
that names what is made, sold or cleaned (女装, 男浴室) or whom the work is for (残疾人护理员) asks
for nobody. That a place is kept for the disabled is lawful, so 残疾人优先 is.
"""

import re
from functools import cache
from typing import Final
from unicodedata import normalize

_NUMBER: Final = "(?:[0-9]+|[一二两三四五六七八九十]+)"
_SIGN: Final = r"[\s:：]*"
# The things, places, crafts and words that begin with a sex and say nothing of who is to come.
_BOTH: Final = r"(?:工|性|士|生)?[\s、，,/和或及与跟]*[男女]"
_THING: Final = (
    f"{_BOTH}"
    "|[鞋裤裙袜帽饰厕浴澡宾儿贞红篮乒团童孩宝婴巫娲王声贵仆衣]"
    "|装(?![卸修配车订])|包(?![装间])|服(?!务)|表(?!演)|科(?![员研])|足(?![疗浴底])|排(?!版)|优(?!先)"
    "|监(?![控工理督])|部(?!长)|更衣|性?卫生间|性?洗手间|子(?!优先)(?=[\u4e00-\u9fff])"
    "|(?:性|士)?(?:老人|老板|病人|病房|患者|客人|宾客|顾客|学员|住户|业主)"
    "|(?:性|士|生|工|员工|职工|式|用|款)*(?:"
    "用品|服[装饰]|制服|衣|装|内|鞋|包|帽|饰|表|宿舍|寝室|公寓|浴|澡|更衣|厕|健康|亚健康|专科|医院"
    "|专区|专车|理发|美发|护肤|护理中心|会所|健身|频道|杂志|香水|化妆"
    ")"
    "|工(?:作(?!人|者)|艺|程(?!师)|委)"
    "|演员|歌手|模特|高音|中音|低音|主角|配角"
)
_SEX: Final = f"(?:男|女)(?!{_THING})"
_ASKS: Final = (
    "(?:仅|只|限|不招|不要|不收|不用|要求|必须|须)(?:招|限|要|收|是|为)?"
    "|(?:招|聘|雇|请|找|需|要|募|收)(?:[聘募收用工请]|到)?"
    f"{_SIGN}(?:(?:若干|数|{_NUMBER})?[名个位人]?)?"
    f"|{_NUMBER}[名个位]"
    r"|岁(?:左右|以[上下内])?的?"
    rf"|性别(?:要求|限|为)?{_SIGN}"
)
# 招男、女工 asks for both, and so does what follows the first of them.
_ALONE: Final = (
    r"(?<![男女])(?<![男女][\s、，,/和或及与跟工])(?<!男工[\s、，,/和或及与跟])"
    "(?<![子妇儿少孙侄织仙神修])"
)
_JOB: Final = (
    "普通?工|杂工|帮工|工人?(?!作|艺|程|委|宿|装|服|鞋)|员工|职员|服务[员生]|保安|保洁|收银|营业员|店员|导购"
    "|文[员秘]|前台|客服|销售|业务员|技师|学徒|司机|厨|保姆|护工|护士|护理员|按摩|清洁|洗碗"
    "|(?:搬运|装卸|包装|缝纫|操作|采摘|采茶|挡车|焊)工|工程师|老师|教[师练]|助[理手]|秘书|主播|迎宾|管家|陪护|家政|育儿嫂"
)
_REFUSED: Final = (
    "(?:请?勿扰|请?勿来|请?勿进|免谈|谢绝|不招|不考虑|除外|莫扰"
    "|请?不要(?:来|打扰)?(?![\u4e00-\u9fff]))"
)
_REFUSES: Final = "(?:不要|不招|谢绝|拒绝|拒招|不接受|不考虑|不用|非诚勿扰)"
_PEOPLE: Final = "(?:人员|人士|群众|者|人|的)?"
_BELIEVERS: Final = (
    "(?:(?:有)?宗教(?:信仰|人士)|信教|信佛|信基督|信徒|佛教徒|基督徒|天主教徒|教徒|穆斯林|回民)"
)
_NATION: Final = (
    "(?:(?:汉|藏|羌|彝|回|苗|土家|蒙古|满|壮|侗|瑶|白|傣|纳西|维吾尔|维|少数民)族|少数民族|少民)"
)
_OUTSIDE: Final = "(?:外地|外省|外县|外村|农村|乡下|本地)"
_FROM: Final = "(?:户口|户籍|籍)?(?:来?的)?(?:人|民工|工)"
_UNWANTED: Final = (
    f"(?:残疾|残障|聋哑|盲人|乙肝(?:病毒)?(?:携带)?|{_BELIEVERS}|{_NATION}|{_OUTSIDE}{_FROM}"
    "|孕妇|已婚|未婚|已育|未育|妇女|(?:男|女)(?:性|士|生|工|的)?)"
)
_ENGLISH_JOB: Final = (
    "(?:workers?|staff|waiters?|cleaners?|guards?|cooks?|drivers?|pickers?|helpers?|cashiers?)"
)

_WAYS: Final = (
    # a sex that is asked for, in numbers, in brackets, at the end, or with an occupation
    rf"(?:{_ASKS}){_SEX}",
    f"{_ALONE}{_SEX}[\u4e00-\u9fff]{{0,6}}?{_SIGN}{_NUMBER}[名人位个]",
    rf"[（(【\[]\s*{_SEX}(?:性|士|生)?\s*(?=[)）】\],，、;；0-9])",
    rf"(?<![男女\s,，;；])[\s,，;；]+{_SEX}(?:性|士|生)?(?=$|[\s,，;；])",
    rf"{_ALONE}(?:男|女)(?!{_BOTH})(?:性|士|生)?(?:{_JOB})(?!宿舍|公寓|用品)",
    r"(?<!子)(?:男|女)(?:士|性|生|工)?优先",
    # an ethnicity: 汉族舞蹈演员 names a craft
    "(?:仅|只|限|不招|不要)(?:汉族|少数民族|本地(?:人|居民|户籍)|外地(?:人|户籍))",
    "汉族(?![舞歌乐服菜]|传统|民居)",
    f"(?:{_NATION}|本地(?:人|居民|户籍)|外地(?:人|户籍))优先",
    # a household register: 户口登记员 is an occupation
    "(?:本地|外地|本市|本县|本镇|外省|城镇|城市|农村|农业)户口"
    "(?!登记|普查|调查|管理|办理|迁移|代办|簿|本|窗口)",
    "(?:仅|只|限)[招限要收]?(?:本地|本村|本镇|本县|本市)(?:的|村民|农民|人)?(?![\u4e00-\u9fff])",
    "(?:仅|只|限)[招限要收]?(?:本地|本村|本镇|本县|本市)(?:的|村民|农民|人)",
    "本地优先(?![\u4e00-\u9fff])",
    # a belief, and whoever is not wanted
    f"(?:仅|只|限|要求|须|需){_SIGN}[招限要收]?{_BELIEVERS}(?!食堂|餐|饭|[中小]学|学校)",
    f"{_BELIEVERS}{_PEOPLE}优先",
    "无宗教信仰|不信教",
    f"(?:{_UNWANTED}|{_OUTSIDE}){_PEOPLE}{_SIGN}{_REFUSED}",
    f"{_REFUSES}{_SIGN}{_UNWANTED}(?!{_THING})",
    r"\b(?:men|women|males?|females?) only\b",
    rf"(?<!male and )(?<!male or )(?<!male/)\b(?:male|female) {_ENGLISH_JOB}\b",
    r"\bno (?:men|women|males?|females?|disabled|muslims?|christians?|outsiders)\b",
)


@cache
def _discriminates() -> re.Pattern[str]:
    """Made when first asked: it takes 50 ms, and most processes see no title."""
    return re.compile("|".join(_WAYS), re.IGNORECASE)


def what_discriminates(title: str) -> str | None:
    """The words of a title that ask for what one is; None when it asks for none."""
    found = _discriminates().search(normalize("NFKC", title))
    return None if found is None else found.group()
