"""The pages that are shown in place of people's content: small, whole in themselves, English and Chinese."""

from html import escape
from string import Template
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

Kind = Literal[
    "starting", "crashed", "signed-out", "no-access", "nothing", "no-app", "stopped", "silent", "restarting",
    "too-large", "failed", "unknown", "too-many", "other-site", "refused", "lacking",
]  # fmt: skip

SHOWN = "X-Nacre-Page"
"""The header by which such a page, in place of what an app answers, says which it is."""

# Each: title and sentence, in the order of LANGUAGES.
_WORDS: dict[Kind, tuple[tuple[str, str], tuple[str, str]]] = {
    "starting": (
        ("Starting", "This page appears by itself as soon as it answers."),
        ("正在启动", "就绪后，本页会自动显示。"),
    ),
    "crashed": (
        ("It ended with an error", "These were its last words. It is started again as soon as its files change."),
        ("程序异常退出", "以下是它最后的输出。文件改动后会重新启动。"),
    ),
    "refused": (
        ("It cannot be started", "This is why. It is tried again as soon as its files change."),
        ("无法启动", "原因如下。文件改动后会再次尝试。"),
    ),
    "lacking": (
        ("It cannot be opened", "This is why. This page tries again by itself."),
        ("无法打开", "原因如下。本页会自动重试。"),
    ),
    "signed-out": (
        ("Please sign in", "This page is only for people of this Nacre. Open the console and sign in, then come back."),
        ("请先登录", "此页面仅供本 Nacre 的用户访问。请打开控制台登录后再回来。"),
    ),
    "no-access": (
        ("This is not yours to see", "You are signed in, but not a member of this project. Its admins can add you."),
        ("没有访问权限", "您已登录，但不是该项目的成员。项目管理员可以添加您。"),
    ),
    "nothing": (
        ("Nothing runs here", "There is nothing at this address. The console shows what there is."),
        ("这里没有运行任何内容", "此地址没有内容。控制台中可以看到现有的内容。"),
    ),
    "no-app": (
        ("There is no such app", "No app is published at this address."),
        ("没有这个应用", "此地址没有已发布的应用。"),
    ),
    "stopped": (
        ("This app is stopped", "Its owner has stopped it. It comes back at this address when it is started again."),
        ("应用已停止", "所有者已停止此应用。重新启动后，它会在此地址恢复。"),
    ),
    "silent": (
        ("It does not answer", "The program behind this page is not there just now. This page tries again by itself."),
        ("没有响应", "此页面背后的程序暂时不在。本页会自动重试。"),
    ),
    "restarting": (
        ("Nacre is starting", "This page tries again by itself."),
        ("Nacre 正在启动", "本页会自动重试。"),
    ),
    "too-large": (
        ("That is too large", "More was sent than is taken here."),
        ("内容过大", "发送的内容超过了这里允许的大小。"),
    ),
    "failed": (
        ("That did not work", "The request could not be passed on. The gateway's log says why."),
        ("出错了", "无法转发该请求。网关日志中有原因。"),
    ),
    "unknown": (
        ("There is nothing here", "The address may be mistyped."),
        ("这里什么也没有", "地址可能输入有误。"),
    ),
    "too-many": (
        ("Too many requests", "Wait a moment, then try again."),
        ("请求过多", "请稍候再试。"),
    ),
    "other-site": (
        ("Another site asked for this", "Pages of another address may not call this one in your name."),
        ("请求来自其他站点", "其他地址的页面不能以您的名义调用此页面。"),
    ),
}  # fmt: skip
_TRY_AGAIN_S: dict[Kind, int] = {"starting": 1, "crashed": 3, "refused": 3, "lacking": 3, "silent": 2, "restarting": 2}
_DOCUMENT_LANGUAGES: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
"""The content security policy of every such page."""

_PAGE = Template("""<!doctype html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
$refresh<title>$title</title><style>
:root{color-scheme:light dark;--ground:#f6f5f3;--ink:#26262b;--soft:#6b6a72;--line:#dddbd6}
@media(prefers-color-scheme:dark){:root{--ground:#17171a;--ink:#e9e8ec;--soft:#9b9aa3;--line:#35343a}}
body{margin:0;min-height:100vh;display:grid;place-content:center;background:var(--ground);color:var(--ink);
font:14px/1.6 system-ui,sans-serif;padding:24px;box-sizing:border-box}
main{max-width:640px}h1{font-size:20px;font-weight:600;margin:0 0 8px}p{margin:0;color:var(--soft)}
pre{margin:16px 0 0;padding:12px;border:1px solid var(--line);border-radius:6px;max-height:50vh;overflow:auto;
font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
</style></head><body><main><h1>$title</h1><p>$sentence</p>$log</main></body></html>
""")


def page(kind: Kind, language: Language, log: str = "") -> str:
    """The page, with the end of a log when there is one."""
    title, sentence = _WORDS[kind][LANGUAGES.index(language)]
    wait_s = _TRY_AGAIN_S.get(kind)
    return _PAGE.substitute(
        lang=_DOCUMENT_LANGUAGES[language],
        refresh=f'<meta http-equiv="refresh" content="{wait_s}">\n' if wait_s else "",
        title=escape(title),
        sentence=escape(sentence),
        log=f"<pre>{escape(log)}</pre>" if log else "",
    )


def language_of(accept: str) -> Language:
    """The first language that an Accept-Language header asks for, if it is one of ours, else English."""
    return "zh" if accept.strip().lower().startswith("zh") else "en"
