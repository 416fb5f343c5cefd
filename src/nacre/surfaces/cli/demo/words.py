"""What the story says, in every language it is told in. Braces are filled in by the story; the keys are the same."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that a person's environment asks for (LC_ALL, LC_MESSAGES, LANG, in this order); else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


ENGLISH = {
    "intro": "A Postgres and a folder of files, both taken back to any second. All of this really happens, here and "
    "now; the times are measured.",
    "starting": "Nacre is not running yet: starting it in the background. `nacre down` stops it.",
    "shop": "A little shop",
    "shop-made": "{orders:,} orders, {customers:,} customers and {products} products in the database; {files} files "
    "in the folder: a program, its pages, pictures, settings, a link.",
    "checkpoint": "A name for this moment",
    "buying": "Customers buy",
    "bought": "{count} orders in {seconds:.0f} seconds. Each is a transaction of its own, and an invoice in a file. "
    "Nobody makes a backup.",
    "remember": "It is {moment}: {orders:,} orders worth {revenue} EUR, {files} files. Remember this second.",
    "wrong": "Then it goes badly wrong",
    "tidy": "A moment later somebody, or somebody's agent, is told to tidy up. A WHERE is forgotten, the wrong table "
    "goes, and the wrong folders.",
    "left": "The orders are gone, everything costs a cent, and {left} of {files} files are left.",
    "look": "Look at the past first",
    "look-why": "This asks the database and the files of {moment}. The present does not change.",
    "rewind": "Go back",
    "rewound": "Call to first query: {seconds}. Out of reach meanwhile: {downtime}. The connection string and the "
    "folder are still the same.",
    "proof-rows": "{orders:,} orders worth {revenue} EUR, prices as they were",
    "proof-files": "{files} files, SHA-256 over all of them {sha}… as it was",
    "undo": "A rewind can be undone",
    "undone": "The mess is back, exactly as it was: {left} files, no orders. And an undo can be undone as well:",
    "branch": "Or carry on beside it",
    "branch-why": "A branch from that same second: a Postgres, a folder and a time machine of its own. The shop is not "
    "touched by what happens there.",
    "yours": "The project {ref} is yours to play with ({seconds:.0f} seconds in all):",
    "open": "look around in the database",
    "folder": "its files",
    "log": "what happened, and when",
    "any": "any other moment: a checkpoint, a time, an age such as 90s",
    "delete": "throw it all away",
    "alias": "Where this says nacre, type {script}; or make the short name work:",
}

CHINESE = {
    "intro": "一个 Postgres、一个文件目录，一起回到任意一秒。下面的一切都是此时此地真实发生的，时间都是实测值。",
    "starting": "Nacre 尚未运行，正在后台启动；用 `nacre down` 停止。",
    "shop": "一家小店",
    "shop-made": "数据库里有 {orders:,} 笔订单、{customers:,} 位顾客、{products} 种商品；目录里有 {files} 个文件："
    "程序、页面、图片、配置，还有一个符号链接。",
    "checkpoint": "给这一刻起个名字",
    "buying": "顾客不断下单",
    "bought": "{seconds:.0f} 秒内 {count} 笔订单。每笔都是一个独立的事务，外加一份发票文件。没有人做过备份。",
    "remember": "现在是 {moment}：{orders:,} 笔订单，共 {revenue} 欧元，{files} 个文件。请记住这一秒。",
    "wrong": "然后出了大事",
    "tidy": "片刻之后，有人（或某个智能体）奉命“清理一下”：忘了写 WHERE，删错了表，也删错了目录。",
    "left": "订单全没了，所有商品只卖一分钱，{files} 个文件只剩 {left} 个。",
    "look": "先看看过去",
    "look-why": "查询的是 {moment} 的数据库和文件，现在的状态丝毫不变。",
    "rewind": "回溯",
    "rewound": "从发出命令到第一次查询：{seconds}；其间无法连接：{downtime}。连接串和目录都没有变。",
    "proof-rows": "{orders:,} 笔订单，共 {revenue} 欧元，价格如初",
    "proof-files": "{files} 个文件，全部内容的 SHA-256 {sha}… 与当时一致",
    "undo": "回溯也可以撤销",
    "undone": "那片狼藉原样回来了：{left} 个文件，没有订单。撤销本身也能撤销：",
    "branch": "或者在旁边另开一条路",
    "branch-why": "从同一秒拉出一个分支：有自己的 Postgres、自己的目录、自己的时间机器。那边发生什么，小店都不受影响。",
    "yours": "项目 {ref} 归你了，随便玩（全程 {seconds:.0f} 秒）：",
    "open": "进数据库看看",
    "folder": "它的文件",
    "log": "什么时候发生过什么",
    "any": "去往任意其他时刻：检查点、时间，或 90s 这样的时长",
    "delete": "全部删掉",
    "alias": "上面的 nacre 请换成 {script}；或者让短名字可用：",
}

WORDS: dict[Language, dict[str, str]] = {"en": ENGLISH, "zh": CHINESE}
