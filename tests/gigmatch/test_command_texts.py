"""What a command says stands in the translation table, so it comes in the language asked for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import msgspec
import numpy as np
import pytest

from events.facts import Fact, JobCancelled, WorkerUnavailable
from events.texts import table
from models.evidence import bootstrap
from tests.matching.scenario import JOB, WORKER
from tests.town import ZONE
from tests.typed import Said, typed
from tests.worlds import record_of

COMMANDS = sorted(Path("gigmatch/commands").glob("*.py"))
SAYING = {
    *("echo", "print", "BadParameter", "UserError"),
    *("Table", "add_column", "add_row", "add_task", "status", "track"),
}
"""What is called with what a person reads."""
IN_THEM = {"join"}
WORD = re.compile(r"[A-Za-z]{2,}")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z]{2,}")
NO_TEXTS = {
    # Kept in a release as what it was trained on, not only printed.
    "offers and answers of the given logs, not described further",
    "offers and answers of the market's own log",
    # What one types.
    "  export GIGMATCH_ENV=",
    " top                              # ",
    " station-key create 511181-05     # ",
    # How it is drawn.
    "[bold]",
    "[/bold] (",
    # For logs and for /healthz.
    "the log's clock is ahead: the town begins there",
    "the town has not begun yet",
    "the thread of the notices has ended",
}


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """What a node is made of, without docstrings, annotations, --help and forms of numbers."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.keyword(arg="help" | "metavar"):
            return
        case ast.arg() | ast.AnnAssign(value=None):
            return
        case ast.AnnAssign(value=ast.expr() as value):
            yield value
        case ast.FormattedValue(value=value):
            yield value
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (node.args, *node.body, *node.decorator_list)
        case _:
            yield from ast.iter_child_nodes(node)


def strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in inside(node):
        yield from strings(child)


def calls(node: ast.AST) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call):
        yield node
    for child in inside(node):
        yield from calls(child)


def said(node: ast.AST) -> Iterator[str]:
    """The strings that end up in what is said, not the names by which it is found."""
    match node:
        case ast.Constant(value=str() as value):
            yield value
        case ast.Call() if name_of(node) not in IN_THEM:
            return
        case ast.Subscript() | ast.keyword():
            return
        case ast.GeneratorExp(elt=each) | ast.ListComp(elt=each):
            yield from said(each)
        case _:
            for child in inside(node):
                yield from said(child)


def untranslated(source: str) -> set[str]:
    tree = ast.parse(source)
    sentences = {one for one in strings(tree) if SENTENCE.search(one)}
    words = {
        one
        for call in calls(tree)
        if name_of(call) in SAYING
        for argument in call.args
        for one in said(argument)
        if WORD.search(one)
    }
    return (sentences | words) - NO_TEXTS


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_a_command_says_nothing_that_is_not_in_the_table(path: Path) -> None:
    assert untranslated(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('typer.echo(f"made {path}")', {"made "}),
        ('typer.echo(say("secured.made", path=path))', set()),
        ('raise typer.BadParameter("no zone", param_hint="--zone")', {"no zone"}),
        ('table.add_row("-", f"{brief[\'sequence\']}{figure:.4f} to")', {" to"}),
        ('console.print("\\n".join(f"against: {one}" for one in all))', {"against: "}),
        ('Table(*(say(f"access.{name}") for name in ("role", "reads")))', set()),
        ('WHY = "it is over now"', {"it is over now"}),
        ('def f(a: "list of str") -> "set of str":\n    """It is so."""', set()),
        ('typer.Option("--json", help="Print JSON for machines.")', set()),
    ],
)
def test_what_is_not_in_the_table_is_found(source: str, found: set[str]) -> None:
    assert untranslated(source) == found


