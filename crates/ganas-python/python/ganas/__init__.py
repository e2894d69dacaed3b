"""Neural architecture search with few evaluations.

>>> import ganas
>>> table = ganas.Benchmark("nasbench201", dataset="cifar10")
>>> study = ganas.Study(table, budget=20)
>>> study.optimize()
>>> study.best.value > 88
True
"""

from ganas._errors import (
    ArchError,
    Error,
    Failed,
    FileError,
    ForkedError,
    Infeasible,
    LockedError,
    MeasurementError,
    NotImportedError,
    NotOpenError,
    NothingFeasibleError,
    NothingFoundError,
    ReportError,
    SpaceFileError,
    StoreError,
    StudyError,
    TooManyFailuresError,
    UnknownNameError,
    UsageError,
)
from ganas._ganas import (
    Arch,
    Benchmark,
    Measurement,
    Space,
    __version__,
    benchmarks,
    spaces,
    strategies,
)
from ganas._described import cell, parameter
from ganas._study import Study
from ganas._trial import Trial
from ganas._trials import Report, TrialRecord, Trials

__all__ = [
    "Arch",
    "ArchError",
    "Benchmark",
    "Error",
    "Failed",
    "FileError",
    "ForkedError",
    "Infeasible",
    "LockedError",
    "Measurement",
    "MeasurementError",
    "NotImportedError",
    "NotOpenError",
    "NothingFeasibleError",
    "NothingFoundError",
    "Report",
    "ReportError",
    "Space",
    "SpaceFileError",
    "StoreError",
    "Study",
    "StudyError",
    "TooManyFailuresError",
    "Trial",
    "TrialRecord",
    "Trials",
    "UnknownNameError",
    "UsageError",
    "__version__",
    "benchmarks",
    "cell",
    "parameter",
    "spaces",
    "strategies",
]
