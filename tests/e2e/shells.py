# SPDX-License-Identifier: MIT
"""Real shells, asked how they would complete a line with completions/."""

import contextlib
import os
import pty
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import engine
from program import binary, clean_environment
from wait import wait_until

COMPLETIONS = Path(__file__).resolve().parents[2] / "completions"


class Terminal:
    """A shell at a terminal: what is typed has it write its answer to a
    file."""

    def __init__(self, home, command, environment):
        self.answer = home / "answer"
        self.terminal, other = pty.openpty()
        self.process = subprocess.Popen(
            command, env=environment, cwd=home, stdin=other, stdout=other,
            stderr=other, start_new_session=True)
        os.close(other)
        os.set_blocking(self.terminal, False)

    def ask(self, keys):
        def is_there():
            # What it shows is read as well, so that it never waits.
            with contextlib.suppress(BlockingIOError):
                shown.append(os.read(self.terminal, 65536))
            return self.answer.exists()

        shown = []
        os.write(self.terminal, keys.encode())
        wait_until(is_there, f"an answer: {shown}")
        lines = self.answer.read_text().splitlines()
        self.answer.unlink()
        return lines

    def stop(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


class Shell:
    """Started in a directory of its own, in whose bin is the program."""

    name = None

    def __init__(self, home):
        if shutil.which(self.name) is None:
            engine.cannot(f"no {self.name} here")
        self.home = home
        (home / "bin").mkdir()
        (home / "bin/postern").symlink_to(binary())
        self.environment = {
            **clean_environment(), "HOME": str(home), "TERM": "vt100",
            "PATH": f"{home}/bin:{os.environ['PATH']}"}

    def complete(self, line):
        """What may stand where the line ends; of --option=VALUE the value."""
        return {re.sub(r"^--[\w-]+=(?=.)", "", word).rstrip("/")
                for word in self.ask(line) if word}

    def stop(self):
        pass

    def run(self, *command):
        done = subprocess.run(
            list(map(str, command)), env=self.environment, cwd=self.home,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=20)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()


class Bash(Shell):
    name = "bash"

    def ask(self, line):
        # As readline does it: words are cut at "=" and ":" as well.
        words = re.findall(r"[=:]+|[^\s=:]+|(?<=\s)$", line)
        return self.run("bash", "--norc", "--noprofile", "-c", """
            . "$1" && shift
            [[ $(complete -p postern) == "complete -F _postern postern" ]] ||
                exit 1
            COMP_LINE=$1 COMP_POINT=${#1}
            shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _postern "$1" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
            printf '%s\n' "${COMPREPLY[@]}"
            """, "-", COMPLETIONS / "postern.bash", line, *words)


    def type(self, line):
        """What readline makes of the line, and a tab behind it."""
        # What bash writes to is a file at once, and not yet whole.
        (self.home / "setup").write_text(f"""
            PS1= PS2= INPUTRC=/dev/null
            . {shlex.quote(str(COMPLETIONS / "postern.bash"))}
            answer() {{
                printf '%s\\n' "$READLINE_LINE" >{self.home}/part
                mv {self.home}/part {self.home}/answer
            }}
            bind -x '"\\C-t": answer'
            touch {self.home}/answer
            """)
        terminal = Terminal(self.home, ["bash", "--norc", "--noprofile",
                                        "-i"], self.environment)
        try:
            terminal.ask(f". {self.home}/setup\r")
            return "\n".join(terminal.ask(f"{line}\t\x14"))
        finally:
            terminal.stop()


class Fish(Shell):
    name = "fish"

    def ask(self, line):
        said = self.run("fish", "--no-config", "-c", """
            source $argv[1]
            complete -C $argv[2]
            """, COMPLETIONS / "postern.fish", line)
        return [one.partition("\t")[0] for one in said]


class Zsh(Shell):
    """It completes only what is typed: so this types, at a terminal."""

    name = "zsh"
    SETUP = r"""
        PROMPT= RPROMPT=
        fpath=($1 $fpath)
        autoload -Uz compinit
        compinit -u -D
        [[ $_comps[postern] == _postern ]] || exit 1
        found=()
        compadd() {
            # Those that only want to have words sorted out.
            if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
                builtin compadd "$@"
                return
            fi
            local -a hits prefix hidden
            builtin compadd -A hits "$@"
            zparseopts -E -a ignored P:=prefix p:=hidden
            found+=("${IPREFIX}${prefix[2]-}${hidden[2]-}"$^hits)
            builtin compadd "$@"
        }
        capture() {
            found=()
            _main_complete
            compstate[insert]= compstate[list]=
            print -rl -- $found >$2.part
            mv $2.part $2
        }
        functions[capture]=${functions[capture]//\$2/${(q)2}}
        zle -C capture complete-word capture
        bindkey '^T' capture
        touch $2
    """

    def __init__(self, home):
        super().__init__(home)
        setup = home / "setup"
        setup.write_text(self.SETUP)
        self.terminal = Terminal(home, ["zsh", "-f", "-i"], self.environment)
        self.terminal.ask(f". {setup} {shlex.quote(str(COMPLETIONS))} "
                          f"{home}/answer\r")

    def ask(self, line):
        return self.terminal.ask(f"\x15{line}\x14")

    def stop(self):
        self.terminal.stop()


SHELLS = {shell.name: shell for shell in (Bash, Fish, Zsh)}
