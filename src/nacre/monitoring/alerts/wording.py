"""The words of messages, in the languages that people may be told in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nacre.monitoring.alerts.rules import DEFAULTS, Level


@dataclass(frozen=True)
class Wording:
    """`titles` are those of Nacre's own rules, as they came; one that people wrote is told as they wrote it."""

    over: str
    alerts: Callable[[int], str]
    are_over: Callable[[int], str]
    more: Callable[[int], str]
    since: str
    value: str
    bound: str
    still: str
    chart: str
    logs: str
    runbook: str
    alert: str
    levels: Mapping[Level, str]
    not_known: str
    titles: Mapping[str, str] = field(default_factory=dict)

    def title_of(self, rule: str, title: str) -> str:
        if title.endswith(NOT_KNOWN):
            return self.title_of(rule, title.removesuffix(NOT_KNOWN)) + self.not_known
        return self.titles.get(rule, title) if _CAME.get(rule) == title else title


NOT_KNOWN = " (not measured any more)"
"""At the end of the title of what is over since it is not known."""

_CAME = {rule.name: rule.title for rule in DEFAULTS}

ENGLISH = Wording(
    over="Over",
    alerts=lambda count: f"{count} alerts" if count > 1 else "1 alert",
    are_over=lambda count: f"{count} over",
    more=lambda count: f"And {count} more.",
    since="since",
    value="now",
    bound="bound",
    still="It still holds, and nobody has acknowledged it.",
    chart="Chart",
    logs="Logs",
    runbook="What to do",
    alert="Alert",
    levels={level: level.value for level in Level},
    not_known=NOT_KNOWN,
)

CHINESE = Wording(
    over="已恢复",
    alerts=lambda count: f"{count} 条告警",
    are_over=lambda count: f"{count} 条已恢复",
    more=lambda count: f"另有 {count} 条。",
    since="开始于",
    value="当前值",
    bound="阈值",
    still="仍未恢复，也没有人确认。",
    chart="图表",
    logs="日志",
    runbook="如何处理",
    alert="告警",
    levels={Level.INFO: "提示", Level.WARNING: "警告", Level.CRITICAL: "严重"},
    not_known="（已不再测量）",
    titles={
        "disk-full": "磁盘几乎已满",
        "disk-low": "磁盘正在变满",
        "disk-full-soon": "磁盘将在一天内写满",
        "inodes-low": "磁盘几乎不能再容纳文件",
        "memory-low": "内存即将耗尽",
        "memory-stalls": "程序因内存不足而停顿",
        "disk-stalls": "程序因磁盘缓慢而停顿",
        "processors-busy": "所有处理器都很繁忙",
        "file-handles": "主机的文件句柄几乎用尽",
        "nacre-failing": "Nacre 自身的请求失败",
        "nacre-slow": "Nacre 自身响应缓慢",
        "nacre-log": "data.db 的预写日志没有缩小",
        "logs-not-followed": "写入日志的内容没有被保存",
        "postgres-down": "数据库没有响应",
        "connections": "数据库的连接几乎用尽",
        "idle-in-transaction": "有会话占着事务却什么也不做",
        "long-transaction": "有事务已运行数小时",
        "lock-wait": "有会话长时间等待锁",
        "blocked": "许多会话在等待锁",
        "deadlocks": "事务相互死锁",
        "cache-misses": "数据库大量读取磁盘",
        "temporary-files": "查询写入了很大的临时文件",
        "archive-failing": "数据库日志无法归档",
        "archive-late": "数据库日志归档延迟",
        "transaction-ids": "数据库的事务 ID 即将用尽",
        "dead-rows": "有表的大部分是无人再见的死行",
        "not-vacuumed": "有频繁更改的表一周未清理",
        "prepared-left": "有预备事务被遗留",
        "index-invalid": "有索引没有建完",
        "pages-damaged": "数据库有页面损坏",
        "app-down": "应用没有运行",
        "app-restarts": "应用接连退出",
        "app-failing": "应用的请求失败",
        "app-slow": "应用响应缓慢",
        "app-memory": "应用的内存几乎用尽",
        "publish-failed": "最近一次发布未能上线",
        "gateway-down": "网关没有运行",
        "certificate-expires": "证书即将到期且尚未更新",
        "journal-late": "文件的更改没有被记录",
        "history-failing": "分支的历史无法保存",
        "base-too-old": "很久没有基础备份，回溯将很慢",
        "window-short": "可回溯的时间比设定的短",
        "history-damaged": "保存的历史有损坏",
        "history-not-verified": "保存的历史一个月未校验",
        "node-lost": "有节点失去联系",
        "node-disk-low": "节点的磁盘快满了",
        "node-memory-low": "节点的内存即将耗尽",
        "jobs-waiting": "任务长时间等待执行机",
        "jobs-failing": "任务接连失败",
        "model-errors": "语言模型调用失败",
        "model-spend": "语言模型的预算即将用尽",
        "knowledge-queue-failing": "有文档无法加入知识库",
    },
)

WORDINGS = {"en": ENGLISH, "zh": CHINESE}
