"""Answers a command that asks on a terminal: answer.py QUESTION ANSWER [QUESTION ANSWER …] -- COMMAND…

Waits for each question's words, types its answer, and prints what was seen. An answer that ends with `*` is the number of
the line that holds what stands before the star, among those that were listed since the last answer. The exit code is
the command's."""

import os
import pty
import re
import select
import sys

PATIENCE = 120  # seconds without a word

cut = sys.argv.index("--")
asked, command = sys.argv[1:cut], sys.argv[cut + 1 :]
pid, screen = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

seen = ""
for question, answer in [*zip(asked[::2], asked[1::2]), (None, None)]:
    while question is None or question not in seen:
        ready, _, _ = select.select([screen], [], [], PATIENCE)
        try:
            more = os.read(screen, 4096).decode(errors="replace") if ready else ""
        except OSError:  # the command has ended
            more = ""
        if not more:
            if question is None and ready:
                break
            sys.exit(f"\nit did not ask {question!r}")
        seen += more
        print(more, end="", flush=True)
    if answer is not None:
        if answer.endswith("*"):
            line = re.search(rf"^\s*(\d+)\s.*{re.escape(answer[:-1])}", seen, re.MULTILINE)
            answer = line.group(1) if line else ""
        seen = seen.split(question, 1)[-1]
        os.write(screen, answer.encode() + b"\n")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