ROOMS = ("gigmatch", "producers", "models", "streams", "gateway")
PROGRAMS = sorted(path for room in ROOMS for path in Path(room).rglob("*.py"))
KEYED = {
    **dict.fromkeys(("say", "misuse", "text", "in_each_language", "SaidError"), ""),
    **dict.fromkeys(("ProcessDied", "NotReadyInTime", "NoPortFree", "GaveUp", "AccessError"), ""),
    **dict.fromkeys(("KafkaAddressError", "RedisAddressError"), ""),
    **dict.fromkeys(("LogError", "PersonsError", "LostError", "SecretError"), ""),
    **dict.fromkeys(("ContactsError", "ContactsAwayError"), ""),
    **dict.fromkeys(("DeliveryError", "StoreError", "SealedError", "LogTruncatedError"), ""),
    "TrainingError": "training.",
    "TableError": "table.",
    "ReleaseError": "release.",
}
"""What takes a key of the table, and what its text is filled with; what stands before the key."""
KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def test_every_text_that_is_named_is_there_and_filled() -> None:
    wrong = []
    for path in PROGRAMS:
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            before = KEYED.get(name_of(call))
            constants = (getattr(one, "value", None) for one in call.args[:2])
            named = next((one for one in constants if isinstance(one, str)), "")
            key = f"{before}{named}"
            if before is None or not KEY.fullmatch(key):
                continue
            given = {keyword.arg for keyword in call.keywords}
            wanted = {name for _, name, _, _ in Formatter().parse(table()[key]["en"]) if name}
            if None not in given and not wanted <= given:
                wrong.append((path, call.lineno, key, wanted - given))
    assert wrong == []


def chinese(*arguments: str, **env: str) -> Said:
    """What a command answers to somebody who reads Chinese."""
    return typed(*arguments, env={"GIGMATCH_LANGUAGE": "zh-CN", **env})


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (("publish", "/nowhere.json"), 1, ("错误：/nowhere.json 不存在：请核对路径",)),
        (("replay", "a", "--record", "a"), 2, ("正在读写的文件不能再写一遍",)),
        (("explain", "J-1", "--zone", "here"), 2, ("区县代码是六位数字",)),
        (("simulate", "--model", "rules:v9"), 2, ("“rules:v9”不在版本库里",)),
        (("model", "show", "rules:v1"), 0, ("内置规则，没有经过训练",)),
        (("model", "show", "sha256:77"), 1, ("错误：没有版本 sha256:77。",)),
        (("model", "show", "newest"), 0, ("天的邀约", "最后一段时间", "应邀: 模型", "逻辑回归")),
        (("model", "diff", "newest", "rules:v1"), 1, ("rules:v1 是内置规则，没有经过训练",)),
        (("model", "release", "77"), 1, ("没有候选版本 77",)),
        (("model", "train", "README.md"), 1, ("README.md 第 1 行不是日志记录",)),
        (("dataset", "README.md", "--out", "no"), 1, ("README.md 第 1 行不是日志记录",)),
        (("model", "list"), 0, ("编号", "版本", "训练数据")),
        (("model", "diff", "newest", "newest"), 0, ("只有一方有的特征：无", "偶然的校准误差")),
        (("model", "retrain", "--every", "7"), 1, ("“7”不是时间间隔",)),
        (("what-if", "--policy", "{}"), 2, ("请另写一个 --model",)),
        (("contacts", "rotate"), 1, ("没有加密联系方式的密钥",)),
        (("access",), 0, ("身份", "可读", "所属消费组")),
        (("access", "--user", "nobody"), 2, ("nobody 不在 ",)),
        (("config",), 0, ("设置", "来自", "GIGMATCH_LANGUAGE")),
        (("dead-letters", "replay"), 2, ("请写一个来处 ORIGIN",)),
        (("station-key", "create", "5"), 2, ("驿站请写成 511181-05 这样",)),
        (("operator-key", "create", "Li", "--role", "chief"), 2, ("身份只有",)),
        (("quarantine", "release", "5"), 2, ("驿站请写成 511181-05 这样",)),
        (("quarantine", "list"), 1, ("GIGMATCH_SCRAPE 没有写任何进程",)),
        (("outbox", "--station", "5", "--data", "x"), 2, ("“5”不是驿站",)),
        (("import", "crowd-tasks", ".", "--date", "soon"), 2, ("“soon”不是日期",)),
        (("limits", "here"), 2, ("区县代码是六位数字",)),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, tuple) else None,
)
def test_a_command_answers_in_chinese(
    arguments: tuple[str, ...], code: int, parts: tuple[str, ...]
) -> None:
    said = chinese(*arguments)
    assert said.code == code, said.err
    assert [part for part in parts if part not in said.out + said.err] == []


