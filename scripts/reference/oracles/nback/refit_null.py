#!/usr/bin/env python3
"""Null accuracies of a linear C-SVC (nback.md 7) fitted on shuffled labels, by scikit-learn: the points X_0 of nback.md
11.3, the first 28 to learn from and the last 12 to test on. Prints mean and SD of the refitted null, SD of the null of
shuffled held-out labels, and the accuracy on the true labels; tests/families/nback/test_linear.cpp compares.
"""
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

i, k = np.arange(40)[:, None], np.arange(6)
x = np.sin(0.9 * i + 1.7 * k + 0.3 * i * k) + 1.5 * np.cos(1.1 * (i % 4) * (k + 1))
labels = np.arange(40) % 4
rng = np.random.default_rng(1)
model = make_pipeline(StandardScaler(), SVC(kernel="linear", C=1, class_weight="balanced"))


def accuracy(train, test):
    return (model.fit(x[:28], train).predict(x[28:]) == test).mean()


refitted = np.array([accuracy(rng.permutation(labels[:28]), labels[28:]) for _ in range(20000)])
answers = model.fit(x[:28], labels[:28]).predict(x[28:])
relabelled = np.array([(answers == rng.permutation(labels[28:])).mean() for _ in range(20000)])
print(f"refitted {refitted.mean():.4f} SD {refitted.std():.4f}; relabelled {relabelled.mean():.4f} SD {relabelled.std():.4f}; "
      f"true {(answers == labels[28:]).mean():.4f}; as accurate {(refitted >= (answers == labels[28:]).mean()).mean():.4f}")
