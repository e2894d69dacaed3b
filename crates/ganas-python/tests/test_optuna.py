"""The sampler for Optuna."""

from __future__ import annotations

import doctest

import pytest

import ganas

pytest.importorskip("optuna")

import optuna  # noqa: E402

import ganas.optuna  # noqa: E402
from ganas.optuna import GaNasSampler  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)


def mixed(trial: optuna.Trial) -> float:
    kind = trial.suggest_categorical("kind", ["a", None, 3])
    depth = trial.suggest_int("depth", 2, 10, step=4)
    width = trial.suggest_int("width", 1, 1024, log=True)
    rate = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
    share = trial.suggest_float("share", 0.0, 1.0, step=0.25)
    constant = trial.suggest_float("constant", 2.0, 2.0)
    assert kind in ("a", None, 3) and depth in (2, 6, 10) and 1 <= width <= 1024
    assert 1e-5 <= rate <= 1e-1 and share in (0.0, 0.25, 0.5, 0.75, 1.0) and constant == 2.0
    return float(kind is None) + depth / 10 - abs(width - 64) / 1024 - abs(rate - 1e-3) + share


def test_all_distributions_and_equal_seeds() -> None:
    found = []
    for _ in range(2):
        study = optuna.create_study(direction="maximize", sampler=GaNasSampler(seed=3))
        study.optimize(mixed, n_trials=40)
        found.append([trial.params for trial in study.trials])
    assert found[0] == found[1]
    assert study.best_value > 2.8
    other = optuna.create_study(direction="maximize", sampler=GaNasSampler(seed=4))
    other.optimize(mixed, n_trials=5)
    assert [trial.params for trial in other.trials] != found[0][:5]


def test_the_examples_of_the_packages_pages() -> None:
    for module in (ganas, ganas.optuna):
        found = doctest.testmod(module)
        assert found.attempted > 0 and found.failed == 0


def test_it_beats_chance() -> None:
    def bowl(trial: optuna.Trial) -> float:
        return sum((trial.suggest_float(f"x{at}", -5, 5) - at) ** 2 for at in range(3))

    def mean(sampler: type) -> float:
        values: list[float] = []
        for seed in range(4):
            study = optuna.create_study(sampler=sampler(seed=seed))
            study.optimize(bowl, n_trials=30)
            values.append(study.best_value)
        return sum(values) / len(values)

    assert mean(GaNasSampler) < 0.2 * mean(optuna.samplers.RandomSampler)


def test_what_fails_or_is_pruned_does_not_end_it() -> None:
    def moody(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        if trial.number % 3 == 0:
            raise optuna.TrialPruned
        if trial.number % 3 == 1:
            raise ArithmeticError
        return float("nan") if trial.number % 5 == 0 else x

    study = optuna.create_study(sampler=GaNasSampler({"x": optuna.distributions.FloatDistribution(0, 1)}))
    study.optimize(moody, n_trials=45, catch=ArithmeticError)
    assert len(study.trials) == 45
    assert study.best_value < 0.2


def test_values_of_other_points_are_not_learnt() -> None:
    def evaluated(trial: optuna.Trial) -> float:
        first = trial.suggest_int("first", 0, 9)
        return float(first + trial.suggest_int("second", 0, first))

    space: dict[str, optuna.distributions.BaseDistribution] = {
        "first": optuna.distributions.IntDistribution(0, 9),
        "second": optuna.distributions.IntDistribution(0, 9),
    }
    sampler = GaNasSampler(space, strategy="random", seed=1)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial({"first": 9, "second": 9})
    study.optimize(evaluated, n_trials=30)
    assert study.best_value == 18
    assert sampler._search is not None
    learnt = sampler._search._study.trials
    states = [trial.state for trial in learnt]
    assert states[0] == "failed" and "measured" in states
    for own in learnt:
        if own.state == "measured":
            assert own.value == sum(int(number) for number in own.arch.choices_by_name.values())


def test_a_front_is_searched() -> None:
    def two(trial: optuna.Trial) -> tuple[float, float]:
        x = trial.suggest_float("x", 0, 1)
        y = trial.suggest_float("y", 0, 1)
        return x, (1 - x) ** 2 + y

    study = optuna.create_study(directions=["minimize", "minimize"], sampler=GaNasSampler(seed=1))
    study.optimize(two, n_trials=30)
    assert sum(trial.params["y"] < 0.05 for trial in study.best_trials) >= 5


def test_a_small_space_is_asked_to_its_end_and_then_sampled() -> None:
    study = optuna.create_study(sampler=GaNasSampler(seed=0))
    study.optimize(lambda trial: float(trial.suggest_int("x", 0, 4)), n_trials=12)
    assert {trial.params["x"] for trial in study.trials[:6]} == {0, 1, 2, 3, 4}
    assert len(study.trials) == 12


def test_several_at_a_time() -> None:
    study = optuna.create_study(sampler=GaNasSampler(seed=0, workers=3))
    study.optimize(lambda trial: trial.suggest_float("x", -1, 1) ** 2, n_trials=24, n_jobs=3)
    assert len(study.trials) == 24 and study.best_value < 0.1


def test_what_it_cannot_take_is_said() -> None:
    study = optuna.create_study(sampler=GaNasSampler())
    with pytest.raises(ValueError, match="at most 64 choices, found 70"):
        study.optimize(lambda trial: float(trial.suggest_categorical("x", list(range(70)))), n_trials=2)
    study = optuna.create_study(sampler=GaNasSampler(strategy="gains"))
    with pytest.raises(ganas.UnknownNameError):
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
