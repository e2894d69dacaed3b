from ganas.optuna import GaNasSampler

__all__ = ["GaNasSampler"]
