"""Writes tag_metrics.json: what scikit-learn measures of made-up predictions of any number of classes a row.

    python make_tag_metrics.py     # needs numpy and scikit-learn
"""

import json
import pathlib

import numpy as np
from sklearn import metrics

ROWS, CLASSES = 50, 5
random = np.random.default_rng(5)
tags = (random.random((ROWS, CLASSES)) < [0.5, 0.3, 0.1, 0.7, 0.02]).astype(int)
# Tenths: many are equal.
scores = np.clip(np.round(tags * 0.3 + random.random((ROWS, CLASSES)) * 0.7, 1), 0, 1)
answers = (scores >= 0.5).astype(int)
# No row without a tag and an answer: there scikit-learn asks what to say.
assert ((tags + answers).sum(axis=1) > 0).all() and (tags.sum(axis=0) > 0).all()
p = np.clip(scores, 1e-15, 1 - 1e-15)
result = {
    "tags": tags.ravel().tolist(),
    "scores": scores.ravel().tolist(),
    "average_precision": [metrics.average_precision_score(tags[:, k], scores[:, k]) for k in range(CLASSES)],
    "f1_samples": metrics.f1_score(tags, answers, average="samples"),
    "f2_samples": metrics.fbeta_score(tags, answers, beta=2, average="samples"),
    "f1_macro": metrics.f1_score(tags, answers, average="macro"),
    "f1": metrics.f1_score(tags, answers, average=None).tolist(),
    "f2": metrics.fbeta_score(tags, answers, beta=2, average=None).tolist(),
    "f2_macro": metrics.fbeta_score(tags, answers, beta=2, average="macro"),
    "precision": metrics.precision_score(tags, answers, average=None).tolist(),
    "recall": metrics.recall_score(tags, answers, average=None).tolist(),
    "loss": float(-(tags * np.log(p) + (1 - tags) * np.log(1 - p)).mean()),
}
pathlib.Path(__file__).with_name("tag_metrics.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
print(result["f2_samples"], result["average_precision"])
