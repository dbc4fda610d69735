"""The system calls that a graded JVM may make, as a program for the kernel's filter (seccomp).

The list names what is allowed, so that a call which nobody thought of, or which a newer kernel brings, is not there: it
fails with ENOSYS, and libraries that could do without it do. It was made from what `strace -f` saw over the whole batch
of hostile and right submissions, and from what the C library may use in its place on other kernels. Not on it is all
by which one process reaches into another (ptrace, process_vm_*, pidfd_*, kcmp), changes the system (mount, unshare,
setns, bpf, keyctl, perf_event_open, userfaultfd, io_uring_*), or loads code from nowhere (memfd_create).
Two calls are looked into: `clone` makes no new namespaces, and `socket` makes connections of the usual kinds alone.
When a new JDK misses a call, `make grade` says that no JVM starts; `strace -f` on bwrap then names it.
"""

from __future__ import annotations

import platform
import struct
from collections.abc import Iterator

# name:number on x86_64:number on aarch64, from the kernel's unistd.h; empty where an architecture has no such call.
_ALLOWED = """
    # Files
    read:0:63 write:1:64 open:2: openat:257:56 openat2:437:437 close:3:57 close_range:436:436 stat:4: fstat:5:80
    lstat:6: newfstatat:262:79 statx:332:291 poll:7: ppoll:271:73 lseek:8:62 pread64:17:67 pwrite64:18:68
    readv:19:65 writev:20:66 preadv:295:69 pwritev:296:70 preadv2:327:286 pwritev2:328:287 access:21:
    faccessat:269:48 faccessat2:439:439 pipe:22: pipe2:293:59 select:23: pselect6:270:72 dup:32:23 dup2:33:
    dup3:292:24 fcntl:72:25 flock:73:32 fsync:74:82 fdatasync:75:83 truncate:76:45 ftruncate:77:46 getdents:78:
    getdents64:217:61 getcwd:79:17 chdir:80:49 fchdir:81:50 rename:82: renameat:264:38 renameat2:316:276
    mkdir:83: mkdirat:258:34 rmdir:84: creat:85: link:86: linkat:265:37 unlink:87: unlinkat:263:35 symlink:88:
    symlinkat:266:36 readlink:89: readlinkat:267:78 chmod:90: fchmod:91:52 fchmodat:268:53 fchmodat2:452:452
    umask:95:166 utime:132: utimes:235: utimensat:280:88 futimesat:261: fallocate:285:47 fadvise64:221:223
    copy_file_range:326:285 sendfile:40:71 statfs:137:43 fstatfs:138:44 readahead:187:213 getxattr:191:8
    lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11 llistxattr:195:12 flistxattr:196:13 ioctl:16:29
    inotify_init:253: inotify_init1:294:26 inotify_add_watch:254:27 inotify_rm_watch:255:28 epoll_create:213:
    epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232: epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:
    eventfd2:290:19 timerfd_create:283:85 timerfd_settime:286:86 timerfd_gettime:287:87
    # Memory
    mmap:9:222 munmap:11:215 mprotect:10:226 mremap:25:216 madvise:28:233 mincore:27:232 msync:26:227 brk:12:214
    membarrier:324:283 get_mempolicy:239:236 mlock:149:228 munlock:150:229 pkey_alloc:330:289 pkey_free:331:290
    pkey_mprotect:329:288
    # Threads, processes and time
    clone:56:220 fork:57: vfork:58: execve:59:221 wait4:61:260 waitid:247:95 exit:60:93 exit_group:231:94
    futex:202:98 futex_waitv:449:449 set_robust_list:273:99 get_robust_list:274:100 rseq:334:293
    sched_yield:24:124 sched_getaffinity:204:123 sched_setaffinity:203:122 sched_getparam:143:121
    sched_getscheduler:145:120 sched_setscheduler:144:119 sched_get_priority_max:146:125
    sched_get_priority_min:147:126 getpriority:140:141 setpriority:141:140 nanosleep:35:101
    clock_nanosleep:230:115 clock_gettime:228:113 clock_getres:229:114 gettimeofday:96:169 time:201:
    times:100:153 getitimer:36:102 setitimer:38:103 alarm:37: timer_create:222:107 timer_settime:223:110
    timer_gettime:224:108 timer_getoverrun:225:109 timer_delete:226:111 getrusage:98:165 getrlimit:97:163
    setrlimit:160:164 prlimit64:302:261 sysinfo:99:179 uname:63:160 getpid:39:172 gettid:186:178 getppid:110:173
    getuid:102:174 getgid:104:176 geteuid:107:175 getegid:108:177 getresuid:118:148 getresgid:120:150
    getgroups:115:158 getpgrp:111: getpgid:121:155 getsid:124:156 setsid:112:157 setpgid:109:154 capget:125:90
    set_tid_address:218:96 arch_prctl:158: prctl:157:167 getcpu:309:168 getrandom:318:278
    restart_syscall:219:128
    # Signals
    rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137
    rt_sigsuspend:130:133 sigaltstack:131:132 kill:62:129 tkill:200:130 tgkill:234:131 pause:34:
    # Sockets
    connect:42:203 accept:43:202 accept4:288:242 bind:49:200 listen:50:201 sendto:44:206 recvfrom:45:207
    sendmsg:46:211 recvmsg:47:212 sendmmsg:307:269 recvmmsg:299:243 shutdown:48:210 getsockname:51:204
    getpeername:52:205 socketpair:53:199 setsockopt:54:208 getsockopt:55:209
"""

