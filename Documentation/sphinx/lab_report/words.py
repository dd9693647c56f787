# SPDX-License-Identifier: GPL-2.0-only
"""Every word of the pictures, tables and the report, by language."""

EN = {
    "lang": "en",
    # Columns of the tables.
    "method": "method", "route": "route", "cache": "page cache",
    "syscalls": "system calls", "faults": "page faults", "switches": "context switches",
    "send_calls": "socket calls", "cpu": "copies by CPU", "dma": "copies by DMA",
    "ref": "by reference", "ms": "CPU ms", "rate": "MB/s",
    "nic": "NIC", "nic-no-sg": "NIC, no SG", "loopback": "loopback",
    "warm": "warm", "cold": "cold",
    "missing": "Not measured yet: run make lab.",
    "not_run": "{}: not run: {}.",
    "where": "{0:.0f} MiB, kernel {1}. Copies: of each byte, measured / as the texts have "
             "it. SG: scatter-gather. Times are good as ratios within one table.",
    # Sections and captions.
    "routes": {"nic": "NIC, scatter-gather on", "nic-no-sg": "NIC, scatter-gather off",
               "loopback": "loopback"},
    "caches": {"cold": "cold page cache", "warm": "warm page cache"},
    "comma": ", ", "stop": ".", "colon": ": ",
    "caption": "{bytes}, {cpu}, {calls}",
    "cpu_time": "CPU {:.2f} ms", "no_cpu_time": "CPU time not measured",
    "call": "{} system call", "calls": "{} system calls",
    "no_calls": "system calls not counted",
    "skipped": "Not run: {}", "unknown": "Not counted: {}", "wrong": "Wrong: {}",
    "times": "{:.2f}×",
    # The machine.
    "user-space": "user space", "kernel-space": "kernel", "hardware": "hardware",
    "disk": "disk", "page-cache": "page cache", "user-buffer": "user buffer",
    "socket-buffer": "socket buffer", "card": "NIC", "receiver": "receiver",
    "module-pages": "module pages",
    "mapped": "{}, mapped", "direct": "direct I/O",
    "card-nic": "scatter-gather on", "card-nic-no-sg": "scatter-gather off",
    "card-loopback": "on this machine",
    "hand-over": ("handed over,", "no DMA"),
    "gathered": "{} gathered",
    # Arrows: what moves the bytes, and what is counted.
    "by-cpu": "CPU copy", "by-cow": "copy on write", "by-dma": "DMA",
    "by-ref": "by reference",
    "step": "{number}: {place} to {to}, {by}, {share}, {bytes}",
    "counts": {
        "disk_dma_bytes": "DMA by the disk", "read_copy_bytes": "copies on reading",
        "cow_copy_bytes": "copies on write", "send_copy_bytes": "copies on sending",
        "referenced_bytes": "references", "skb_copy_bytes": "copies between socket buffers",
        "nic_dma_bytes": "DMA by the NIC",
    },
    # Bars.
    "bars": "CPU time and copies", "time": "CPU time",
    "copies": "copies of each byte",
    "least": "{:.2f}× the least", "not_measured": "not measured",
    "not_counted": "not counted", "at_least": "≥ {}",
    "bar_cpu": "copied by the CPU {}", "bar_dma": "copied by DMA {}",
    "and_unknown": "{} and what was not counted",
    "short": {
        "disk_dma_bytes": "disk", "read_copy_bytes": "read", "cow_copy_bytes": "write",
        "send_copy_bytes": "send", "skb_copy_bytes": "skb", "nic_dma_bytes": "NIC",
    },
    # The report.
    "report": "zcxfer lab report",
    "intro": "One file, sent into a TCP socket by each method over each route. The kernel "
             "counted the copies; the times are the least of several runs.",
    "kernel": "kernel", "machine": "machine", "disk_name": "disk", "file": "file",
    "rows": "rows", "rows_not_run": "not run", "rows_wrong": "wrong",
    "sections": "Sections", "paths": "Data paths",
    "paths_intro": "For each method, one picture a route and state of the page cache: where "
                   "the bytes lay, and what moved them. 1.00× is each byte of the file once.",
    "wrong_rows": "Rows that do not fit what the kernel determines",
    "notes": "Copies are counted of each byte: measured / as the texts have it. Times are "
             "good as ratios within one section. CPU ms includes the kernel's own threads.",
    "titles": {},
}

