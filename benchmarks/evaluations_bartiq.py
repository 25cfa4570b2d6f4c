"""One QREF routine through bartiq, point by point; run by `evaluations.py` with a Python of its own.

Reads {routine, points} as JSON on stdin; writes {value: [...], compile: seconds, evaluate: processor seconds each}.
"""

import json
import sys
import time

from bartiq import compile_routine, evaluate
from qref import SchemaV1


def main() -> None:
    asked = json.load(sys.stdin)
    start = time.process_time()
    compiled = compile_routine(SchemaV1.model_validate(asked["routine"])).routine
    compiling = time.process_time() - start
    values, seconds = [], []
    for point in asked["points"]:
        start = time.process_time()
        found = evaluate(compiled, point).routine
        seconds.append(time.process_time() - start)
        values.append(float(found.resources["seconds"].value))
    json.dump({"values": values, "compile": compiling, "evaluate": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
