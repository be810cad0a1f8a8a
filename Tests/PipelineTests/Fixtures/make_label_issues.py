"""What cleanlab's find_label_issues finds: label_issues.json, beside which LabelIssues is tested.

    python3 make_label_issues.py

Needs cleanlab. Its sorts are made stable: numpy's own leaves open which of equals come first, and so what is found where
counts have equal remainders depends on the processor.
"""

import json
import pathlib
import warnings

import numpy as np

ARGSORT = np.argsort
np.argsort = lambda values, axis=-1, kind=None, order=None: ARGSORT(values, axis=axis, kind="stable")

from cleanlab.filter import find_label_issues  # noqa: E402

warnings.simplefilter("ignore")


def case(random, classes, rows, sharpness, noise, decimals, rare):
    """Rows of a made-up classifier, some of whose labels are of another class; the last class has `rare` rows where given."""
    truth = random.integers(0, classes, rows)
    if rare:
        truth[truth == classes - 1] = 0
        truth[:rare] = classes - 1
    labels = np.where(random.random(rows) < noise, random.integers(0, classes, rows), truth)
    labels[:classes] = np.arange(classes)
    logits = random.normal(size=(rows, classes)) * sharpness
    logits[np.arange(rows), truth] += 1.5 * sharpness
    values = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = np.round(values / values.sum(axis=1, keepdims=True), decimals).astype(np.float32)
    # cleanlab takes means of float32 in float32.
    found = np.nonzero(find_label_issues(labels, probabilities.astype(np.float64), n_jobs=1))[0]
    return {
        "labels": labels.tolist(),
        "probabilities": [float(f"{value:.{decimals}f}") for value in probabilities.flatten()],
        "found": found.tolist(),
    }


random = np.random.default_rng(1)
cases = [
    case(random, classes, rows, sharpness, noise, decimals, rare)
    for classes, rows, sharpness, noise, decimals, rare in [
        (2, 40, 1, 0.2, 4, 0), (2, 60, 4, 0.1, 2, 0), (3, 30, 0.5, 0.3, 4, 0), (3, 90, 3, 0.1, 2, 1), (4, 80, 1, 0.2, 4, 2),
        (5, 100, 2, 0.1, 3, 3), (10, 300, 1, 0.2, 3, 0), (10, 200, 6, 0.3, 2, 2), (20, 200, 1, 0.1, 3, 0), (6, 25, 1, 0.5, 3, 2),
    ]
]
path = pathlib.Path(__file__).with_name("label_issues.json")
path.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
print([(len(case["labels"]), len(case["found"])) for case in cases])