ZH = {
    "lang": "zh-CN",
    "method": "方法", "route": "路径", "cache": "页缓存",
    "syscalls": "系统调用", "faults": "缺页", "switches": "上下文切换",
    "send_calls": "套接字调用", "cpu": "CPU 拷贝", "dma": "DMA 拷贝", "ref": "按引用",
    "ms": "CPU 毫秒", "rate": "MB/s",
    "nic": "网卡", "nic-no-sg": "网卡，无 SG", "loopback": "回环",
    "warm": "热", "cold": "冷",
    "missing": "尚未测量：请运行 make lab。",
    "not_run": "{}：没有运行：{}。",
    "where": "{0:.0f} MiB，内核 {1}。拷贝次数按每个字节计：实测 / 文中所说。SG：分散/"
             "聚集。时间只宜在同一张表内作比例比较。",
    "routes": {"nic": "网卡，有分散/聚集", "nic-no-sg": "网卡，无分散/聚集",
               "loopback": "回环"},
    "caches": {"cold": "页缓存为冷", "warm": "页缓存为热"},
    "comma": "，", "stop": "。", "colon": "：",
    "caption": "{bytes}，{cpu}，{calls}",
    "cpu_time": "CPU {:.2f} ms", "no_cpu_time": "未测 CPU 时间",
    "call": "{} 次系统调用", "calls": "{} 次系统调用", "no_calls": "未计系统调用",
    "skipped": "没有运行：{}", "unknown": "未计数：{}", "wrong": "不符：{}",
    "times": "{:.2f}×",
    "user-space": "用户态", "kernel-space": "内核", "hardware": "硬件",
    "disk": "磁盘", "page-cache": "页缓存", "user-buffer": "用户缓冲区",
    "socket-buffer": "套接字缓冲区", "card": "网卡", "receiver": "接收者",
    "module-pages": "模块的页",
    "mapped": "{}，已映射", "direct": "直接 I/O",
    "card-nic": "有分散/聚集", "card-nic-no-sg": "无分散/聚集",
    "card-loopback": "在同一台机器上",
    "hand-over": ("直接交接，", "无 DMA"),
    "gathered": "聚集 {}",
    "by-cpu": "CPU 拷贝", "by-cow": "写时拷贝", "by-dma": "DMA", "by-ref": "按引用",
    "step": "{number}：{place}到{to}，{by}，{share}，{bytes}",
    "counts": {
        "disk_dma_bytes": "磁盘的 DMA", "read_copy_bytes": "读时的拷贝",
        "cow_copy_bytes": "写时的拷贝", "send_copy_bytes": "发送时的拷贝",
        "referenced_bytes": "引用", "skb_copy_bytes": "套接字缓冲区之间的拷贝",
        "nic_dma_bytes": "网卡的 DMA",
    },
    "bars": "CPU 时间与拷贝", "time": "CPU 时间",
    "copies": "每个字节的拷贝次数",
    "least": "最少者的 {:.2f} 倍", "not_measured": "未测",
    "not_counted": "未计数", "at_least": "≥ {}",
    "bar_cpu": "CPU 拷贝 {}", "bar_dma": "DMA 拷贝 {}",
    "and_unknown": "{}，另有未计数的",
    "short": {
        "disk_dma_bytes": "磁盘", "read_copy_bytes": "读", "cow_copy_bytes": "写",
        "send_copy_bytes": "发送", "skb_copy_bytes": "skb", "nic_dma_bytes": "网卡",
    },
    "report": "zcxfer 实验室报告",
    "intro": "每种方法在每条路径上把一个文件发进 TCP 套接字。拷贝由内核计数；时间取几次运行中最短的。",
    "kernel": "内核", "machine": "机器", "disk_name": "磁盘", "file": "文件",
    "rows": "行数", "rows_not_run": "没有运行", "rows_wrong": "不符",
    "sections": "各节", "paths": "数据通路",
    "paths_intro": "每种方法、每条路径、页缓存的每种状态各一张图：字节在哪里，由什么搬动。"
                   "1.00× 表示文件的每个字节一次。",
    "wrong_rows": "与内核所决定的不符的行",
    "notes": "拷贝次数按每个字节计：实测 / 文中所说。时间只宜在同一节内作比例比较。"
             "CPU 毫秒包含内核自己的线程。",
    # Where the English title has words that are not names.
    "titles": {
        "mmap-lease": "mmap + write，租借锁",
        "splice-move": "splice，MOVE",
        "splice-nonblock": "splice，NONBLOCK",
        "splice-more": "splice，MORE",
        "vmsplice-gift": "read + vmsplice，GIFT",
        "copy-on-write": "私有 mmap，写入",
        "direct-uring": "O_DIRECT，io_uring",
        "direct-aio": "O_DIRECT，Linux AIO",
        "java-heap": "Java 堆缓冲区",
        "java-direct": "Java 直接缓冲区",
        "zcxfer-job": "zcxfer，异步",
        "zcxfer-direct": "zcxfer，直接 I/O",
        "nonblocking": "read + write，轮询",
        "epoll": "read + write，epoll",
    },
}

LANGUAGES = {"en": EN, "zh": ZH}


def title(words, row):
    """The method of a row."""
    return words["titles"].get(row["method"], row["title"])


def section(words, route, cache):
    """A route and a state of the page cache."""
    return words["routes"][route] + words["comma"] + words["caches"][cache]