WRONG_USE = [
    (("pubish",), "没有命令 'pubish'。是不是 'publish'？"),
    (("nothing-like-it",), "没有命令 'nothing-like-it'。"),
    (("publish",), "缺少参数 'file'。"),
    (("dataset", "README.md"), "缺少选项 '--out'。"),
    (("simulate", "--sed", "3"), "没有选项 --sed（相近的有 --seed）"),
    (("limits", "--qqq"), "没有选项 --qqq"),
    (("up", "one", "two"), "多写了参数：one two"),
    (("simulate", "--days"), "选项 '--days' 后面要写一个值。"),
    (("limits", "--json=3"), "选项 '--json' 后面不能写值。"),
    (("up", "--speed", "no"), "'--speed' 填写有误：应为数字"),
    (("model", "train", "README.md", "--partitions", "0"), "'--partitions' 填写有误：应不小于 1"),
    (("model", "train", "/nowhere"), "'logs' 填写有误：文件 '/nowhere' 不存在。"),
    (("model", "train", "docs"), "'docs' 是文件夹，不是文件。"),
    (("explain", "J-1", "--zone", "here"), "--zone 填写有误：区县代码是六位数字，例如 511181"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG_USE, ids=lambda value: str(value[0]))
def test_wrong_use_is_told_in_chinese(arguments: tuple[str, ...], told: str) -> None:
    said = chinese(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(f"{told}\n")
    assert "错误：" in said.err
    assert not re.search(r"\b(Usage|Try|Error|Missing|Invalid|Input|Option)\b", said.err)
    told_in_english = typed(*arguments, env={"GIGMATCH_LANGUAGE": "en"})
    assert told_in_english.code == 2
    assert "Error: " in told_in_english.err


HOW = {
    "zh-CN": (r"用法：.*gigmatch up \[OPTIONS\]", r"说明请看 '.*gigmatch up --help'。", ""),
    "en": (r"Usage: .*gigmatch up \[OPTIONS\]", r"Try '.*gigmatch up --help' for help\.", ""),
}


@pytest.mark.parametrize("language", HOW)
def test_how_a_command_is_used_is_told_with_what_was_wrong(language: str) -> None:
    lines = typed("up", "--speed", "no", env={"GIGMATCH_LANGUAGE": language}).err.splitlines()
    assert len(lines) == 4
    assert all(map(re.fullmatch, HOW[language], lines))


def test_a_group_without_a_command_shows_its_help() -> None:
    said = chinese("import")
    assert said.code == 2
    assert "crowd-tasks" in said.err


def test_what_is_wrong_with_a_file_is_told_in_chinese(tmp_path: Path) -> None:
    log, policy = tmp_path / "log", tmp_path / "policy"
    log.write_text('{"topic": 1}\n')
    said = chinese("explain", "J-1", "--log", str(log))
    assert "第 1 行：" in said.err
    assert "Expected" not in said.err
    assert "Object" not in said.err
    policy.write_text('{"mode": "at_random"}')
    said = chinese("what-if", "--policy", str(policy), "--log", str(log))
    assert "没有 'at_random' 这个选项" in said.err
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("year: soon\n")
    asked = ("import", "jobs", "README.md", "--station", "511181-05", "--map", str(mapping))
    assert "应为整数或空值，实为文字" in chinese(*asked, "--dry-run", "--offline").err


def test_a_folder_without_the_contest_data_is_told() -> None:
    asked = ("import", "crowd-tasks", "/nowhere", "--dry-run")
    assert chinese(*asked).err.startswith("错误：缺少 /nowhere/members.csv：")


def test_a_wrong_address_is_told_in_chinese() -> None:
    said = chinese("topics", GIGMATCH_KAFKA="sasl_ssl://me@host:1")
    assert said.err.startswith("错误：'sasl_ssl://me@host:1' 不是 Kafka 的地址：有用户名就要有")
    assert len(said.err.splitlines()) == 1


def write_log(path: Path, *facts: Fact) -> str:
    lines = (msgspec.json.encode(record_of(fact, n)) for n, fact in enumerate(facts))
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


def test_why_there_is_no_explanation_is_told_in_chinese(tmp_path: Path) -> None:
    gone = WorkerUnavailable(worker_id="W-1", zone=ZONE)
    log = write_log(tmp_path / "log", WORKER, JOB, JobCancelled(zone=ZONE, job_id="J-1"), gone)
    asked = ("explain", "J-1", "--log", log)
    assert f"区县 {ZONE} 没有务工人员 W-9" in chinese(*asked, "--worker", "W-9").err
    closed = chinese(*asked, "--worker", "W-1").err
    assert "J-1 已取消，不再邀约任何人；务工人员 W-1 现在也没有在找活" in closed
    assert "岗位 J-1 已取消：只有招人中的岗位可以改条件" in chinese(*asked, "--what-if").err
    assert "日志里没有岗位 J-9" in chinese("explain", "J-9", *asked[2:]).err
    elsewhere = chinese(*asked, "--zone", "110105").err
    assert "区县 110105 的日志里没有岗位 J-1（不写 --zone 就各区县都找）" in elsewhere
    open_job = write_log(tmp_path / "open", WORKER, JOB, gone)
    away = chinese("explain", "J-1", "--log", open_job, "--worker", "W-1").err
    assert f"务工人员 W-1 现在没有在区县 {ZONE} 找活" in away
    (tmp_path / "odd").write_text("hello\n")
    assert "odd 第 1 行：" in chinese("explain", "J-1", "--log", str(tmp_path / "odd")).err


def test_what_was_made_is_told_in_chinese(tmp_path: Path) -> None:
    made = ("secured", str(tmp_path / "secured"))
    assert f"已生成 {tmp_path}/secured/ca.pem" in chinese(*made).out
    assert chinese(*made).out == f"{tmp_path}/secured 里已经齐全\n"
    stale = chinese("contract", "--check", "--folder", str(tmp_path))
    assert "已过时：asyncapi.yaml；请运行 `gigmatch contract`" in stale.err


def test_contest_data_is_told_of_in_chinese(tmp_path: Path) -> None:
    rows = {
        "members.csv": "member_id,lat,lon,task_quota,booking_opens_at,reputation\n"
        "B1,23.10,113.30,2,06:30:00,10.5\nB2,north,113.31,1,08:00:00,1\n",
        "tasks.csv": "task_id,lat,lon,price_cny,completed\nA1,23.11,113.30,66.0,0\n",
        "new_tasks.csv": "task_id,lat,lon\nC1,23.14,113.30\n",
    }
    for name, content in rows.items():
        (tmp_path / name).write_text(content)
    asked = ("import", "crowd-tasks", str(tmp_path), "--date", "2030-05-06", "--dry-run")
    said = chinese(*asked)
    assert (said.code, said.out.splitlines()[0]) == (0, "试运行，没有发布")
    assert said.out.endswith("已答复的邀约: 0\n有问题的行: 1\n")
    assert "“north”不是数字" in "".join(said.err.split())
    strict = chinese(*asked, "--strict")
    assert (strict.code, strict.out) == (1, "")
    assert "什么也没有发布：请改好这些行，或不写 --strict" in strict.err


def test_every_measure_of_the_evidence_has_a_text() -> None:
    labels, p, weights = np.array([True, False]), np.array([0.7, 0.2]), np.ones((1, 2))
    measures = bootstrap.metrics(labels, p, weights)
    assert {f"model.measure.{name}" for name in measures} <= set(table())