# With these root becomes somebody else before the JVM starts; without capabilities they do nothing.
_TO_BECOME_ANOTHER = """
    setuid:105:146 setgid:106:144 setresuid:117:147 setresgid:119:149 setgroups:116:159 capset:126:91
"""

_SOCKET = {"x86_64": 41, "aarch64": 198}
_CLONE = {"x86_64": 56, "aarch64": 220}
_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# Of connections: AF_UNIX, AF_INET, AF_INET6, and AF_NETLINK, by which a list of the network's interfaces is asked for.
_FAMILIES = (1, 2, 10, 16)
# CLONE_NEWTIME, and CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID, -NET.
_NEW_NAMESPACES = 0x80 | 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000

SUPPORTED = tuple(_AUDIT_ARCHITECTURE)


def allowed(architecture: str, root: bool) -> dict[str, int]:
    """The names and numbers of the calls that succeed, whatever their arguments are."""
    column = 1 if architecture == "x86_64" else 2
    rows = [row.split(":") for row in (_ALLOWED + (_TO_BECOME_ANOTHER if root else "")).split() if ":" in row]
    return {row[0]: int(row[column]) for row in rows if row[column]}


def program(root: bool, architecture: str = "") -> bytes:
    """The filter as the kernel reads it: an array of struct sock_filter.

    Raises KeyError for an architecture that is not SUPPORTED.
    """
    architecture = architecture or platform.machine()
    return b"".join(struct.pack("HBBI", *instruction) for instruction in _instructions(architecture, root))


def _instructions(architecture: str, root: bool) -> Iterator[tuple[int, int, int, int]]:
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    kill, allow, no_such_call, refuse = 0x80000000, 0x7FFF0000, 0x00050000 | 38, 0x00050000 | 1
    number_at, architecture_at, first_argument_at = 0, 4, 16  # of struct seccomp_data; little-endian lower halves
    yield from ((load, 0, 0, architecture_at), (equal, 1, 0, _AUDIT_ARCHITECTURE[architecture]), (give, 0, 0, kill))
    yield (load, 0, 0, number_at)
    if architecture == "x86_64":
        yield from ((at_least, 0, 1, 0x40000000), (give, 0, 0, kill))  # x32
    for name, number in allowed(architecture, root).items():
        if name != "clone":
            yield from ((equal, 0, 1, number), (give, 0, 0, allow))
    yield from ((equal, 0, 4, _CLONE[architecture]), (load, 0, 0, first_argument_at))
    yield from ((any_bit, 0, 1, _NEW_NAMESPACES), (give, 0, 0, refuse), (give, 0, 0, allow))
    yield from ((equal, 0, 3 + len(_FAMILIES), _SOCKET[architecture]), (load, 0, 0, first_argument_at))
    for left, family in zip(range(len(_FAMILIES), 0, -1), _FAMILIES, strict=True):
        yield (equal, left, 0, family)
    yield from ((give, 0, 0, refuse), (give, 0, 0, allow))
    yield (give, 0, 0, no_such_call)
