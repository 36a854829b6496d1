"""Ask the client's own tree builder about many projects; it is started anew where it does not come to an end.

    python grow.py UNIVERSE.jsonl ROOTS.jsonl TREES.jsonl

NODE_PATH must name the node_modules folder inside npm.
"""

import json
import select
import subprocess
import sys
from pathlib import Path
from typing import IO

SCRIPT = Path(__file__).with_name("trees.cjs")
PATIENCE_S = 20.0


class Client:
    """A running `trees.cjs`, one question at a time."""

    def __init__(self, universe: Path) -> None:
        self.universe = universe
        self._process: subprocess.Popen[str] | None = None

    def ask(self, task: str, patience_s: float = PATIENCE_S) -> dict[str, object]:
        process = self._process or self._start()
        questions, answers = _pipes(process)
        questions.write(task.strip() + "\n")
        questions.flush()
        ready, _, _ = select.select([answers], [], [], patience_s)
        line = answers.readline() if ready else ""
        if line:
            answer: dict[str, object] = json.loads(line)
            return answer
        self.stop()
        return {"id": json.loads(task)["id"], "error": {"code": "ENDLESS" if not ready else "CRASH", "message": ""}}

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            # Closes the pipes too.
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[str]:
        command = ["node", str(SCRIPT), str(self.universe)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self._process


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def main() -> None:
    universe, roots, trees = (Path(argument) for argument in sys.argv[1:4])
    client = Client(universe)
    with roots.open() as tasks, trees.open("w") as answers:
        for task in tasks:
            answers.write(json.dumps(client.ask(task), separators=(",", ":")) + "\n")
    client.stop()


if __name__ == "__main__":
    main()
