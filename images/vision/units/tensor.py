"""torch computes, on the GPU too where there is one."""

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
assert float(torch.ones(2, 2, device=device).sum()) == 4.0
